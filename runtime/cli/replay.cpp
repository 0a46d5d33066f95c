#include "cli/replay.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "cli/strict_json.hpp"
#include "posix/account.hpp"
#include "posix/error.hpp"
#include "posix/failure.hpp"
#include "posix/fd.hpp"

namespace stile::cli {
namespace {

// Inherited by what is executed.
posix::Fd copy_in_memory(const std::string& text) {
  posix::Fd copy(posix::check(::memfd_create("stile-request", 0), "memfd_create"));
  if (::pwrite(copy.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
    throw Failure("no memory for a copy of the request");
  return copy;
}

}  // namespace

std::string function_of_kept_request(std::string_view text, const std::string& file) {
  try {
    return parse_strict(text).at("function").get<std::string>();
  } catch (const std::exception&) {  // of either library: all mean the same
    throw Failure(fmt::format("{} is no request that a server has kept", file));
  }
}

std::vector<std::string> replay_command(const std::vector<BuiltFunction>& functions,
                                        const std::string& function, const std::string& file, bool debug) {
  const auto found = std::find_if(functions.begin(), functions.end(),
                                  [&](const auto& built) { return built.manifest.name == function; });
  if (found == functions.end()) {
    throw Failure(fmt::format("{} is of the function '{}', which is not there (any more)", file, function));
  }
  std::vector<std::string> command{found->executable, "--replay", file};
  if (debug) command.insert(command.begin(), {"gdb", "-q", "--args"});
  return command;
}

void replay(const std::vector<BuiltFunction>& functions, const std::string& file, bool debug,
            const Resolved& settings) {
  std::ifstream in(file, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in) throw Failure(fmt::format("cannot read {}", file));
  const auto account = posix::account_to_become(settings.user);
  // The account can read neither the file nor, perhaps, the folder of the program: both are opened here.
  const auto copy = copy_in_memory(text);
  auto command = replay_command(functions, function_of_kept_request(text, file),
                                fmt::format("/proc/self/fd/{}", copy.get()), debug);
  std::vector<char*> words;
  for (auto& word : command) words.push_back(word.data());
  words.push_back(nullptr);
  ::setenv("STILE_STATE_DIR", settings.state_directory.c_str(), 1);
  const posix::Fd program(debug ? -1 : ::open(words.front(), O_RDONLY | O_CLOEXEC));
  if (account && !posix::become(*account))
    throw Failure(fmt::format("cannot become {}: {}", account->name, std::strerror(errno)));
  if (debug) {
    ::execvp(words.front(), words.data());
    if (errno == ENOENT) throw Failure("gdb is not installed: apt-get install gdb");
  } else if (program) {
    ::fexecve(program.get(), words.data(), environ);
  }
  throw Failure(fmt::format("cannot execute {}: {}", words.front(), std::strerror(errno)));
}

}  // namespace stile::cli
