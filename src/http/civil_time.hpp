#pragma once
// civil_time.hpp - a point in time as date and time of day in UTC. Pure arithmetic: gmtime_r(3)
// takes a lock that all threads share.

#include <chrono>

namespace pushgate::http {

struct CivilTime {
  int year;
  unsigned month;    ///< 1..12
  unsigned day;      ///< 1..31
  unsigned weekday;  ///< 0 is Sunday
  unsigned hour;
  unsigned minute;
  unsigned second;
  unsigned millisecond;
};

inline CivilTime civil_time(std::chrono::system_clock::time_point time) noexcept {
  using namespace std::chrono;
  const auto days = floor<std::chrono::days>(time);
  const year_month_day date{days};
  const hh_mm_ss clock{floor<milliseconds>(time - days)};
  return CivilTime{
      .year = static_cast<int>(date.year()),
      .month = static_cast<unsigned>(date.month()),
      .day = static_cast<unsigned>(date.day()),
      .weekday = std::chrono::weekday{days}.c_encoding(),
      .hour = static_cast<unsigned>(clock.hours().count()),
      .minute = static_cast<unsigned>(clock.minutes().count()),
      .second = static_cast<unsigned>(clock.seconds().count()),
      .millisecond = static_cast<unsigned>(clock.subseconds().count()),
  };
}

}  // namespace pushgate::http
