#include "node/bus/js_text.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>

#include <fmt/format.h>

namespace pushgate::node {

namespace {

struct Civil {
  std::int64_t year;
  unsigned month;
  unsigned day;
};

/// Days since 1970 as a date of the proleptic Gregorian calendar: years that begin in March, in
/// eras of 400 years (the well-known algorithm of H. Hinnant's "date algorithms").
Civil civil_from_days(std::int64_t days) noexcept {
  days += 719468;
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const auto day_of_era = static_cast<unsigned>(days - era * 146097);
  const unsigned year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const unsigned day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted_month = (5 * day_of_year + 2) / 153;
  const unsigned day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
  const unsigned month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  return {static_cast<std::int64_t>(year_of_era) + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

}  // namespace

void append_js_number(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  if (value == 0) {  // also the negative zero
    out += '0';
    return;
  }
  if (value < 0) out += '-';
  char buffer[32];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, std::fabs(value), std::chars_format::scientific)
          .ptr;
  std::string digits;
  const char* p = buffer;
  for (; *p != 'e'; ++p) {
    if (*p != '.') digits += *p;
  }
  ++p;
  if (*p == '+') ++p;
  int exponent = 0;
  std::from_chars(p, end, exponent);

  const int count = static_cast<int>(digits.size());
  const int point = exponent + 1;  // where the decimal point stands, counted from the first digit
  if (count <= point && point <= 21) {
    out += digits;
    out.append(static_cast<std::size_t>(point - count), '0');
  } else if (0 < point && point <= 21) {
    out.append(digits, 0, static_cast<std::size_t>(point));
    out += '.';
    out.append(digits, static_cast<std::size_t>(point));
  } else if (-6 < point && point <= 0) {
    out += "0.";
    out.append(static_cast<std::size_t>(-point), '0');
    out += digits;
  } else {
    out += digits[0];
    if (count > 1) {
      out += '.';
      out.append(digits, 1);
    }
    fmt::format_to(std::back_inserter(out), "e{:+d}", exponent);
  }
}

double parse_js_number(std::string_view text) noexcept {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc::result_out_of_range) return value;
  // from_chars says "out of range" for too great and too small alike and gives no value.
  return std::strtod(std::string{text}.c_str(), nullptr);
}

void append_js_date(std::string& out, double milliseconds) {
  constexpr double kLimit = 8.64e15;  // ECMA-262, TimeClip
  if (!(std::fabs(milliseconds) <= kLimit)) {
    out += "null";
    return;
  }
  constexpr std::int64_t kDay = 86'400'000;
  const auto ms = static_cast<std::int64_t>(milliseconds);  // towards zero, as TimeClip
  std::int64_t days = ms / kDay;
  std::int64_t rest = ms % kDay;
  if (rest < 0) {
    rest += kDay;
    --days;
  }
  const Civil date = civil_from_days(days);
  const auto to = std::back_inserter(out);
  if (date.year >= 0 && date.year <= 9999) {
    fmt::format_to(to, "\"{:04}", date.year);
  } else {
    fmt::format_to(to, "\"{:+07}", date.year);
  }
  fmt::format_to(to, "-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z\"", date.month, date.day,
                 rest / 3'600'000, rest / 60'000 % 60, rest / 1000 % 60, rest % 1000);
}

}  // namespace pushgate::node
