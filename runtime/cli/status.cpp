#include "cli/status.hpp"

#include <fmt/core.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <optional>
#include <vector>

#include "cli/control_client.hpp"
#include "cli/server_status.hpp"
#include "cli/status_table.hpp"
#include "posix/failure.hpp"

namespace stile::cli {

using namespace std::chrono_literals;

namespace {

constexpr auto status_patience = 5s;
constexpr auto refresh_interval = 1s;

struct Look {
  std::string head;                // one line
  std::optional<NoAnswer> silent;  // why the server has not said anything
  std::vector<FunctionStatus> functions;
  std::chrono::steady_clock::time_point at = std::chrono::steady_clock::now();
};

Look look_at(const std::string& run_directory) {
  Look look;
  std::vector<FunctionReport> reports;
  try {
    const auto answer = ask_server(run_directory, "status", status_patience);
    message_of(answer);
    reports = parse_reports(answer);
    look.head = fmt::format("{}: {} functions", run_directory, reports.size());
  } catch (const NoAnswer& failure) {
    reports = reports_of_files(run_directory);
    look.silent = failure;
    look.head = failure.what();
    if (!reports.empty()) look.head += "; these are what workers have counted";
  }
  look.functions = measure(reports, run_directory);
  return look;
}

std::string one_text(const Look& look) {
  auto text = look.silent ? look.head + "\n" : std::string();
  for (const auto& line : status_table(look.functions, {}, 0ms)) text += line + "\n";
  return text;
}

std::size_t terminal_height() {
  winsize size{};
  constexpr std::size_t usual = 24;
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 3 ? size.ws_row : usual;
}

// From the upper left corner on, each line's rest and all below it cleared: nothing flickers.
std::string screen(const std::vector<std::string>& lines, std::size_t height) {
  std::string text = "\x1b[H";
  const bool fits = lines.size() < height;
  const std::size_t shown = fits ? lines.size() : height - 2;
  for (std::size_t i = 0; i < shown; ++i) text += lines[i] + "\x1b[K\n";
  if (!fits)
    text += fmt::format("... and {} lines more: ./stile status --once\x1b[K\n", lines.size() - shown);
  return text + "\x1b[J";
}

[[noreturn]] void show_live(const std::string& run_directory,
                            const std::function<void(std::string_view)>& print) {
  print("\x1b[2J");
  for (Look before;;) {  // goes on while a server is started again
    auto look = look_at(run_directory);
    const auto between = std::chrono::duration_cast<std::chrono::milliseconds>(look.at - before.at);
    std::vector<std::string> lines{look.head, ""};
    for (auto& line : status_table(look.functions, before.functions, between))
      lines.push_back(std::move(line));
    print(screen(lines, terminal_height()));
    before = std::move(look);
    ::poll(nullptr, 0, std::chrono::milliseconds(refresh_interval).count());
  }
}

}  // namespace

void show_status(const std::string& run_directory, StatusForm form,
                 const std::function<void(std::string_view)>& print) {
  if (form == StatusForm::live_table) show_live(run_directory, print);
  const auto look = look_at(run_directory);
  if (look.silent && look.functions.empty()) throw NoAnswer(*look.silent);
  print(form == StatusForm::json ? status_json(look.functions, run_directory) : one_text(look));
}

}  // namespace stile::cli
