#include "manifest/rate_policy.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

namespace stile {
namespace {

constexpr std::uint64_t second = 1000;
constexpr std::uint64_t minute = 60 * second;

// How many of its unit nginx would be told, times `per`: whole only where this divides by it.
std::uint64_t scaled(const RatePolicy& policy, std::uint64_t unit) { return policy.requests * unit; }

bool is_whole(const RatePolicy& policy, std::uint64_t unit) {
  return scaled(policy, unit) % static_cast<std::uint64_t>(policy.per.count()) == 0;
}

std::uint64_t count_in(const RatePolicy& policy, std::uint64_t unit) {
  return scaled(policy, unit) / static_cast<std::uint64_t>(policy.per.count());
}

void check_between(const char* what, std::uint64_t value, std::uint64_t least, std::uint64_t most) {
  if (value < least || value > most)
    throw std::invalid_argument(fmt::format("rate.{} must be {} .. {}, not {}", what, least, most, value));
}

std::uint32_t rate_number(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_unsigned() || *found > 4'000'000'000U)
    throw std::invalid_argument(
        fmt::format("manifest: \"rate\": \"{}\" must be a whole number, not negative", name));
  return found->get<std::uint32_t>();
}

}  // namespace

std::string RatePolicy::nginx_rate() const {
  return is_whole(*this, second) ? fmt::format("{}r/s", count_in(*this, second))
                                 : fmt::format("{}r/m", count_in(*this, minute));
}

std::string RatePolicy::field(std::string_view name) const {
  const auto seconds = std::max(std::chrono::ceil<std::chrono::seconds>(per).count(), std::int64_t{1});
  return fmt::format("\"{}\";q={};w={}", name, requests, seconds);
}

// nginx reckons in thousandths of a request a second, cut off.
std::chrono::seconds RatePolicy::wait() const {
  const auto thousandths = std::max<std::uint64_t>(
      is_whole(*this, second) ? count_in(*this, second) * 1000 : count_in(*this, minute) * 1000 / 60, 1);
  return std::chrono::seconds{(1000 + thousandths - 1) / thousandths};
}

void RatePolicy::check_numbers() const {
  if (!is_limit()) {
    if (burst != 0) throw std::invalid_argument("rate.burst is set, and rate.requests is not: say how many");
    return;
  }
  constexpr std::uint64_t most = 1'000'000;
  check_between("requests", requests, 1, most);
  if (per.count() < 1 || per > std::chrono::hours{24})
    throw std::invalid_argument(
        fmt::format("rate.per (milliseconds) must be 1 .. 86400000, not {}", per.count()));
  check_between("burst", burst, 0, most);
}

void RatePolicy::check() const {
  check_numbers();
  if (!is_limit() || is_whole(*this, second) || is_whole(*this, minute)) return;
  const auto below = count_in(*this, minute);
  throw std::invalid_argument(fmt::format(
      "rate: {} in {} ms is no whole number of requests a second or a minute, which nginx "
      "counts: write .requests = {}, .per = 1min; a burst of {} beside it lets as many in at once",
      requests, per.count(), below + 1, requests));
}

nlohmann::json RatePolicy::to_json() const {
  return {{"requests", requests}, {"per_ms", static_cast<std::uint64_t>(per.count())}, {"burst", burst}};
}

RatePolicy RatePolicy::parse(const nlohmann::json& object) {
  if (!object.is_object()) throw std::invalid_argument("manifest: \"rate\" must be an object");
  static const std::set<std::string> known{"requests", "per_ms", "burst"};
  for (const auto& [name, value] : object.items()) {
    if (known.count(name) == 0)
      throw std::invalid_argument(fmt::format("manifest: \"rate\": \"{}\" is unknown", name));
  }
  RatePolicy policy;
  policy.requests = rate_number(object, "requests");
  policy.per = std::chrono::milliseconds{rate_number(object, "per_ms")};
  policy.burst = rate_number(object, "burst");
  policy.check_numbers();
  return policy;
}

}  // namespace stile
