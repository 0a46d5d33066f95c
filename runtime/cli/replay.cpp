#include "cli/replay.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "manifest/crash_file.hpp"
#include "posix/account.hpp"
#include "posix/error.hpp"
#include "posix/failure.hpp"
#include "posix/fd.hpp"

namespace stile::cli {
namespace {

struct KeptRequest {
  std::string text;
  bool is_trusted = false;  // nobody but root may have written it
};

KeptRequest read_kept_request(const std::string& file) {
  const posix::Fd fd(
      ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // a FIFO would keep us waiting
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) == -1 || !S_ISREG(status.st_mode))
    throw Failure(fmt::format("cannot read {}", file));
  KeptRequest kept;
  kept.is_trusted = status.st_uid == 0 && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
  kept.text.resize(most_crash_file_bytes + 1);
  const auto size = ::pread(fd.get(), kept.text.data(), kept.text.size(), 0);
  if (size == -1) throw Failure(fmt::format("cannot read {}: {}", file, std::strerror(errno)));
  kept.text.resize(static_cast<std::size_t>(size));
  return kept;
}

// Inherited by what is executed, and for it to read alone.
posix::Fd copy_in_memory(const std::string& text) {
  posix::Fd copy(posix::check(::memfd_create("stile-request", 0), "memfd_create"));
  if (::pwrite(copy.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
    throw Failure("no memory for a copy of the request");
  posix::check(::fchmod(copy.get(), 0444), "fchmod");
  return copy;
}

}  // namespace

std::string function_of_kept_request(std::string_view text, const std::string& file) {
  try {
    return parse_crash_file(text).function;
  } catch (const std::invalid_argument& error) {
    throw Failure(fmt::format("{} is no request that a server has kept: {}", file, error.what()));
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
  const auto kept = read_kept_request(file);
  const auto function = function_of_kept_request(kept.text, file);
  const auto account = posix::account_to_become(settings.user);
  if (account && !kept.is_trusted)
    throw Failure(fmt::format(
        "{} may have been written by others: chown it to root and chmod go-w if you trust it", file));
  // The account can read neither the file nor, perhaps, the folder of the program: both are opened here.
  const auto copy = account ? copy_in_memory(kept.text) : posix::Fd();
  auto command = replay_command(functions, function,
                                account ? fmt::format("/proc/self/fd/{}", copy.get()) : file, debug);
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
