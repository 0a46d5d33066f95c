#include "supervisor/worker_file.hpp"

#include <fmt/core.h>

#include <charconv>
#include <fstream>
#include <iterator>
#include <sstream>

namespace stile::supervisor {
namespace {

// Takes a number, and what stands behind it. False where there is none.
template <class Number>
bool take(std::string_view& text, Number& number, std::string_view behind) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.starts_with(behind)) return false;
  text.remove_prefix(behind.size());
  return true;
}

}  // namespace

std::string worker_file_name(std::string_view label, const WorkerFile& file) {
  return fmt::format("{}.{}-{}-{}", label, file.pid, file.start_time, file.timeout.count());
}

std::optional<WorkerFile> parse_worker_file(std::string_view name) {
  const auto dot = name.rfind('.');
  if (dot == name.npos || dot < name.rfind('@') || name.rfind('@') == name.npos) return std::nullopt;
  name.remove_prefix(dot + 1);
  WorkerFile file;
  std::int64_t timeout = 0;
  if (!take(name, file.pid, "-") || !take(name, file.start_time, "-") || !take(name, timeout, ""))
    return std::nullopt;
  if (!name.empty() || file.pid <= 0 || timeout < 0) return std::nullopt;
  file.timeout = std::chrono::milliseconds(timeout);
  return file;
}

std::uint64_t start_time(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const auto name_end = text.rfind(") ");  // the name may hold anything
  if (name_end == text.npos) return 0;
  std::istringstream fields(text.substr(name_end + 2));
  std::string skipped;
  for (int field = 3; field < 22; ++field) fields >> skipped;
  std::uint64_t time = 0;
  fields >> time;
  return time;
}

}  // namespace stile::supervisor
