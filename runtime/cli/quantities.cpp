#include "cli/quantities.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <span>
#include <stdexcept>
#include <system_error>

namespace stile::cli {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr Unit durations[] = {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}};
constexpr Unit lifetimes[] = {{"s", 1}, {"m", 60}, {"h", 3'600}, {"d", 86'400}};
constexpr Unit sizes[] = {{"", 1},
                          {"B", 1},
                          {"kB", 1'000},
                          {"KB", 1'000},
                          {"MB", 1'000'000},
                          {"GB", 1'000'000'000},
                          {"KiB", 1U << 10U},
                          {"MiB", 1U << 20U},
                          {"GiB", 1U << 30U}};

std::uint64_t parse(std::string_view text, std::span<const Unit> units, std::string_view how) {
  std::uint64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  const auto found =
      std::find_if(units.begin(), units.end(), [&](const Unit& known) { return known.name == unit; });
  if (error == std::errc::invalid_argument || found == units.end()) {
    throw std::invalid_argument(fmt::format("\"{}\" is not {}", text, how));
  }
  // The signed limit, so that a duration can hold it too.
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (error != std::errc{} || number > most / found->factor) {
    throw std::invalid_argument(fmt::format("\"{}\" is too large", text));
  }
  return number * found->factor;
}

}  // namespace

std::chrono::milliseconds parse_duration(std::string_view text) {
  return std::chrono::milliseconds{parse(
      text, durations, "a time: write a whole number with a unit, \"500ms\", \"5s\", \"2m\" or \"1h\"")};
}

std::chrono::seconds parse_lifetime(std::string_view text) {
  constexpr std::uint64_t longest = 36'500ULL * 86'400;
  const auto seconds = parse(
      text, lifetimes, "a time: write a whole number with a unit, \"90d\", \"12h\", \"30m\" or \"10s\"");
  if (seconds < 1 || seconds > longest)
    throw std::invalid_argument(fmt::format("\"{}\" is not 1s .. 36500d", text));
  return std::chrono::seconds{seconds};
}

std::uint64_t parse_size(std::string_view text) {
  return parse(text, sizes,
               "a size: write a whole number of bytes, or one with a unit, \"64kB\", \"2MB\", \"1MiB\"");
}

}  // namespace stile::cli
