#include "gateway/cache_age.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace stile::gateway {
namespace {

// Of seconds since 1970, until the year 2286; and how many are enough where all before them are the same in both times, as
// mostly: it is work for each answer.
constexpr int all_digits = 10;
constexpr std::array digits_enough{2, 4, all_digits};
constexpr int close = digits_enough.front();

// Named groups for the digits of a time, the lowest one is 0: "(?<stile_n1>\d)(?<stile_n0>\d)". Names are short: nginx's table of
// variables has room for so many, in a configuration of somebody else's, until it warns.
std::string groups(const std::string& name, int count) {
  std::string expression;
  for (int digit = count - 1; digit >= 0; --digit)
    expression += fmt::format(R"((?<stile_{}{}>\d))", name, digit);
  return expression;
}

// One column: the digit of now above that of then and what was borrowed from it, to the digit of the difference, and to
// what is borrowed from the next column.
void write_column(NginxText& text, int digit) {
  const auto source = fmt::format("$stile_n{0}$stile_m{0}", digit) +
                      (digit == 0 ? std::string() : fmt::format("$stile_b{}", digit - 1));
  std::string differences;
  std::string borrows;
  for (int now = 0; now < 10; ++now) {
    for (int made = 0; made < 10; ++made) {
      for (int borrowed = 0; borrowed < (digit == 0 ? 1 : 2); ++borrowed) {
        const auto key = fmt::format("{}{}{}", now, made, borrowed == 1 ? "1" : "");
        const int difference = now - made - borrowed;
        differences += fmt::format(" {} {};", key, (difference + 10) % 10);
        if (difference < 0) borrows += fmt::format(" {} 1;", key);
      }
    }
  }
  text.line("map {} $stile_d{} {{{} }}", source, digit, differences);
  text.line("map {} $stile_b{} {{ default \"\";{} }}", source, digit, borrows);
}

// Two columns at once, for these are what most answers need: the units' difference, below zero with a mark, and then all of it.
void write_close(NginxText& text) {
  std::string units;
  std::string seconds;
  for (int now = 0; now < 10; ++now) {
    for (int made = 0; made < 10; ++made) {
      units += fmt::format(" {}{} {};", now, made, now - made);
      for (int unit = -9; unit < 10; ++unit)
        seconds += fmt::format(" {}{}{} {};", now, made, unit, std::max(10 * (now - made) + unit, 0));
    }
  }
  text.line("map $stile_n0$stile_m0 $stile_units {{{} }}", units);
  text.line("map $stile_n1$stile_m1$stile_units $stile_close {{{} }}", seconds);
}

// "1|99..." where more had to be borrowed than there is.
std::string difference(int count) {
  auto written = fmt::format("$stile_b{}|", count - 1);
  for (int digit = count - 1; digit >= 0; --digit) written += fmt::format("$stile_d{}", digit);
  return written;
}

}  // namespace

void write_age(NginxText& text) {
  text.line(
      "# The age of a kept answer: now less then, digit by digit, each with what the one before has "
      "borrowed.");
  text.open("map \"$msec $upstream_http_x_stile_made\" $stile_times");
  for (const int count : digits_enough) {
    const int same = all_digits - count;
    text.line(R"x("~^{}{}\.\d+ {}{}\.\d+\z" {};)x",
              same == 0 ? "" : fmt::format(R"x((?<stile_h{}>\d{{{}}}))x", same, same), groups("n", count),
              same == 0 ? "" : fmt::format(R"(\k<stile_h{}>)", same), groups("m", count), count);
  }
  text.line("default \"\";");
  text.close();
  for (int digit = 0; digit < all_digits; ++digit) write_column(text, digit);
  text.open("map $stile_times $stile_time_between");
  for (const int count : digits_enough) {
    if (count != close) text.line("{} \"{}\";", count, difference(count));
  }
  text.line("default \"\";");
  text.close();
  text.open("map $stile_time_between $stile_far");
  text.line(R"("~^\|0*(?<stile_seconds>\d+)\z" $stile_seconds;)");
  text.line("\"~^1\" 0;");
  text.line("default \"\";");
  text.close();
  write_close(text);
  text.open("map $stile_times $stile_seconds_between");
  text.line("{} $stile_close;", close);
  text.line("default $stile_far;");
  text.close();
  text.open("map $upstream_cache_status $stile_age");
  for (const auto* kept : {"HIT", "STALE", "UPDATING"}) text.line("{} $stile_seconds_between;", kept);
  text.line("default \"\";");
  text.close();
}

}  // namespace stile::gateway
