#include "supervisor/nginx_files.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "posix/error.hpp"
#include "posix/failure.hpp"
#include "posix/file_lock.hpp"
#include "supervisor/run_directory.hpp"

namespace stile::supervisor {

namespace {

constexpr auto files_option = "--nginx-files";
// Is there from before a file changes until the command has ended with 0: also where we end in between.
constexpr auto mark = "changed";

}  // namespace

NginxFiles::NginxFiles(EventLoop& loop, Log& log, const SharedNginx& nginx,
                       const std::optional<posix::Account>& account)
    : loop_(loop), log_(log), nginx_(nginx) {
  make_trusted_directory(nginx_.folder, account, files_option);
  lock_.reset(::open(nginx_.folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock_) throw Failure(fmt::format("cannot open {}: {}", nginx_.folder, std::strerror(errno)));
  if (!posix::lock_alone(lock_)) {
    throw Failure(fmt::format("another stile has its files in {}: name another folder with {}", nginx_.folder,
                              files_option));
  }
}

void NginxFiles::write(const NginxFileTexts& texts) const {
  update("http.conf", texts.http);
  update("server.conf", texts.server);
  update("docs.conf", texts.docs);
}

void NginxFiles::update(const std::string& name, const std::string& text) const {
  std::ifstream in(file(name), std::ios::binary);
  if (in && std::string(std::istreambuf_iterator<char>(in), {}) == text) return;
  write_file(file(mark), "");
  write_file(file(name), text);
}

void NginxFiles::announce(OnEnd on_end) {
  on_end_ = std::move(on_end);
  if (::access(file(mark).c_str(), F_OK) == -1) return on_end_(std::nullopt);
  if (!nginx_.on_change.empty()) return run_command();
  log_.info("{} has changed: nginx has to be told to read it (on_nginx_change can do that)", nginx_.folder);
  ::unlink(file(mark).c_str());
  on_end_(std::nullopt);
}

void NginxFiles::run_command() {
  const posix::Fd shell(::open("/bin/sh", O_RDONLY | O_CLOEXEC));
  posix::check(shell.get(), "open /bin/sh");
  output_ = std::make_unique<LogPipe>(loop_, log_, "on_nginx_change", Wording::records);
  Command command;
  command.executable = shell.get();
  command.arguments = {"sh", "-c", nginx_.on_change};
  command.environment = environment_with({});
  command.files = {{output_->writer(), STDOUT_FILENO}, {output_->writer(), STDERR_FILENO}};
  command_ = std::make_unique<Process>(loop_, command, [this](Ending ending) { on_exit(ending); });
  output_->close_writer();
  limit_ = loop_.after(nginx_.command_limit, [this] {
    timed_out_ = true;
    command_->signal(SIGKILL);
  });
}

void NginxFiles::on_exit(Ending ending) {
  limit_ = {};
  output_->drain();
  output_.reset();
  command_.reset();
  if (ending.clean()) {
    ::unlink(file(mark).c_str());
    return on_end_(std::nullopt);
  }
  auto failure = timed_out_ ? fmt::format("on_nginx_change takes more than {} ms and was ended",
                                          nginx_.command_limit.count())
                            : fmt::format("on_nginx_change ended by {}", ending.text());
  timed_out_ = false;
  failure += ": nginx may not serve what has changed";
  log_.error("{}", failure);
  on_end_(std::move(failure));
}

}  // namespace stile::supervisor
