// What a function may say about itself: `const Settings settings{.timeout = 5s, .concurrency = 8};`
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace stile {

// So that `5s` means five seconds wherever `using namespace stile` is in force.
using namespace std::chrono_literals;  // NOLINT(google-global-names-in-headers)

/// Every member may be left unset: then stile.json or the default decides. The table of them, with units, defaults and
/// bounds, is in the README.
struct Settings {
  /// How long one request may take until the client gets a 504.
  std::optional<std::chrono::milliseconds> timeout{};
  /// How many requests one process runs at once, each on a thread of its own. 1: the code need not be thread-safe.
  std::optional<std::uint32_t> concurrency{};
  /// Largest body of a request in bytes; beyond it the client gets a 413.
  std::optional<std::uint64_t> max_body{};
  /// How many processes serve this function.
  std::optional<std::uint32_t> instances{};
  /// How many requests may wait beyond concurrency × instances; further ones get a 503.
  std::optional<std::uint32_t> queue{};
  /// How many of its processes are there even where nobody asks for them.
  std::optional<std::uint32_t> min_instances{};
  /// After so long without a request a process ends; the next request starts one. 0: never.
  std::optional<std::chrono::milliseconds> idle_timeout{};
  /// After so many requests a process is replaced; 0: never.
  std::optional<std::uint64_t> max_requests{};
  /// A process that holds more bytes of memory than that is replaced; 0: never.
  std::optional<std::uint64_t> max_memory{};
  /// A request that runs longer is logged, with where it was by then; 0: none.
  std::optional<std::chrono::milliseconds> slow{};
  /// For so long nginx keeps an answer to GET and gives it to whoever asks for the same (docs/caching.md). 0: it does not.
  std::optional<std::chrono::seconds> cache{};
  /// What kept answers are told apart by beside path and declared query: {"Accept-Language", "cookie:theme"}.
  std::vector<std::string> vary{};
  /// Names of environment variables that its processes get; of all others they have PATH, TZ, TMPDIR and the locale alone.
  std::vector<std::string> environment{};
  /// Names of secrets that it may ask for (rules.hpp): {"stripe_key"}.
  std::vector<std::string> secrets{};
};

}  // namespace stile
