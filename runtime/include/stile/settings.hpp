// What a function may say about itself: `const Settings settings{.timeout = 5s, .concurrency = 8};`
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <stile/access.hpp>
#include <stile/cors.hpp>
#include <stile/rate.hpp>

namespace stile {

// So that `5s` means five seconds wherever `using namespace stile` is in force.
using namespace std::chrono_literals;  // NOLINT(google-global-names-in-headers)

/// A list of names that may be left unset: {"PATH_OF_MODEL", "REGION"}. Names::none() says that there are none.
class Names {
 public:
  Names() = default;
  Names(std::initializer_list<std::string> names) : list_(names) {}  // NOLINT(google-explicit-constructor)
  explicit Names(std::vector<std::string> names) : list_(std::move(names)) {}
  static Names none() {
    Names names;
    names.list_.emplace();
    return names;
  }
  bool has_value() const { return list_.has_value(); }
  std::vector<std::string> list() const { return list_.value_or(std::vector<std::string>{}); }

 private:
  std::optional<std::vector<std::string>> list_;
};

/// Every member may be left unset: then the settings of the folder, of the folder above, ..., stile.json or the default
/// decides, each member by itself. The table of them, with units, defaults and bounds, is in the README.
struct Settings {
  /// Who may call it. Where any function or folder of a project says this, each function has to.
  std::optional<Access> access{};
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
  Names vary{};
  /// Names of environment variables that its processes get; of all others they have PATH, TZ, TMPDIR and the locale alone.
  Names environment{};
  /// Names of secrets that it may ask for (rules.hpp): {"stripe_key"}.
  Names secrets{};
  /// Requests from one address; beyond it the client gets a 429.
  std::optional<Rate> rate{};
  /// Requests from one caller who has proven who he is, for each process by itself; beyond it he gets a 429.
  std::optional<Rate> caller_rate{};
  /// Which pages of other origins may call it; unset: none.
  std::optional<Cors> cors{};
};

}  // namespace stile
