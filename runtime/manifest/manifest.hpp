// What the rest of Stile knows of a compiled function: written by `WORKER --describe`, read by the supervisor
// and by what generates nginx's configuration. Pure; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "manifest/access_policy.hpp"
#include "manifest/cache_policy.hpp"
#include "manifest/cors_policy.hpp"
#include "manifest/rate_policy.hpp"
#include "manifest/route.hpp"

namespace stile {

/// The numbers of a function, all of them optional: "unset" is told from every value. Sources, nearest first:
/// the project's stile.json, the function's `settings`, the defaults.
struct Limits {
  std::optional<std::chrono::milliseconds> timeout{};
  std::optional<std::uint32_t> concurrency{};
  std::optional<std::uint64_t> max_body{};  ///< bytes
  std::optional<std::uint32_t> instances{};
  std::optional<std::uint32_t> queue{};
  std::optional<std::uint32_t> min_instances{};
  std::optional<std::chrono::milliseconds> idle_timeout{};
  std::optional<std::uint64_t> max_requests{};
  std::optional<std::uint64_t> max_memory{};  ///< bytes
  std::optional<std::chrono::milliseconds> slow{};
  std::optional<RatePolicy> rate{};
  std::optional<std::chrono::seconds> cache{};
};

/// Limits with every number filled in.
struct ResolvedLimits {
  std::chrono::milliseconds timeout{30'000};
  std::uint32_t concurrency = 8;       ///< handler threads of one worker, at most
  std::uint64_t max_body = 1'048'576;  ///< bytes of a request's body
  std::uint32_t instances = 1;         ///< processes
  std::uint32_t queue = 64;            ///< requests that may wait beyond concurrency × instances
  std::uint32_t min_instances = 0;     ///< processes that are there always
  std::chrono::milliseconds idle_timeout{300'000};  ///< of a process without a request; 0: for ever
  std::uint64_t max_requests = 0;                   ///< of a process, then it is replaced; 0: none
  std::uint64_t max_memory = 0;       ///< bytes that a process holds, then it is replaced; 0: none
  std::chrono::milliseconds slow{0};  ///< requests that run longer are logged; 0: none
  RatePolicy rate{};                  ///< of requests from one address
  std::chrono::seconds cache{0};      ///< answers to GET are kept for so long; 0: none are

  bool operator==(const ResolvedLimits&) const = default;
  /// Requests that nginx lets through at once.
  std::uint32_t bound() const { return concurrency * instances + queue; }
};

/// `nearer` where it is set, else `farther`, else the default. Throws std::invalid_argument naming the number
/// that is out of range (timeout 1 ms .. 24 h, concurrency 1 .. 1024, max_body 0 .. 1 TiB, instances 1 .. 64,
/// queue 0 .. 65535, min_instances 0 .. instances, idle_timeout and slow 0 .. 24 h, max_memory 0 or 1 MiB .. 1 TiB, cache
/// 0 .. 30 days; rate as RatePolicy::check() has it).
ResolvedLimits resolve(const Limits& nearer, const Limits& farther);

/// Throws std::invalid_argument where it is no name of a variable, or of one that is Stile's own to say (STILE_...).
void check_variable_name(std::string_view name);
/// Letters, digits and _, no digit first, at most 64 bytes.
bool is_secret_name(std::string_view name);
/// "stripe_key" -> "STRIPE_KEY", where it is looked for when there is no file of that name.
std::string variable_of_secret(std::string_view name);

struct Manifest {
  std::string file;                            ///< as the author knows it: "functions/todos/{id}.cpp"
  std::string name;                            ///< the file without "functions/" and ".cpp": "todos/{id}"
  Route route;                                 ///< without the prefix
  std::vector<std::string> methods;            ///< as Allow lists them: "GET", "HEAD", "POST", ..., "OPTIONS"
  Limits limits;                               ///< only what the function's `settings` set
  std::vector<std::string> secret_parameters;  ///< names of those that are marked secret
  std::vector<std::string> environment{};      ///< names of variables that its processes get
  std::vector<std::string> secrets{};          ///< names of secrets that it may ask for
  std::optional<AccessPolicy> access{};        ///< unset: nobody has said who may call it
  std::optional<RatePolicy> caller_rate{};     ///< of requests from one caller, for each process; unset: none
  std::optional<CorsPolicy> cors{};            ///< unset: no page of another origin may call it

  std::vector<std::string> vary{};  ///< what kept answers are told apart by: parse_vary()
  CacheInputs cache_inputs{};       ///< filled when it is described

  /// Throws std::invalid_argument that names what of `environment` and `secrets` can't be a variable or a secret, or what of `cors`
  /// can't be.
  void check_names() const;

  /// One JSON object; parse() reads it back.
  std::string to_json() const;
  /// Throws std::invalid_argument that names the member that is missing, unknown or of a wrong type.
  static Manifest parse(std::string_view json);
};

}  // namespace stile
