#include "cli/status_table.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "supervisor/log.hpp"

namespace stile::cli {
namespace {

constexpr std::size_t widest_line = 100;
constexpr std::size_t widest_name = 20;

std::string cut(std::string text, std::size_t width) {
  if (text.size() <= width) return text;
  text.resize(width - 2);
  return text + "..";
}

// At most `width` digits, or so many thousands, millions, ...
std::string brief(std::uint64_t number, std::size_t width) {
  constexpr std::array<char, 6> units{'k', 'M', 'G', 'T', 'P', 'E'};
  auto text = fmt::format("{}", number);
  for (std::size_t unit = 0; text.size() > width && unit < units.size(); ++unit) {
    number /= 1000;
    text = fmt::format("{}{}", number, units[unit]);
  }
  return text;
}

std::string brief(std::chrono::nanoseconds time) {
  const auto microseconds = std::chrono::duration<double, std::micro>(time).count();
  if (microseconds <= 0) return "-";
  if (microseconds < 1000) return fmt::format("{:.0f}us", microseconds);
  if (microseconds < 9'950) return fmt::format("{:.1f}ms", microseconds / 1e3);
  if (microseconds < 999'500) return fmt::format("{:.0f}ms", microseconds / 1e3);
  if (microseconds < 9'950'000) return fmt::format("{:.1f}s", microseconds / 1e6);
  if (microseconds < 600'000'000) return fmt::format("{:.0f}s", microseconds / 1e6);
  return fmt::format("{}m", brief(static_cast<std::uint64_t>(microseconds / 60e6), 4));
}

std::string brief_size(std::uint64_t bytes) {
  const auto megabytes = static_cast<double>(bytes) / 1e6;
  if (megabytes < 9.95) return fmt::format("{:.1f}MB", megabytes);
  if (megabytes < 9999) return fmt::format("{:.0f}MB", megabytes);
  return fmt::format("{:.0f}GB", megabytes / 1e3);
}

std::string row(const std::array<std::string, 12>& cells) {
  auto line = fmt::format("{:<20} {:<11} {:>5} {:>4} {:>4} {:>8} {:>6} {:>6} {:>6} {:>5} {:>6} {:>8}",
                          cells[0], cells[1], cells[2], cells[3], cells[4], cells[5], cells[6], cells[7],
                          cells[8], cells[9], cells[10], cells[11]);
  return line;
}

std::string row_of(const FunctionStatus& function, double share) {
  const auto& counts = function.counts;
  const bool has_calls = counts.answered > 0;
  return row(
      {cut(supervisor::escaped(function.name), widest_name),
       function.state.empty() ? "-" : cut(supervisor::escaped(function.state), 11),
       fmt::format("{}/{}", function.up, function.instances), brief(counts.running, 4),
       brief(counts.waiting, 4), brief(counts.answered, 8), brief(counts.failed, 6),
       has_calls ? brief(counts.percentile(0.5)) : "-", has_calls ? brief(counts.percentile(0.99)) : "-",
       function.usage ? fmt::format("{}%", brief(static_cast<std::uint64_t>(share * 100 + 0.5), 4)) : "-",
       function.usage ? brief_size(function.usage->memory) : "-", brief(function.restarts, 8)});
}

const FunctionStatus* find_same(const std::vector<FunctionStatus>& functions, const FunctionStatus& wanted) {
  const auto found = std::find_if(functions.begin(), functions.end(), [&](const auto& one) {
    return one.name == wanted.name && one.path == wanted.path;
  });
  return found == functions.end() ? nullptr : &*found;
}

std::int64_t microseconds_of(std::chrono::nanoseconds time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
}

}  // namespace

double processor_share(const FunctionStatus& now, const FunctionStatus* earlier,
                       std::chrono::milliseconds between) {
  if (!now.usage) return 0;
  const bool can_compare = earlier != nullptr && earlier->usage && between.count() > 0 &&
                           earlier->usage->processor_time <= now.usage->processor_time;
  const auto time =
      can_compare ? now.usage->processor_time - earlier->usage->processor_time : now.usage->processor_time;
  const auto span = can_compare ? between : now.usage->age;
  return span.count() > 0 ? static_cast<double>(time.count()) / static_cast<double>(span.count()) : 0;
}

std::vector<std::string> status_table(const std::vector<FunctionStatus>& functions,
                                      const std::vector<FunctionStatus>& earlier,
                                      std::chrono::milliseconds between) {
  std::vector<std::string> lines{row({"function", "state", "procs", "run", "wait", "requests", "errors",
                                      "p50", "p99", "cpu", "memory", "restarts"})};
  for (const auto& function : functions) {
    lines.push_back(row_of(function, processor_share(function, find_same(earlier, function), between)));
    if (!function.last_crash.empty())
      lines.push_back(cut("  last crash: " + supervisor::escaped(function.last_crash), widest_line));
  }
  return lines;
}

std::string status_json(const std::vector<FunctionStatus>& functions, const std::string& run_directory) {
  auto list = nlohmann::json::array();
  for (const auto& function : functions) {
    nlohmann::json one{{"name", function.name},
                       {"path", function.path},
                       {"state", function.state},
                       {"instances", function.instances},
                       {"up", function.up},
                       {"running", function.counts.running},
                       {"waiting", function.counts.waiting},
                       {"requests", function.counts.answered},
                       {"errors", function.counts.failed},
                       {"p50_us", microseconds_of(function.counts.percentile(0.5))},
                       {"p99_us", microseconds_of(function.counts.percentile(0.99))},
                       {"restarts", function.restarts},
                       {"crashes", function.crashes},
                       {"last_crash", function.last_crash}};
    if (function.usage) {
      one["cpu_ms"] = function.usage->processor_time.count();
      one["memory"] = function.usage->memory;
    }
    list.push_back(std::move(one));
  }
  return nlohmann::json{{"run_dir", run_directory}, {"functions", std::move(list)}}.dump(
             2, ' ', false, nlohmann::json::error_handler_t::replace) +
         "\n";
}

}  // namespace stile::cli
