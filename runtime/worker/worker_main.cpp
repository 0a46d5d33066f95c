// A worker's main(): one compiled function behind one process. Which function, the linker decides.
#include <fcntl.h>
#include <fmt/core.h>
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "endpoint/dispatcher.hpp"
#include "endpoint/document.hpp"
#include "endpoint/gate.hpp"
#include "endpoint/policies.hpp"
#include "endpoint/secret_values.hpp"
#include "lending/control.hpp"
#include "lending/counters.hpp"
#include "lending/recorder.hpp"
#include "posix/account.hpp"
#include "posix/error.hpp"
#include "posix/failure.hpp"
#include "posix/fd.hpp"
#include "worker/arguments.hpp"
#include "worker/backtrace.hpp"
#include "worker/crash.hpp"
#include "worker/exchange.hpp"
#include "worker/invoke.hpp"
#include "worker/log_pipe.hpp"
#include "worker/replay.hpp"
#include "worker/serve.hpp"
#include "worker/standard_streams.hpp"
#include "worker/usage.hpp"

// A name that the link binds to the function's own constant (cmake/StileFunctions.cmake).
extern "C" const stile::Endpoint stile_endpoint;

namespace stile::worker {
namespace {

// What malloc may keep of freed memory, in each thread's arena; glibc's own default, but otherwise it grows to twice the
// largest block that was ever freed, and an idle worker would hold a body for each of its threads.
constexpr int most_free_bytes_kept = 128 * 1024;

using Mode = Arguments::Mode;

// Not stdout: that has become the log.
void write_all(int fd, std::string_view text, const std::string& name) {
  while (!text.empty()) {
    const auto size = ::write(fd, text.data(), text.size());
    if (size == -1 && errno == EINTR) continue;
    if (size == -1) throw Failure(fmt::format("cannot write {}: {}", name, std::strerror(errno)));
    text.remove_prefix(static_cast<std::size_t>(size));
  }
}

// Whole or not at all: the command line may be reading it.
void write_file(const std::string& path, std::string_view text) {
  const std::string fresh = fmt::format("{}.{}~", path, ::getpid());
  const posix::Fd file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file) throw Failure(fmt::format("cannot write {}: {}", fresh, std::strerror(errno)));
  write_all(file.get(), text, fresh);
  if (::rename(fresh.c_str(), path.c_str()) == -1) {
    throw Failure(fmt::format("cannot write {}: {}", path, std::strerror(errno)));
  }
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) throw Failure(fmt::format("cannot read {}", path));
  return text;
}

Dispatcher make_dispatcher(const Arguments& arguments, const Manifest& manifest) {
  const Route route = arguments.route ? Route::parse(*arguments.route) : manifest.route;
  return {stile_endpoint, route.below(arguments.prefix), arguments.debug ? Cause::shown_here : Cause::logged};
}

// Never destroyed: it may be written to until the very end, by destructors of the function's own static
// objects.
LogPipe& open_log(Mode mode) {
  const auto form = mode == Mode::supervised ? LogPipe::Form::records : LogPipe::Form::plain;
  static auto* const log = new LogPipe(STDERR_FILENO, form);
  capture_standard_streams(*log);
  return *log;
}

// Root's own files there would be in the way of the account that functions are served as.
void become_owner_of_state() {
  const char* folder = std::getenv("STILE_STATE_DIR");
  struct stat status {};
  if (folder == nullptr || ::geteuid() != 0 || ::stat(folder, &status) == -1 || status.st_uid == 0) return;
  const posix::Account owner{"", status.st_uid, status.st_gid, {status.st_gid}};
  if (!posix::become(owner)) posix::throw_errno("become the owner of the state directory");
}

// Whatever has this number: counters and recorder know their own file. None of a function's children shall have it.
int take_given(int number) { return ::fcntl(number, F_SETFD, FD_CLOEXEC) == -1 ? -1 : number; }

CrashFile replayed(const Arguments& arguments, LogSink& log) {
  CrashFile crash = read_crash_file(arguments.crash_file, stile_endpoint.name);
  if (crash.body.size() < crash.body_size) {
    log.write(Level::warning, crash.request_id,
              fmt::format("of the body's {} bytes only the first {} are known: the request is run with these",
                          crash.body_size, crash.body.size()));
  }
  return crash;
}

void run(const Arguments& arguments) {
  if (arguments.mode == Mode::help) return write_all(STDOUT_FILENO, usage, "standard output");
  Manifest manifest = describe(stile_endpoint);
  if (arguments.mode == Mode::describe) {
    if (arguments.document) {
      const std::string source = arguments.source ? read_file(*arguments.source) : "";
      write_file(*arguments.document, document(stile_endpoint, source) + "\n");
    }
    manifest.secret_parameters = secret_parameters(stile_endpoint);
    if (manifest.cors && manifest.cors->headers.empty())
      manifest.cors->headers = headers_of_pages(stile_endpoint);
    manifest.cache_inputs = cache_inputs(stile_endpoint);
    check_cache(manifest, manifest.limits.cache.value_or(std::chrono::seconds(0)));
    const std::string text = manifest.to_json() + "\n";
    return arguments.output ? write_file(*arguments.output, text)
                            : write_all(STDOUT_FILENO, text, "standard output");
  }
  declare_secrets(manifest.secrets);
  // The supervisor starts it by descriptor: without this, ps and top would show that descriptor's number.
  ::prctl(PR_SET_NAME, std::string(manifest.name).c_str());
  const ResolvedLimits limits = resolve(arguments.limits, manifest.limits);
  Dispatcher dispatcher = make_dispatcher(arguments, manifest);
  const bool is_supervised = arguments.mode == Mode::supervised;
  const posix::Fd counters(is_supervised ? take_given(lending::counters_descriptor) : -1);
  Usage usage(counters.get(), is_supervised ? lending::control_descriptor : -1,
              {limits.max_requests, limits.max_memory});
  const posix::Fd memory(is_supervised ? take_given(lending::recorder_descriptor) : -1);
  lending::Recorder recorder(memory.get());
  Refusals refusals;
  Service service{dispatcher, open_log(arguments.mode), limits.max_body, limits.timeout, usage, recorder};
  service.refusals = &refusals;
  prepare_backtraces();
  const CrashStack crash_stack;
  watch_for_crashes(recorder, is_supervised ? CrashReport::recorded : CrashReport::on_stderr);
  // What proved who called is masked in what was kept: whoever runs it again is its owner.
  Caller owner{.id = "replay", .name = "replay"};
  if (arguments.mode == Mode::replay && manifest.access) {
    owner.scopes = manifest.access->scopes;
    for (const auto& one_of : manifest.access->roles)
      owner.roles.insert(owner.roles.end(), one_of.begin(), one_of.end());
    detail::assumed_caller = &owner;
  }
  if (arguments.mode == Mode::invoke || arguments.mode == Mode::replay) {
    // Read as whoever called it, before it is run as whose state it is.
    Invocation invocation = arguments.mode == Mode::replay ? invocation_of(replayed(arguments, service.log))
                                                           : invocation_of(arguments);
    become_owner_of_state();
    return write_all(STDOUT_FILENO, invoke(std::move(invocation), service), "standard output");
  }
  // A function writes to what it likes: where nobody reads, that is an error, not the end of all its requests.
  std::signal(SIGPIPE, SIG_IGN);
  ::mallopt(M_TRIM_THRESHOLD, most_free_bytes_kept);
  watch_for_forks();
  block_signals();
  std::optional<SlowCalls> slow;
  if (limits.slow > std::chrono::milliseconds(0)) service.slow = &slow.emplace(service.log, limits.slow);
  serve(is_supervised ? Supervision::supervised : Supervision::alone, {arguments.successor, arguments.slot},
        service, limits.concurrency);
}

int fail(int code, std::string_view reason) {
  const std::string line = fmt::format("{}: {}\n", stile_endpoint.name, reason);
  if (::write(STDERR_FILENO, line.data(), line.size()) == -1) return code;  // nobody left to tell
  return code;
}

}  // namespace
}  // namespace stile::worker

int main(int count, char** words) {
  using namespace stile::worker;
  try {
    run(parse_arguments({words + 1, words + count}));
    return 0;
  } catch (const UsageError& error) {
    return fail(2, error.what());
  } catch (const std::invalid_argument& error) {  // a limit, a route or a prefix that is none
    return fail(2, error.what());
  } catch (const std::exception& error) {
    return fail(1, error.what());
  }
}
