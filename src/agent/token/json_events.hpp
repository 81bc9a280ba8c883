#pragma once
// json_events.hpp - walks through a JSON text without keeping it. For .cpp files. Sans-I/O.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace pushgate::agent {

/// What nlohmann::json::sax_parse calls, reduced to what tokens need. `Reader` has
///   bool on_member(std::string& name)      in an object; depth() is that of the object, 1 the
///   whole bool on_text(std::string& value) bool on_integer(std::int64_t),
///   on_natural(std::uint64_t), on_number(double) bool on_boolean(bool), on_other()      the latter
///   for null bool on_open(bool object), on_close()  depth() is outside of it in both
/// and false ends the walk.
template <class Reader>
class JsonEvents {
 public:
  using Json = nlohmann::json;

  /// False if it is no JSON or the reader has ended it.
  bool walk(std::string_view text) {
    // A byte order mark, which the parser would pass over, begins no JSON (RFC 8259 section 8.1).
    if (text.starts_with('\xef')) return false;
    return Json::sax_parse(text.data(), text.data() + text.size(), this);
  }
  std::size_t depth() const noexcept { return depth_; }

  bool null() { return reader().on_other(); }
  bool boolean(bool value) { return reader().on_boolean(value); }
  bool number_integer(std::int64_t value) { return reader().on_integer(value); }
  bool number_unsigned(std::uint64_t value) { return reader().on_natural(value); }
  bool number_float(double value, const std::string&) { return reader().on_number(value); }
  bool string(std::string& value) { return reader().on_text(value); }
  bool binary(Json::binary_t&) { return false; }
  bool key(std::string& name) { return reader().on_member(name); }
  bool start_object(std::size_t) { return open(true); }
  bool start_array(std::size_t) { return open(false); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  template <class Exception>
  bool parse_error(std::size_t, const std::string&, const Exception&) {
    return false;
  }

 protected:
  ~JsonEvents() = default;

 private:
  Reader& reader() noexcept { return static_cast<Reader&>(*this); }
  bool open(bool object) {
    const bool go_on = reader().on_open(object);
    ++depth_;
    return go_on;
  }
  bool close() {
    --depth_;
    return reader().on_close();
  }

  std::size_t depth_ = 0;
};

}  // namespace pushgate::agent
