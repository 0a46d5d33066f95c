#include "cli/control_client.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <system_error>

#include "cli/local_socket.hpp"
#include "cli/strict_json.hpp"
#include "supervisor/log.hpp"
#include "supervisor/supervisor.hpp"

namespace stile::cli {
namespace {

constexpr std::size_t longest_answer = 16U << 20U;  // a thousand functions of 64 instances are less
constexpr std::chrono::seconds connect_patience{5};

posix::Fd connect_to_server(const std::string& run_directory) {
  const auto path = run_directory + "/" + control_socket;
  try {
    return connect_to(path, connect_patience);
  } catch (const std::system_error& error) {
    const int number = error.code().value();
    if (number == EACCES || number == EPERM) {
      throw NoAnswer(
          fmt::format("{} is not yours to open: ask as root, or as who has started that server", path));
    }
    if (number == ENOENT || number == ECONNREFUSED) {
      throw NoAnswer(
          fmt::format("no server runs on {}: start one with ./stile serve, or name its folder with --run-dir",
                      run_directory));
    }
    throw NoAnswer(fmt::format("cannot ask the server on {}: {}", run_directory, error.code().message()));
  }
}

}  // namespace

nlohmann::json ask_server(const std::string& run_directory, const std::string& request,
                          std::chrono::milliseconds patience) {
  const auto text = ask(connect_to_server(run_directory), request + "\n", longest_answer, patience);
  if (!text || text->empty())
    throw NoAnswer(fmt::format("the server on {} does not answer: it ends, or hangs", run_directory));
  try {
    auto answer = parse_strict(*text);
    if (answer.at("ok").is_boolean() && answer.at("message").is_string()) return answer;
  } catch (const std::exception&) {  // of either library: all mean the same
  }
  throw Failure(fmt::format("what the server on {} answers is not understood: it is of another version?",
                            run_directory));
}

std::string message_of(const nlohmann::json& answer) {
  auto message = supervisor::escaped(answer.at("message").get_ref<const std::string&>());
  if (!answer.at("ok").get<bool>()) throw Failure(message);
  return message;
}

}  // namespace stile::cli
