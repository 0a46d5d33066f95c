#include "endpoint/http_date.hpp"

#include <fmt/core.h>

#include <array>

#include "manifest/text.hpp"

namespace stile {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 7> day_names{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Digits alone, all of `text`.
std::optional<int> digits_of(std::string_view text) {
  int number = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

}  // namespace

std::string print_http_date(sys_seconds time) {
  const auto midnight = floor<days>(time);
  const year_month_day date(midnight);
  const hh_mm_ss clock(time - midnight);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", day_names.at(weekday(midnight).c_encoding()),
                     static_cast<unsigned>(date.day()),
                     month_names.at(static_cast<unsigned>(date.month()) - 1), static_cast<int>(date.year()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

// 0         1         2
// 01234567890123456789012345678
// Sun, 06 Nov 1994 08:49:37 GMT
std::optional<sys_seconds> read_http_date(std::string_view text) {
  constexpr std::size_t size = 29;
  if (text.size() != size) return std::nullopt;
  const auto day_number = digits_of(text.substr(5, 2));
  const auto year_number = digits_of(text.substr(12, 4));
  const auto hour = digits_of(text.substr(17, 2));
  const auto minute = digits_of(text.substr(20, 2));
  const auto second = digits_of(text.substr(23, 2));
  if (!day_number || !year_number || !hour || !minute || !second) return std::nullopt;
  for (unsigned number = 1; number <= month_names.size(); ++number) {
    const year_month_day date{year(*year_number), month(number), day(static_cast<unsigned>(*day_number))};
    if (text.substr(8, 3) != month_names.at(number - 1) || !date.ok()) continue;
    const auto time = sys_days(date) + hours(*hour) + minutes(*minute) + seconds(*second);
    // All the rest, and each number's bounds: it must be what is printed of it.
    if (print_http_date(time) == text) return time;
  }
  return std::nullopt;
}

}  // namespace stile
