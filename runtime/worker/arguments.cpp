#include "worker/arguments.hpp"

#include <fmt/core.h>

#include <charconv>
#include <string_view>
#include <utility>

namespace stile::worker {
namespace {

using Mode = Arguments::Mode;

// By hand, not with CLI11 as the command line: a worker starts while a client waits, and building that parser
// costs more than all the rest of its start that is ours.
class Words {
 public:
  explicit Words(std::span<const char* const> words) : words_(words) {}

  bool next() {
    inline_value_.reset();
    if (at_ == words_.size()) return false;
    option_ = words_[at_++];
    if (const auto equals = option_.find('='); equals != std::string_view::npos) {
      inline_value_ = option_.substr(equals + 1);
      option_ = option_.substr(0, equals);
    }
    return true;
  }

  std::string_view option() const { return option_; }

  std::string value() {
    if (inline_value_) return std::string(*std::exchange(inline_value_, std::nullopt));
    if (at_ == words_.size()) throw UsageError(fmt::format("{} needs a value", option_));
    return words_[at_++];
  }

  template <class Number>
  Number number() {
    const std::string text = value();
    Number result{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result);
    if (error != std::errc{} || end != text.data() + text.size()) {
      throw UsageError(fmt::format("{} needs a number, not '{}'", option_, text));
    }
    return result;
  }

  // After an option that takes no value of its own by "=".
  void no_value_left() const {
    if (inline_value_) throw UsageError(fmt::format("{} takes no value", option_));
  }

 private:
  std::span<const char* const> words_;
  std::size_t at_ = 0;
  std::string_view option_;
  std::optional<std::string_view> inline_value_;
};

void set_mode(Arguments& arguments, Mode mode) {
  if (arguments.mode != Mode::serve && arguments.mode != mode) {
    throw UsageError("give one of --supervised, --describe, --invoke and --replay");
  }
  arguments.mode = mode;
}

bool take_limit(Words& words, Limits& limits) {
  if (words.option() == "--timeout-ms") {
    limits.timeout = std::chrono::milliseconds(words.number<std::int64_t>());
  } else if (words.option() == "--concurrency") {
    limits.concurrency = words.number<std::uint32_t>();
  } else if (words.option() == "--max-body") {
    limits.max_body = words.number<std::uint64_t>();
  } else if (words.option() == "--max-requests") {
    limits.max_requests = words.number<std::uint64_t>();
  } else if (words.option() == "--max-memory") {
    limits.max_memory = words.number<std::uint64_t>();
  } else if (words.option() == "--slow-ms") {
    limits.slow = std::chrono::milliseconds(words.number<std::int64_t>());
  } else {
    return false;
  }
  return true;
}

void take_option(Words& words, Arguments& arguments) {
  const auto option = words.option();
  if (option == "--supervised") return set_mode(arguments, Mode::supervised);
  if (option == "--describe") return set_mode(arguments, Mode::describe);
  if (option == "--help" || option == "-h") return set_mode(arguments, Mode::help);
  if (option == "--invoke") {
    set_mode(arguments, Mode::invoke);
    arguments.method = words.value();
    arguments.path = words.value();
  } else if (option == "--replay") {
    set_mode(arguments, Mode::replay);
    arguments.crash_file = words.value();
  } else if (option == "--debug") {
    arguments.debug = true;
  } else if (option == "--prefix") {
    arguments.prefix = words.value();
  } else if (option == "--route") {
    arguments.route = words.value();
  } else if (option == "--successor") {
    arguments.successor = words.value();
  } else if (option == "--slot") {
    arguments.slot = words.value();
  } else if (option == "--output") {
    arguments.output = words.value();
  } else if (option == "--document") {
    arguments.document = words.value();
  } else if (option == "--source") {
    arguments.source = words.value();
  } else if (option == "--header") {
    arguments.headers.push_back(words.value());
  } else if (option == "--body") {
    arguments.body_file = words.value();
  } else if (!take_limit(words, arguments.limits)) {
    throw UsageError(fmt::format("'{}' is no argument of a worker: see --help", option));
  }
}

}  // namespace

Arguments parse_arguments(std::span<const char* const> words) {
  Arguments arguments;
  Words left(words);
  while (left.next()) {
    take_option(left, arguments);
    left.no_value_left();
  }
  if ((arguments.output || arguments.document || arguments.source) && arguments.mode != Mode::describe)
    throw UsageError("--output, --document and --source belong to --describe");
  if ((!arguments.headers.empty() || arguments.body_file) && arguments.mode != Mode::invoke) {
    throw UsageError("--header and --body belong to --invoke");
  }
  return arguments;
}

const char* const usage = R"(A worker of Stile: one function, compiled.

  --describe [--output FILE]     print its manifest, or write it to FILE
      [--document FILE [--source FUNCTION.cpp]]      and write to FILE what OpenAPI tells of it, with the comments there
  --invoke METHOD PATH           run one request here and print the answer; its log goes to standard error.
      [--header 'Name: value']... [--body FILE]      Exits with 0 whatever the answer's status is.
  --replay FILE                  the same for the request of a crash that `stile serve` has written down: whoever
                                 calls it runs that request again, with its effects. Secrets in it are masked.
  --supervised                   serve the connections that `stile serve` lends
      [--successor SOCKET --slot NAME]      and, once it has died, give them to the next one
  (none of them)                 serve the listening socket that is descriptor 0 (spawn-fcgi, systemd)

  --prefix /api                  what its route is below
  --route '/other/{name}'        the route to serve instead of its file's own
  --timeout-ms N  --concurrency N  --max-body BYTES  --max-requests N  --max-memory BYTES  --slow-ms N
                                 instead of what its settings say
  --debug                        clients on this machine are told what a bug was: the exception's type and text
)";

}  // namespace stile::worker
