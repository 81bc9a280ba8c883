#pragma once
// reader.hpp - typed access to a document that collects every error instead of stopping at the
// first.

#include <algorithm>
#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/document.hpp"
#include "config/names.hpp"

namespace pushgate::config {

/// One JSON value and where it stands.
struct Value {
  Document* document;
  const Json* json;
  std::string pointer;  ///< "/listeners/0/address"
  std::string shape;    ///< "/listeners/*/address"

  static Value root(Document& document) { return {&document, &document.root(), {}, {}}; }
  Value member(std::string_view key, const Json& member) const;
  /// A member of an object whose keys are names of the user's own choice.
  Value named(std::string_view name, const Json& member) const;
  Value element(std::size_t index) const;
  /// The same value, its keys declared as those of a part that stands in several places: "/source".
  Value as(std::string part) const { return {document, json, pointer, std::move(part)}; }

  void error(std::string message, std::string hint = {}) const;
  bool is_from_environment() const { return document->is_from_environment(pointer); }
};

struct IntegerRange {
  std::uint64_t least = 0;
  std::uint64_t most = 0;
};

struct DurationRange {
  std::chrono::milliseconds least{1};
  std::chrono::milliseconds most = std::chrono::hours{24 * 365};
};

struct SizeRange {
  std::uint64_t least = 0;
  std::uint64_t most = 0;
};

// Each answers the value, or records an error and answers nullopt. A string that came whole from
// the environment ("${PORT}") is converted where a number or a boolean is expected.
std::optional<bool> read_boolean(const Value& value);
std::optional<std::uint64_t> read_integer(const Value& value, IntegerRange range);
std::optional<std::chrono::milliseconds> read_duration(const Value& value, DurationRange range);
std::optional<std::uint64_t> read_size(const Value& value, SizeRange range);
/// A string without U+0000. Set `secret` to keep the value out of the message.
std::optional<std::string> read_text(const Value& value);
/// The index of the value in `names`. `noun` is for the message: "hash policy".
std::optional<std::size_t> read_name(const Value& value, std::string_view noun,
                                     std::span<const std::string_view> names);
/// The elements of a list; empty (and an error) if it is something else.
std::vector<Value> read_list(const Value& value);

template <class Enum, std::size_t Size>
std::optional<Enum> read_enum(const Value& value, std::string_view noun,
                              const std::array<Name<Enum>, Size>& table) {
  std::array<std::string_view, Size> names;
  for (std::size_t i = 0; i < Size; ++i) names[i] = table[i].text;
  const std::optional<std::size_t> index = read_name(value, noun, names);
  if (!index) return std::nullopt;
  return table[*index].value;
}

/// The elements of a list of names. One that stands there twice is an error.
template <class Enum, std::size_t Size>
std::vector<Enum> read_enum_list(const Value& value, std::string_view noun,
                                 const std::array<Name<Enum>, Size>& table) {
  std::vector<Enum> out;
  for (const Value& element : read_list(value)) {
    const std::optional<Enum> chosen = read_enum(element, noun, table);
    if (!chosen) continue;
    if (std::find(out.begin(), out.end(), *chosen) == out.end()) {
      out.push_back(*chosen);
    } else {
      element.error("this " + std::string{noun} + " stands in the list twice");
    }
  }
  return out;
}

/// The value as an error message shows it: shortened, on one line.
std::string show(const Json& value);

/// One object. Each call of a reading function declares its key; `finish` then reports the keys
/// that nobody declared. Absent keys leave the output as it is, and so do wrong ones.
class ObjectReader {
 public:
  /// Records an error if `value` is no object; it then behaves like an empty one.
  explicit ObjectReader(Value value);

  /// Declares `key`; nullopt if it is absent.
  std::optional<Value> find(std::string_view key);

  void boolean(std::string_view key, bool& out);
  void duration(std::string_view key, std::chrono::milliseconds& out, DurationRange range = {});
  void size(std::string_view key, std::uint64_t& out, SizeRange range);
  void text(std::string_view key, std::string& out);

  template <std::unsigned_integral Integer>
  void integer(std::string_view key, Integer& out, IntegerRange range) {
    const std::optional<Value> value = find(key);
    if (!value) return;
    if (const auto number = read_integer(*value, range)) out = static_cast<Integer>(*number);
  }

  template <class Enum, std::size_t Size>
  void enumeration(std::string_view key, Enum& out, std::string_view noun,
                   const std::array<Name<Enum>, Size>& table) {
    const std::optional<Value> value = find(key);
    if (!value) return;
    if (const auto chosen = read_enum(*value, noun, table)) out = *chosen;
  }

  /// Reads the member with a function of its own: `read(value, out)`.
  template <class Out>
  void section(std::string_view key, void (*read)(const Value&, Out&), Out& out) {
    if (const auto value = find(key)) read(*value, out);
  }

  const Value& value() const noexcept { return value_; }
  bool is_object() const noexcept { return value_.json->is_object(); }
  void finish();

 private:
  Value value_;
  std::vector<std::string_view> declared_;
};

}  // namespace pushgate::config
