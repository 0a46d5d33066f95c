#include "stile/time.hpp"

#include <stdexcept>

namespace stile {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;

// What RFC 3339 can say; microseconds reach further.
constexpr sys_days first_day = std::chrono::year(0) / 1 / 1;
constexpr sys_days last_day = std::chrono::year(9999) / 12 / 31;
constexpr microseconds last_of_day = hours(24) - microseconds(1);

constexpr bool is_decimal_digit(char c) { return c >= '0' && c <= '9'; }

// Takes a text from its front. What was asked for last did not stand there: everything from then on is of no use.
class TimeText {
 public:
  explicit TimeText(std::string_view text) : text_(text) {}

  bool is_good() const { return good_; }
  bool is_at_end() const { return text_.empty(); }
  char next() const { return text_.empty() ? '\0' : text_.front(); }

  /// Exactly so many digits, of a number up to `most`.
  int number(std::size_t digits, int most) {
    int value = 0;
    for (std::size_t i = 0; i < digits && is_decimal_digit(next()); ++i) {
      value = value * 10 + (take() - '0');
      if (i + 1 == digits && value <= most) return value;
    }
    good_ = false;
    return 0;
  }
  char one_of(std::string_view characters) {
    if (!text_.empty() && characters.find(next()) != std::string_view::npos) return take();
    good_ = false;
    return '\0';
  }
  /// What follows the point of a second.
  microseconds fraction() {
    if (!is_decimal_digit(next())) good_ = false;
    std::int64_t value = 0;
    std::int64_t unit = 100'000;
    for (; is_decimal_digit(next()); unit /= 10) value += (take() - '0') * unit;  // 0 beyond microseconds
    return microseconds(value);
  }

 private:
  char take() {
    const char taken = text_.front();
    text_.remove_prefix(1);
    return taken;
  }

  std::string_view text_;
  bool good_ = true;
};

Date take_date(TimeText& text) {
  const int year = text.number(4, 9999);
  text.one_of("-");
  const int month = text.number(2, 12);
  text.one_of("-");
  const int day = text.number(2, 31);
  return {std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
          std::chrono::day(static_cast<unsigned>(day))};
}

// What to take off to have UTC.
minutes take_offset(TimeText& text) {
  const char sign = text.one_of("Zz+-");
  if (sign == 'Z' || sign == 'z') return {};
  const auto hour = hours(text.number(2, 23));
  text.one_of(":");
  const auto offset = hour + minutes(text.number(2, 59));
  return sign == '-' ? -offset : offset;
}

// They come at the end of a month of UTC, and there have been some since 1972.
bool may_have_leap_second(Date date) {
  return date.year() >= std::chrono::year(1972) &&
         date ==
             Date(std::chrono::year_month_day_last(date.year(), std::chrono::month_day_last(date.month())));
}

void print_digits(std::string& text, std::size_t digits, std::int64_t value) {
  text.append(digits, '0');
  for (auto at = text.rbegin(); value != 0; ++at, value /= 10) *at = static_cast<char>('0' + value % 10);
}

void append_date(std::string& text, Date date) {
  print_digits(text, 4, static_cast<int>(date.year()));
  text += '-';
  print_digits(text, 2, static_cast<unsigned>(date.month()));
  text += '-';
  print_digits(text, 2, static_cast<unsigned>(date.day()));
}

bool has_four_digits(std::chrono::year year) {
  return year >= std::chrono::year(0) && year <= std::chrono::year(9999);
}

}  // namespace

std::optional<Time> read_time(std::string_view given) {
  TimeText text(given);
  const Date date = take_date(text);
  text.one_of("Tt");
  const auto hour = hours(text.number(2, 23));
  text.one_of(":");
  const auto minute = minutes(text.number(2, 59));
  text.one_of(":");
  const int second = text.number(2, 60);
  microseconds fraction{};
  if (text.next() == '.') {
    text.one_of(".");
    fraction = text.fraction();
  }
  const minutes offset = take_offset(text);
  if (!text.is_good() || !text.is_at_end() || !date.ok()) return std::nullopt;

  const bool is_leap = second == 60;
  Time time = sys_days(date) + hour + minute - offset + seconds(is_leap ? 59 : second) + fraction;
  const sys_days day = std::chrono::floor<days>(time);
  if (day < first_day || day > last_day) return std::nullopt;
  if (is_leap) {
    if (time - fraction - day != hours(24) - seconds(1) || !may_have_leap_second(day)) return std::nullopt;
    time = day + last_of_day;
  }
  return time;
}

std::string print_time(Time time) {
  if (time < first_day || time >= last_day + days(1))
    throw std::invalid_argument("a time whose year is not 0000 to 9999 has no text");
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::hh_mm_ss of_day(time - day);
  std::string text;
  text.reserve(sizeof "2026-05-01T12:30:00.000000Z");
  append_date(text, day);
  text += 'T';
  print_digits(text, 2, of_day.hours().count());
  text += ':';
  print_digits(text, 2, of_day.minutes().count());
  text += ':';
  print_digits(text, 2, of_day.seconds().count());
  if (const std::int64_t fraction = of_day.subseconds().count(); fraction != 0) {
    const bool is_milliseconds = fraction % 1000 == 0;
    text += '.';
    print_digits(text, is_milliseconds ? 3 : 6, is_milliseconds ? fraction / 1000 : fraction);
  }
  return text += 'Z';
}

std::optional<Date> read_date(std::string_view given) {
  TimeText text(given);
  const Date date = take_date(text);
  if (!text.is_good() || !text.is_at_end() || !date.ok()) return std::nullopt;
  return date;
}

std::string print_date(Date date) {
  if (!date.ok() || !has_four_digits(date.year()))
    throw std::invalid_argument("what is no day of a year from 0000 to 9999 has no text");
  std::string text;
  append_date(text, date);
  return text;
}

}  // namespace stile
