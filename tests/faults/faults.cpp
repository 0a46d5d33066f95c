#include "faults/faults.hpp"

#include <fmt/core.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>

#include "posix/error.hpp"
#include "posix/fd.hpp"
#include "support/http_client.hpp"
#include "support/temporary_directory.hpp"

namespace stile::test {

bool is_soak() {
  const char* value = std::getenv("STILE_SOAK");
  return value != nullptr && std::string(value) == "1";
}

void report(const std::string& figures) { std::cout << figures << std::endl; }

double median(std::vector<double> figures) {
  const auto middle = figures.begin() + static_cast<std::ptrdiff_t>(figures.size() / 2);
  std::nth_element(figures.begin(), middle, figures.end());
  return *middle;
}

ServedOptions fault_functions(const std::vector<std::string>& arguments) {
  ServedOptions options;
  options.arguments = {"--functions-build", STILE_FAULT_FUNCTIONS};
  options.arguments.insert(options.arguments.end(), arguments.begin(), arguments.end());
  return options;
}

pid_t pid_of(const ServedProject& project, const std::string& path) {
  const auto response = HttpClient().get(project.url(path));
  if (response.status != 200)
    throw std::runtime_error(fmt::format("{}: {} {}", path, response.status, response.body));
  return nlohmann::json::parse(response.body).at("pid").get<pid_t>();
}

std::vector<pid_t> workers(const ServedProject& project, const std::string& name) {
  std::vector<pid_t> found;
  for (const pid_t pid : project.processes(name)) {
    if (status_field(pid, "PPid") == std::to_string(project.process().pid())) found.push_back(pid);
  }
  return found;
}

std::map<std::uint64_t, int> journal(const ServedProject& project) {
  std::map<std::uint64_t, int> counts;
  std::ifstream lines(project.state_directory() + "/journal");
  for (std::string line; std::getline(lines, line);) {
    std::uint64_t serial = 0;
    std::from_chars(line.data(), line.data() + line.size(), serial);
    ++counts[serial];
  }
  return counts;
}

nlohmann::json control(const ServedProject& project, const std::string& line) {
  return nlohmann::json::parse(project.ask(line));
}

std::uint64_t starts_of(const ServedProject& project, const std::string& name) {
  std::uint64_t starts = 0;
  const auto status = control(project, "status");
  for (const auto& function : status.at("functions")) {
    if (function.at("name") != name) continue;
    for (const auto& slot : function.at("slots")) starts += slot.at("restarts").get<std::uint64_t>() + 1;
  }
  return starts;
}

std::size_t descriptors_of(pid_t pid) {
  std::error_code error;
  std::filesystem::directory_iterator entries("/proc/" + std::to_string(pid) + "/fd", error);
  return error ? 0 : static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

std::uint64_t memory_of(const std::vector<pid_t>& pids) {
  std::uint64_t sum = 0;
  for (const pid_t pid : pids) {
    std::ifstream lines("/proc/" + std::to_string(pid) + "/smaps_rollup");
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("Pss:")) sum += std::stoul(line.substr(4));
    }
  }
  return sum;
}

std::chrono::milliseconds processor_time_of(pid_t pid) {
  const auto text = read_file("/proc/" + std::to_string(pid) + "/stat");
  std::istringstream fields(text.substr(text.rfind(") ") + 2));
  std::string skipped;
  for (int i = 3; i < 14; ++i) fields >> skipped;
  long user = 0;
  long system = 0;
  fields >> user >> system;
  return std::chrono::milliseconds((user + system) * 1000 / ::sysconf(_SC_CLK_TCK));
}

std::string status_field(pid_t pid, std::string_view name) {
  std::ifstream lines("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(name) || line[name.size()] != ':') continue;
    return line.substr(line.find_first_not_of(" \t", name.size() + 1));
  }
  return {};
}

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size()))
    ++count;
  return count;
}

}  // namespace stile::test
