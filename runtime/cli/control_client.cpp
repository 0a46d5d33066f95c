#include "cli/control_client.hpp"

#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "posix/failure.hpp"
#include "posix/fd.hpp"
#include "posix/unix_socket.hpp"
#include "supervisor/log.hpp"
#include "supervisor/supervisor.hpp"

namespace stile::cli {
namespace {

using Clock = std::chrono::steady_clock;

posix::Fd connect_to_server(const std::string& run_directory) {
  const auto path = run_directory + "/" + control_socket;
  posix::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (posix::connect_to(socket.get(), path)) return socket;
  if (errno == ENAMETOOLONG) throw Failure(fmt::format("{} is too long for a socket", path));
  if (errno == EACCES || errno == EPERM)
    throw Failure(fmt::format("the server of {} is somebody else's: ask as its owner", run_directory));
  throw Failure(
      fmt::format("no server serves from {}: start one with ./stile serve, or name its folder with --run-dir",
                  run_directory));
}

std::string read_answer(int socket, Clock::time_point deadline) {
  std::string answer;
  std::array<char, 65536> room;  // NOLINT(cppcoreguidelines-pro-type-member-init): recv() fills it
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd readable{socket, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&readable, 1, static_cast<int>(left.count())) == 0)
      throw Failure("the server does not answer");
    const auto size = ::recv(socket, room.data(), room.size(), MSG_DONTWAIT);
    if (size == -1 && (errno == EAGAIN || errno == EINTR)) continue;
    if (size <= 0) return answer;
    answer.append(room.data(), static_cast<std::size_t>(size));
  }
}

}  // namespace

nlohmann::json ask_server(const std::string& run_directory, const std::string& line,
                          std::chrono::milliseconds patience) {
  const auto socket = connect_to_server(run_directory);
  const std::string request = line + "\n";
  if (::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size()))
    throw Failure(fmt::format("cannot ask the server: {}", std::strerror(errno)));
  const auto text = read_answer(socket.get(), Clock::now() + patience);
  auto answer = nlohmann::json::parse(text, nullptr, false);
  if (!answer.is_object() || !answer.contains("ok") || !answer["ok"].is_boolean())
    throw Failure("the server went away before it had answered: see its log");
  // A function's own last words may be in it: none of them for the terminal to obey.
  const auto message = supervisor::escaped(answer.value("message", ""));
  if (!answer["ok"].get<bool>()) throw Failure(message);
  answer["message"] = message;
  return answer;
}

}  // namespace stile::cli
