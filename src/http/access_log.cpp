#include "pushgate/http/access_log.hpp"

#include <algorithm>

#include "pushgate/base/text.hpp"

#include "characters.hpp"
#include "civil_time.hpp"
#include "number.hpp"

namespace pushgate::http {

namespace {

/// Where the next control character of U+0080..U+009F begins. JSON may contain them, but to a
/// terminal U+009B is the start of a command.
std::size_t find_c1_control(std::string_view text) noexcept {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const bool c1 = text[i] == '\xc2' && (static_cast<unsigned char>(text[i + 1]) & 0xe0) == 0x80;
    if (c1) return i;
  }
  return text.npos;
}

void append_escaped(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (;;) {
    const std::size_t c1 = find_c1_control(text);
    append_json_escaped(out, text.substr(0, c1));
    if (c1 == text.npos) return;
    const auto code = static_cast<unsigned char>(text[c1 + 1]);
    out += "\\u00";
    out += kHex[code >> 4];
    out += kHex[code & 0xf];
    text.remove_prefix(c1 + 2);
  }
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  append_escaped(out, text);
  out += '"';
}

void append_time(std::string& out, std::chrono::system_clock::time_point time) {
  const CivilTime civil = civil_time(time);
  append_padded(out, civil.year, 4);
  out += '-';
  append_padded(out, civil.month, 2);
  out += '-';
  append_padded(out, civil.day, 2);
  out += 'T';
  append_padded(out, civil.hour, 2);
  out += ':';
  append_padded(out, civil.minute, 2);
  out += ':';
  append_padded(out, civil.second, 2);
  out += '.';
  append_padded(out, civil.millisecond, 3);
  out += 'Z';
}

void append_address(std::string& out, const IpAddress& address) {
  char text[46];
  const std::size_t length = address.format(text);
  out.append(text, length);
}

/// Milliseconds with three decimals: "12.345".
void append_milliseconds(std::string& out, std::chrono::microseconds duration) {
  append_number(out, duration.count() / 1000);
  out += '.';
  append_padded(out, duration.count() % 1000, 3);
}

std::string_view event_of(const AccessRecord& record) noexcept {
  switch (record.tunnel) {
    case TunnelEvent::none:
      return "request";
    case TunnelEvent::open:
      return "open";
    case TunnelEvent::close:
      return "close";
  }
  return {};
}

/// A tunnel's end has nothing of the request that opened it but its id.
bool is_of_request(const AccessRecord& record) noexcept {
  return record.tunnel != TunnelEvent::close;
}

/// The fields after the fixed beginning of a text line, each as " name=value", absent ones as "-".
class TextFields {
 public:
  explicit TextFields(std::string& out) noexcept : out_(out) {}

  /// Quoted unless it is a plain word, so that one can split at spaces and still find the end.
  void word(std::string_view name, std::string_view value) {
    begin(name);
    if (value.empty()) {
      out_ += '-';
    } else if (value != "-" && std::ranges::all_of(value, is_plain)) {
      out_ += value;
    } else {
      append_quoted(out_, value);
    }
  }
  void quoted(std::string_view name, std::string_view value) {
    begin(name);
    if (value.empty()) {
      out_ += '-';
    } else {
      append_quoted(out_, value);
    }
  }
  template <std::integral T>
  void number(std::string_view name, T value) {
    begin(name);
    append_number(out_, value);
  }
  void duration(std::string_view name, std::chrono::microseconds value) {
    begin(name);
    if (value < std::chrono::microseconds::zero()) {
      out_ += '-';
    } else {
      append_milliseconds(out_, value);
    }
  }

 private:
  static bool is_plain(char c) noexcept {
    return is_of(c, kBase64Char) || c == '-' || c == '.' || c == '_' || c == ':' || c == '@' ||
           c == '[' || c == ']';
  }
  void begin(std::string_view name) {
    out_ += ' ';
    out_ += name;
    out_ += '=';
  }
  std::string& out_;
};

/// Members of a JSON object after the first; absent ones are left out.
class JsonFields {
 public:
  explicit JsonFields(std::string& out) noexcept : out_(out) {}

  void text(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    begin(name);
    append_quoted(out_, value);
  }
  template <std::integral T>
  void number(std::string_view name, T value) {
    begin(name);
    append_number(out_, value);
  }
  void flag(std::string_view name, bool value) {
    begin(name);
    out_ += value ? "true" : "false";
  }
  void duration(std::string_view name, std::chrono::microseconds value) {
    if (value < std::chrono::microseconds::zero()) return;
    begin(name);
    append_milliseconds(out_, value);
  }

 private:
  void begin(std::string_view name) {
    out_ += ",\"";
    out_ += name;
    out_ += "\":";
  }
  std::string& out_;
};

}  // namespace

void append_text(std::string& out, const AccessRecord& record) {
  append_time(out, record.time);
  out += ' ';
  append_address(out, record.client);
  out += ' ';
  out += event_of(record);
  TextFields fields{out};
  const bool request = is_of_request(record);
  if (request) {
    fields.word("method", record.method);
    fields.quoted("target", record.target);
    fields.number("status", record.status);
  }
  const char end[] = {static_cast<char>(record.cause), static_cast<char>(record.phase)};
  fields.word("end", {end, 2});
  fields.word("product", record.product);
  fields.word("uid", record.uid);
  fields.word("node", record.node);
  if (request) {
    fields.number("choice", record.choice);
    fields.word("reused", record.upstream_reused ? "yes" : "no");
  }
  fields.duration("total_ms", record.total);
  if (request) {
    fields.duration("connect_ms", record.connect);
    fields.duration("first_byte_ms", record.first_byte);
  }
  fields.number("in", record.bytes_in);
  fields.number("out", record.bytes_out);
  fields.word("rule", record.rule);
  if (request) fields.word("listener", record.listener);
  fields.word("id", record.request_id);
  out += '\n';
}

void append_json(std::string& out, const AccessRecord& record) {
  out += R"({"time":")";
  append_time(out, record.time);
  out += R"(","client":")";
  append_address(out, record.client);
  out += '"';
  JsonFields fields{out};
  fields.text("event", event_of(record));
  const bool request = is_of_request(record);
  fields.text("method", record.method);
  fields.text("target", record.target);
  if (request) fields.number("status", record.status);
  const char end[] = {static_cast<char>(record.cause), static_cast<char>(record.phase)};
  fields.text("end", {end, 2});
  fields.text("product", record.product);
  fields.text("uid", record.uid);
  fields.text("node", record.node);
  if (request) {
    fields.number("choice", record.choice);
    fields.flag("reused", record.upstream_reused);
  }
  fields.duration("totalMs", record.total);
  fields.duration("connectMs", record.connect);
  fields.duration("firstByteMs", record.first_byte);
  fields.number("bytesIn", record.bytes_in);
  fields.number("bytesOut", record.bytes_out);
  fields.text("rule", record.rule);
  fields.text("listener", record.listener);
  fields.text("requestId", record.request_id);
  out += "}\n";
}

}  // namespace pushgate::http
