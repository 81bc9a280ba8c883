// http_query_cookies_fuzz.cpp - any bytes as a query string, a cookie string and an encoded value.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "pushgate/http/cookies.hpp"
#include "pushgate/http/percent.hpp"
#include "pushgate/http/query.hpp"

namespace {

using namespace pushgate::http;

void require(bool condition) {
  if (!condition) std::abort();
}

void check_percent(std::string_view text) {
  for (const Plus plus : {Plus::literal, Plus::space}) {
    const std::optional<std::string> decoded = percent_decode(text, plus);
    if (!decoded) continue;
    require(decoded->size() <= text.size());
    require(percent_equals(text, *decoded, plus));
  }
  std::string encoded;
  append_percent_encoded(encoded, text);
  require(percent_decode(encoded, Plus::space) == std::string{text});
}

/// After adding a parameter there is exactly one of its name, and it has our value.
void check_added(std::string_view target, std::string_view uid) {
  std::string out;
  append_target_with_parameter(out, target, {"uid", uid});
  const std::size_t mark = out.find('?');
  require(mark != out.npos);
  ParameterValues values{std::string_view{out}.substr(mark + 1), "uid"};
  const std::optional<std::string_view> value = values.next();
  require(value && percent_decode(*value, Plus::space) == std::string{uid});
  require(!values.next());
}

void check_cookies(std::string_view text) {
  std::size_t cookies = 0;
  CookieReader reader{text};
  while (const std::optional<Cookie> cookie = reader.next()) {
    require(cookie->name.find_first_of(";=") == std::string_view::npos);
    require(cookie->value.find(';') == std::string_view::npos);
    ++cookies;
  }
  require(cookies <= text.size());
}

/// Looking for one name finds what reading every cookie finds.
void check_cookie_values(std::string_view text) {
  const std::array fields{Field{"Cookie", text, FieldId::cookie}};
  for (const std::string_view name : {"uid", "a", "sid"}) {
    CookieValues values{fields, name};
    CookieReader reader{text};
    while (const std::optional<Cookie> cookie = reader.next()) {
      if (cookie->name == name) require(values.next() == cookie->value);
    }
    require(!values.next());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  check_percent(text);
  check_added(text, text.substr(0, size / 2));
  check_cookies(text);
  check_cookie_values(text);
  return 0;
}
