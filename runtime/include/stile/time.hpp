// Times and dates as text: RFC 3339, section 5.6, in years 0000 to 9999. Knows no time zone but UTC. Pure; any
// thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace stile {

using Time = std::chrono::sys_time<std::chrono::microseconds>;
using Date = std::chrono::year_month_day;

/// By the system's clock.
inline Time now() { return std::chrono::time_point_cast<Time::duration>(std::chrono::system_clock::now()); }

/// A date-time: "2026-05-01T12:30:00Z", "2026-05-01t14:30:00.25+02:00". Digits beyond microseconds are cut off. A
/// leap second (23:59:60 UTC, at the end of a month since 1972) is taken as the last microsecond before it. Nothing
/// where `text` is anything else, or not of a year from 0000 to 9999 in UTC.
std::optional<Time> read_time(std::string_view text);

/// In UTC, with "Z": "2026-05-01T12:30:00Z", with three or six digits behind the point where those of a second are
/// not zero. Throws std::invalid_argument where the year is not 0000 to 9999, which RFC 3339 can't say.
std::string print_time(Time time);

/// A full-date: "2026-05-01". Nothing where `text` is anything else, or no day of the calendar.
std::optional<Date> read_date(std::string_view text);

/// "2026-05-01". Throws std::invalid_argument where it is no day of the calendar, or of no year from 0000 to 9999.
std::string print_date(Date date);

}  // namespace stile
