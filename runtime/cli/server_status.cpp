#include "cli/server_status.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string_view>

#include "posix/failure.hpp"
#include "posix/fd.hpp"

namespace stile::cli {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

// Those that say more of a function than others, first.
constexpr std::array<std::string_view, 6> states_by_weight{"broken",   "backing off", "starting",
                                                           "draining", "ready",       "cold"};

// A file of that folder and nothing else, whoever has named it.
std::string file_name_of(const std::string& path) {
  auto name = path.substr(path.rfind('/') + 1);
  return name == "." || name == ".." ? std::string() : name;
}

SlotReport parse_slot(const nlohmann::json& json) {
  SlotReport slot;
  slot.state = json.at("state").get<std::string>();
  if (const auto pid = json.at("pid").get<pid_t>(); pid > 0) slot.pids.push_back(pid);
  for (const auto& pid : json.at("leaving")) slot.pids.push_back(pid.get<pid_t>());
  slot.counters = file_name_of(json.at("counters").get<std::string>());
  slot.restarts = json.at("restarts").get<std::uint64_t>();
  slot.crashes = json.at("crashes").get<std::uint64_t>();
  slot.last_crash = json.at("last_crash").get<std::string>();
  return slot;
}

std::string text_of_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

milliseconds of_ticks(std::uint64_t ticks) {
  static const auto per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  return milliseconds(ticks * 1000 / per_second);
}

milliseconds since_boot() {
  double seconds = 0;
  std::ifstream("/proc/uptime") >> seconds;
  return milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

// What stands behind the name, which may hold anything: "pid (name) state ppid ...".
std::vector<std::uint64_t> numbers_of_stat(const std::string& text) {
  std::vector<std::uint64_t> numbers;
  const auto end = text.rfind(')');
  if (end == std::string::npos) return numbers;
  std::istringstream words(text.substr(end + 1));
  for (std::string word; words >> word;) {
    std::uint64_t number = 0;
    std::from_chars(word.data(), word.data() + word.size(), number);
    numbers.push_back(number);
  }
  return numbers;
}

std::optional<Usage> usage_of(pid_t pid) {
  const auto folder = fmt::format("/proc/{}/", pid);
  const auto numbers = numbers_of_stat(text_of_file(folder + "stat"));
  constexpr std::size_t user_time = 11;  // proc(5) counts from 1, and two stand before the state
  constexpr std::size_t system_time = 12;
  constexpr std::size_t start_time = 19;
  if (numbers.size() <= start_time) return std::nullopt;
  Usage usage;
  usage.processor_time = of_ticks(numbers[user_time] + numbers[system_time]);
  usage.age = since_boot() - of_ticks(numbers[start_time]);
  std::istringstream pages(text_of_file(folder + "statm"));
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  std::uint64_t shared = 0;
  if (pages >> all >> resident >> shared && resident > shared)
    usage.memory = (resident - shared) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return usage;
}

// O_NONBLOCK: a pipe under that name would keep us waiting.
lending::Counts counts_in(const std::string& path) {
  const posix::Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  return file ? lending::read_counts(file.get()) : lending::Counts{};
}

std::size_t weight_of(const std::string& state) {
  const auto* const found = std::find(states_by_weight.begin(), states_by_weight.end(), state);
  return static_cast<std::size_t>(found - states_by_weight.begin());
}

void add_usage(std::optional<Usage>& all, const Usage& one) {
  if (!all) all.emplace();
  all->processor_time += one.processor_time;
  all->age = std::max(all->age, one.age);
  all->memory += one.memory;
}

FunctionStatus measure_one(const FunctionReport& report, const std::string& workers) {
  FunctionStatus status;
  status.name = report.name;
  status.path = report.path;
  status.instances = report.slots.size();
  for (const auto& slot : report.slots) {
    if (status.state.empty() || weight_of(slot.state) < weight_of(status.state)) status.state = slot.state;
    if (!slot.counters.empty()) {
      ++status.up;
      status.counts = sum(status.counts, counts_in(workers + slot.counters));
    }
    for (const auto pid : slot.pids) {
      if (const auto usage = usage_of(pid)) add_usage(status.usage, *usage);
    }
    status.restarts += slot.restarts;
    status.crashes += slot.crashes;
    if (!slot.last_crash.empty()) status.last_crash = slot.last_crash;
  }
  return status;
}

}  // namespace

std::vector<FunctionReport> parse_reports(const nlohmann::json& answer) {
  std::vector<FunctionReport> reports;
  try {
    for (const auto& json : answer.at("functions")) {
      FunctionReport report;
      report.name = json.at("name").get<std::string>();
      report.path = json.at("path").get<std::string>();
      for (const auto& slot : json.at("slots")) report.slots.push_back(parse_slot(slot));
      reports.push_back(std::move(report));
    }
  } catch (const nlohmann::json::exception&) {
    throw Failure("what the server says of itself is not understood: it is of another version?");
  }
  return reports;
}

std::vector<FunctionReport> reports_of_files(const std::string& run_directory) {
  std::map<std::string, FunctionReport> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(run_directory + "/workers", error)) {
    const auto file = entry.path().filename().string();  // ID@INSTANCE.PID
    const auto id = file.substr(0, file.rfind('@'));
    auto& report = found[id];
    report.name = id;
    report.slots.push_back({"", {}, file, 0, 0, ""});
  }
  std::vector<FunctionReport> reports;
  for (auto& [id, report] : found) reports.push_back(std::move(report));
  return reports;
}

std::vector<FunctionStatus> measure(const std::vector<FunctionReport>& reports,
                                    const std::string& run_directory) {
  std::vector<FunctionStatus> all;
  for (const auto& report : reports) all.push_back(measure_one(report, run_directory + "/workers/"));
  return all;
}

lending::Counts sum(const lending::Counts& one, const lending::Counts& other) {
  auto both = one;
  both.begun += other.begun;
  both.answered += other.answered;
  both.failed += other.failed;
  both.running += other.running;
  both.waiting += other.waiting;
  both.last_active = std::max(one.last_active, other.last_active);
  for (std::size_t bucket = 0; bucket < both.latencies.size(); ++bucket)
    both.latencies[bucket] += other.latencies[bucket];
  return both;
}

}  // namespace stile::cli
