#include "supervisor/development.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "posix/error.hpp"

namespace stile::supervisor {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t longest_output = 1U << 20U;  // of a build; what follows is read and forgotten

}  // namespace

Development::Development(EventLoop& loop, Log& log, const DevelopmentSettings& settings, OnBuilt on_built)
    : loop_(loop),
      log_(log),
      settings_(settings),
      on_built_(std::move(on_built)),
      watch_(loop, settings.functions, [this] { start(); }) {}

void Development::start() {
  if (build_) {
    is_outdated_ = true;
    return;
  }
  is_outdated_ = false;
  output_.clear();
  std::array<int, 2> ends{};
  posix::check(::pipe2(ends.data(), O_CLOEXEC), "pipe2");
  reader_.reset(ends[0]);
  const posix::Fd writer(ends[1]);
  ::fcntl(reader_.get(), F_SETFL, O_NONBLOCK);
  const posix::Fd shell(::open("/bin/sh", O_RDONLY | O_CLOEXEC));
  posix::check(shell.get(), "open /bin/sh");
  Command command;
  command.executable = shell.get();
  command.arguments = {"sh", "-c", "exec \"$@\"", "sh"};
  command.arguments.insert(command.arguments.end(), settings_.build.begin(), settings_.build.end());
  command.environment =
      // Errors are read by build_output.cpp; and what is being edited is in no compiler cache, which costs a second to learn.
      environment_with({"LC_ALL=C", "CCACHE_DISABLE=1"}, {"LC_ALL", "CCACHE_DISABLE"});
  command.files = {{writer.get(), STDOUT_FILENO}, {writer.get(), STDERR_FILENO}};
  build_ = std::make_unique<Process>(loop_, command, [this](Ending ending) { on_exit(ending); });
  reader_watch_ = loop_.watch(reader_.get(), EPOLLIN, [this](std::uint32_t) { read_output(); });
}

void Development::read_output() {
  std::array<char, 65536> room;  // NOLINT(cppcoreguidelines-pro-type-member-init): read() fills it
  ssize_t size = 0;
  while ((size = ::read(reader_.get(), room.data(), room.size())) > 0)
    output_.append(room.data(), std::min(static_cast<std::size_t>(size), longest_output - output_.size()));
  if (size == 0) reader_watch_ = {};
}

// Later, as it is the process itself that calls.
void Development::on_exit(Ending ending) {
  later_ = loop_.after(0ms, [this, ending] {
    read_output();
    reader_watch_ = {};
    reader_.reset();
    build_.reset();
    if (is_outdated_) return start();
    const auto failures =
        ending.clean() ? std::vector<BuildFailure>() : failures_in(output_, settings_.functions);
    for (const auto& failure : failures) log_.error("{}", failure.error);
    on_built_(failures);
  });
}

}  // namespace stile::supervisor
