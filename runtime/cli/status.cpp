#include "cli/status.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <thread>

#include "cli/control_client.hpp"
#include "posix/failure.hpp"
#include "posix/fd.hpp"

namespace stile::cli {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

constexpr auto status_patience = 5s;

// Neither who answers nor who may write that folder is to be trusted: a FIFO would be waited for.
void add_counts(lending::Counts& all, const std::string& file) {
  const posix::Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd) return;
  const auto one = lending::read_counts(fd.get());
  all.begun += one.begun;
  all.answered += one.answered;
  all.failed += one.failed;
  all.running += one.running;
  all.waiting += one.waiting;
  for (std::size_t i = 0; i < all.latencies.size(); ++i) all.latencies[i] += one.latencies[i];
}

// Fields 14 and 15 of /proc/PID/stat (proc(5)), behind a name that may hold anything.
milliseconds cpu_of(int pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const auto end = text.rfind(") ");
  if (end == std::string::npos) return 0ms;
  std::istringstream fields(text.substr(end + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  std::int64_t user = 0;
  std::int64_t system = 0;
  fields >> user >> system;
  return milliseconds((user + system) * 1000 / ::sysconf(_SC_CLK_TCK));
}

std::uint64_t memory_of(int pid) {
  const auto kilobytes_in = [&](const char* name, const std::string& what) -> std::optional<std::uint64_t> {
    std::ifstream file(fmt::format("/proc/{}/{}", pid, name));
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with(what)) return std::strtoull(line.c_str() + what.size(), nullptr, 10);
    }
    return std::nullopt;
  };
  if (const auto proportional = kilobytes_in("smaps_rollup", "Pss:")) return *proportional * 1024;
  return kilobytes_in("status", "VmRSS:").value_or(0) * 1024;
}

void add_process(FunctionStatus& function, int pid) {
  if (pid <= 0) return;
  ++function.processes;
  function.cpu += cpu_of(pid);
  function.memory += memory_of(pid);
}

void add_slot(FunctionStatus& function, const json& slot, const std::string& run_directory,
              std::map<std::string, int>& states) {
  ++states[slot.at("state").get<std::string>()];
  ++function.instances;
  add_process(function, slot.at("pid").get<int>());
  for (const auto& pid : slot.at("leaving")) add_process(function, pid.get<int>());
  const auto file = std::filesystem::path(slot.at("counters").get<std::string>()).filename().string();
  if (!file.empty()) add_counts(function.counts, run_directory + "/workers/" + file);
  function.counts.answered += slot.at("answered_before").get<std::uint64_t>();
  function.counts.failed += slot.at("failed_before").get<std::uint64_t>();
  function.counts.waiting += slot.at("waiting").get<std::uint32_t>();
  function.restarts += slot.at("restarts").get<std::uint64_t>();
  function.crashes += slot.at("crashes").get<std::uint64_t>();
  if (const auto last = slot.at("last_crash").get<std::string>(); !last.empty()) function.last_crash = last;
}

std::string text_of(const std::map<std::string, int>& states) {
  if (states.size() == 1) return states.begin()->first;
  std::string text;
  for (const auto& [state, count] : states)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", state, count);
  return text;
}

std::string text_of(std::chrono::nanoseconds time) {
  const auto us = std::chrono::duration<double, std::micro>(time).count();
  if (us == 0) return "-";
  if (us < 1000) return fmt::format("{:.0f}us", us);
  if (us < 1'000'000) return fmt::format("{:.3g}ms", us / 1000);
  return fmt::format("{:.3g}s", us / 1'000'000);
}

std::string memory_text(std::uint64_t bytes) {
  return bytes == 0 ? "-" : fmt::format("{:.1f}MB", static_cast<double>(bytes) / 1e6);
}

}  // namespace

std::vector<FunctionStatus> read_status(const json& answer, const std::string& run_directory) {
  std::vector<FunctionStatus> functions;
  try {
    for (const auto& one : answer.at("functions")) {
      FunctionStatus function;
      function.name = one.at("name").get<std::string>();
      function.path = one.at("path").get<std::string>();
      std::map<std::string, int> states;
      for (const auto& slot : one.at("slots")) add_slot(function, slot, run_directory, states);
      function.state = text_of(states);
      functions.push_back(std::move(function));
    }
  } catch (const json::exception&) {
    throw Failure("the server says what this stile does not understand: is it of another version?");
  }
  return functions;
}

// "todos.id@0.1234"
std::vector<FunctionStatus> read_counters(const std::string& run_directory) {
  std::map<std::string, FunctionStatus> functions;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(run_directory + "/workers", error)) {
    const auto file = entry.path().filename().string();
    const auto at = file.rfind('@');
    const auto dot = file.rfind('.');
    if (at == std::string::npos || dot == std::string::npos || dot < at) continue;
    auto& function = functions[file.substr(0, at)];
    function.name = file.substr(0, at);
    function.state = "unknown";
    int pid = 0;
    std::from_chars(file.data() + dot + 1, file.data() + file.size(), pid);
    add_process(function, pid);
    ++function.instances;
    add_counts(function.counts, entry.path());
  }
  std::vector<FunctionStatus> list;
  for (auto& [name, function] : functions) list.push_back(std::move(function));
  return list;
}

std::string status_table(const std::vector<FunctionStatus>& functions,
                         const std::map<std::string, milliseconds>& before, milliseconds since) {
  std::size_t name_width = 8;
  std::size_t state_width = 5;
  for (const auto& function : functions) {
    name_width = std::max(name_width, function.name.size());
    state_width = std::max(state_width, function.state.size());
  }
  std::string table =
      fmt::format("{:<{}}  {:<{}} {:>5} {:>4} {:>4} {:>9} {:>6} {:>6} {:>6} {:>6} {:>7} {:>7}  {}\n",
                  "FUNCTION", name_width, "STATE", state_width, "PROC", "RUN", "WAIT", "REQUESTS", "ERRORS",
                  "P50", "P99", "CPU", "MEMORY", "RESTART", "LAST CRASH");
  for (const auto& function : functions) {
    const auto& counts = function.counts;
    std::string cpu = fmt::format("{:.1f}s", static_cast<double>(function.cpu.count()) / 1000);
    if (const auto earlier = before.find(function.path); earlier != before.end() && since > 0ms) {
      cpu = fmt::format("{:.0f}%", 100.0 * static_cast<double>((function.cpu - earlier->second).count()) /
                                       static_cast<double>(since.count()));
    }
    const auto crash = function.crashes == 0
                           ? std::string("-")
                           : fmt::format("{} ({} in all)", function.last_crash, function.crashes);
    table += fmt::format(
        "{:<{}}  {:<{}} {:>5} {:>4} {:>4} {:>9} {:>6} {:>6} {:>6} {:>6} {:>7} {:>7}  {}\n", function.name,
        name_width, function.state, state_width, fmt::format("{}/{}", function.processes, function.instances),
        counts.running, counts.waiting, counts.answered, counts.failed, text_of(counts.percentile(0.5)),
        text_of(counts.percentile(0.99)), cpu, memory_text(function.memory), function.restarts, crash);
  }
  return table;
}

json status_json(const std::vector<FunctionStatus>& functions) {
  const auto milliseconds_of = [](std::chrono::nanoseconds time) {
    return std::chrono::duration<double, std::milli>(time).count();
  };
  auto list = json::array();
  for (const auto& function : functions) {
    const auto& counts = function.counts;
    list.push_back({{"name", function.name},
                    {"path", function.path},
                    {"state", function.state},
                    {"processes", function.processes},
                    {"instances", function.instances},
                    {"running", counts.running},
                    {"waiting", counts.waiting},
                    {"requests", counts.answered},
                    {"errors", counts.failed},
                    {"p50_ms", milliseconds_of(counts.percentile(0.5))},
                    {"p99_ms", milliseconds_of(counts.percentile(0.99))},
                    {"cpu_ms", function.cpu.count()},
                    {"memory_bytes", function.memory},
                    {"restarts", function.restarts},
                    {"crashes", function.crashes},
                    {"last_crash", function.last_crash}});
  }
  return {{"functions", std::move(list)}};
}

void show_status(const std::string& run_directory, Repeat repeat, StatusForm form) {
  std::map<std::string, milliseconds> cpu_before;
  auto time_before = std::chrono::steady_clock::now();
  while (true) {
    std::string note;
    std::vector<FunctionStatus> functions;
    try {
      functions = read_status(ask_server(run_directory, "status", status_patience), run_directory);
    } catch (const Failure& failure) {  // what its workers count is there all the same
      functions = read_counters(run_directory);
      if (functions.empty()) throw;
      note = fmt::format("{}; what its workers count:\n", failure.what());
    }
    const auto now = std::chrono::steady_clock::now();
    std::string text;
    if (form == StatusForm::json) {
      auto object = status_json(functions);
      object["answered"] = note.empty();
      text = object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
    } else {
      if (repeat == Repeat::each_second) text = "\x1b[H\x1b[J";  // home, and clear what is below
      text += note + status_table(functions, cpu_before,
                                  std::chrono::duration_cast<milliseconds>(now - time_before));
    }
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
      throw Failure("cannot write to standard output");
    if (repeat == Repeat::once) return;
    time_before = now;
    for (const auto& function : functions) cpu_before[function.path] = function.cpu;
    std::this_thread::sleep_for(1s);
  }
}

}  // namespace stile::cli
