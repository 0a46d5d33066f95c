#include "manifest/manifest.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "manifest/text.hpp"

namespace stile {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 7> known_methods{"GET",   "HEAD",   "POST",   "PUT",
                                                        "PATCH", "DELETE", "OPTIONS"};

[[noreturn]] void refuse_member(std::string_view member, std::string_view reason) {
  throw std::invalid_argument(fmt::format("manifest: \"{}\" {}", member, reason));
}

template <class T, class U>
void check_range(const char* name, T value, U least, U most) {
  if (value < T{least} || value > T{most}) {
    throw std::invalid_argument(fmt::format("{} must be {} .. {}, not {}", name, least, most, value));
  }
}

const Json& member(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) refuse_member(name, "is missing");
  return *found;
}

void refuse_unknown(const Json& object, std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : object.items()) {
    if (std::find(known.begin(), known.end(), name) == known.end()) refuse_member(name, "is unknown");
  }
}

// These end up in nginx's configuration and in log lines: nothing that could begin a line of its own.
std::string text_of(const Json& object, const char* name) {
  const Json& value = member(object, name);
  if (!value.is_string()) refuse_member(name, "must be a string");
  const auto& text = value.get_ref<const std::string&>();
  if (text.empty() || !is_field_value(text)) refuse_member(name, "is empty or holds a control character");
  return text;
}

std::vector<std::string> names_of(const Json& object, const char* key) {
  const Json& list = member(object, key);
  if (!list.is_array()) refuse_member(key, "must be an array");
  std::vector<std::string> names;
  for (const Json& name : list) {
    if (!name.is_string()) refuse_member(key, "must be an array of strings");
    names.push_back(name);
  }
  return names;
}

bool is_variable_name(std::string_view name) {
  const auto may_stand = [&](char c) {
    return is_digit(c) || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  return !name.empty() && !is_digit(name.front()) && std::all_of(name.begin(), name.end(), may_stand);
}

std::vector<std::string> methods_of(const Json& object) {
  const Json& list = member(object, "methods");
  if (!list.is_array() || list.empty()) refuse_member("methods", "must be an array with at least one method");
  std::vector<std::string> methods;
  for (const Json& method : list) {
    if (!method.is_string()) refuse_member("methods", "must be an array of strings");
    const auto& name = method.get_ref<const std::string&>();
    if (std::find(known_methods.begin(), known_methods.end(), name) == known_methods.end()) {
      refuse_member("methods", fmt::format("has '{}', which is no method that can be served", name));
    }
    methods.push_back(name);
  }
  return methods;
}

template <class T>
std::optional<T> number_of(const Json& limits, const char* name) {
  const auto found = limits.find(name);
  if (found == limits.end()) return std::nullopt;
  if (!found->is_number_unsigned()) refuse_member(name, "must be a whole number, not negative");
  const auto value = found->get<std::uint64_t>();
  if (value > static_cast<std::uint64_t>(std::numeric_limits<T>::max())) refuse_member(name, "is too large");
  return static_cast<T>(value);
}

std::optional<std::chrono::milliseconds> duration_of(const Json& limits, const char* name) {
  const auto count = number_of<std::int64_t>(limits, name);
  return count ? std::optional(std::chrono::milliseconds{*count}) : std::nullopt;
}

Limits limits_of(const Json& object) {
  const Json& limits = member(object, "limits");
  if (!limits.is_object()) refuse_member("limits", "must be an object");
  refuse_unknown(limits, {"timeout_ms", "concurrency", "max_body", "instances", "queue", "min_instances",
                          "idle_timeout_ms", "max_requests", "max_memory", "slow_ms", "rate", "cache_s"});
  Limits result;
  result.timeout = duration_of(limits, "timeout_ms");
  result.concurrency = number_of<std::uint32_t>(limits, "concurrency");
  result.max_body = number_of<std::uint64_t>(limits, "max_body");
  result.instances = number_of<std::uint32_t>(limits, "instances");
  result.queue = number_of<std::uint32_t>(limits, "queue");
  result.min_instances = number_of<std::uint32_t>(limits, "min_instances");
  result.idle_timeout = duration_of(limits, "idle_timeout_ms");
  result.max_requests = number_of<std::uint64_t>(limits, "max_requests");
  result.max_memory = number_of<std::uint64_t>(limits, "max_memory");
  result.slow = duration_of(limits, "slow_ms");
  if (limits.contains("rate")) result.rate = RatePolicy::parse(limits.at("rate"));
  if (const auto seconds = number_of<std::int64_t>(limits, "cache_s"))
    result.cache = std::chrono::seconds{*seconds};
  return result;
}

Json json_of(const CacheInputs& inputs) {
  return {{"query", inputs.query},
          {"refuses_other_query", inputs.refuses_other_query},
          {"headers", inputs.headers},
          {"cookies", inputs.cookies},
          {"unnamed", inputs.unnamed}};
}

CacheInputs cache_inputs_of(const Json& manifest) {
  const Json& object = member(manifest, "cache_inputs");
  if (!object.is_object()) refuse_member("cache_inputs", "must be an object");
  refuse_unknown(object, {"query", "refuses_other_query", "headers", "cookies", "unnamed"});
  if (!member(object, "refuses_other_query").is_boolean())
    refuse_member("refuses_other_query", "must be true or false");
  return {names_of(object, "query"), object.at("refuses_other_query"), names_of(object, "headers"),
          names_of(object, "cookies"), names_of(object, "unnamed")};
}

template <class T>
T first_of(const std::optional<T>& nearer, const std::optional<T>& farther, T otherwise) {
  return nearer ? *nearer : farther.value_or(otherwise);
}

}  // namespace

ResolvedLimits resolve(const Limits& nearer, const Limits& farther) {
  const ResolvedLimits defaults;
  ResolvedLimits limits;
  limits.timeout = first_of(nearer.timeout, farther.timeout, defaults.timeout);
  limits.concurrency = first_of(nearer.concurrency, farther.concurrency, defaults.concurrency);
  limits.max_body = first_of(nearer.max_body, farther.max_body, defaults.max_body);
  limits.instances = first_of(nearer.instances, farther.instances, defaults.instances);
  limits.queue = first_of(nearer.queue, farther.queue, defaults.queue);
  limits.min_instances = first_of(nearer.min_instances, farther.min_instances, defaults.min_instances);
  limits.idle_timeout = first_of(nearer.idle_timeout, farther.idle_timeout, defaults.idle_timeout);
  limits.max_requests = first_of(nearer.max_requests, farther.max_requests, defaults.max_requests);
  limits.max_memory = first_of(nearer.max_memory, farther.max_memory, defaults.max_memory);
  limits.slow = first_of(nearer.slow, farther.slow, defaults.slow);
  limits.rate = first_of(nearer.rate, farther.rate, defaults.rate);
  limits.cache = first_of(nearer.cache, farther.cache, defaults.cache);
  constexpr int longest = 24 * 60 * 60 * 1000;
  check_range("timeout (milliseconds)", limits.timeout.count(), 1, longest);
  check_range("concurrency", limits.concurrency, 1U, 1024U);
  check_range("max_body (bytes)", limits.max_body, std::uint64_t{0}, std::uint64_t{1} << 40U);
  check_range("instances", limits.instances, 1U, 64U);
  check_range("queue", limits.queue, 0U, 65535U);
  check_range("min_instances", limits.min_instances, 0U, limits.instances);
  check_range("idle_timeout (milliseconds)", limits.idle_timeout.count(), 0, longest);
  if (limits.max_memory != 0)
    check_range("max_memory (bytes)", limits.max_memory, std::uint64_t{1} << 20U, std::uint64_t{1} << 40U);
  check_range("slow (milliseconds)", limits.slow.count(), 0, longest);
  limits.rate.check();
  check_range("cache (seconds)", limits.cache.count(), std::int64_t{0}, std::int64_t{longest_cache.count()});
  return limits;
}

void check_variable_name(std::string_view name) {
  if (!is_variable_name(name))
    throw std::invalid_argument(
        fmt::format("\"{}\" is no name of a variable; write letters, digits and _", name));
  if (name.starts_with("STILE_"))
    throw std::invalid_argument(fmt::format("{} is a variable that is Stile's own to say", name));
}

bool is_secret_name(std::string_view name) {
  constexpr std::size_t longest = 64;
  return is_variable_name(name) && name.size() <= longest;
}

std::string variable_of_secret(std::string_view name) {
  std::string variable(name);
  std::transform(variable.begin(), variable.end(), variable.begin(),
                 [](char c) { return static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c); });
  return variable;
}

void Manifest::check_names() const {
  for (const auto& one : environment) {
    try {
      check_variable_name(one);
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument(fmt::format("environment: {}", error.what()));
    }
  }
  for (const auto& one : secrets) {
    if (!is_secret_name(one))
      throw std::invalid_argument(
          fmt::format("secrets: \"{}\" is no name of a secret; write at most 64 letters, digits and _", one));
    check_variable_name(variable_of_secret(one));
  }
  if (cors) cors->check();
}

std::string Manifest::to_json() const {
  Json numbers = Json::object();
  if (limits.timeout) numbers["timeout_ms"] = limits.timeout->count();
  if (limits.concurrency) numbers["concurrency"] = *limits.concurrency;
  if (limits.max_body) numbers["max_body"] = *limits.max_body;
  if (limits.instances) numbers["instances"] = *limits.instances;
  if (limits.queue) numbers["queue"] = *limits.queue;
  if (limits.min_instances) numbers["min_instances"] = *limits.min_instances;
  if (limits.idle_timeout) numbers["idle_timeout_ms"] = limits.idle_timeout->count();
  if (limits.max_requests) numbers["max_requests"] = *limits.max_requests;
  if (limits.max_memory) numbers["max_memory"] = *limits.max_memory;
  if (limits.slow) numbers["slow_ms"] = limits.slow->count();
  if (limits.rate) numbers["rate"] = limits.rate->to_json();
  if (limits.cache) numbers["cache_s"] = limits.cache->count();
  Json object{{"file", file},
              {"name", name},
              {"route", route.pattern()},
              {"methods", methods},
              {"limits", numbers},
              {"secrets", secrets},
              {"environment", environment},
              {"secret_parameters", secret_parameters},
              {"vary", vary},
              {"cache_inputs", json_of(cache_inputs)}};
  if (access) object["access"] = access->to_json();
  if (cors) object["cors"] = cors->to_json();
  if (caller_rate) object["caller_rate"] = caller_rate->to_json();
  return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Manifest Manifest::parse(std::string_view json) {
  const Json object = Json::parse(json, nullptr, false);  // no exceptions: their text is for programmers
  if (object.is_discarded()) throw std::invalid_argument("manifest: it is not valid JSON");
  if (!object.is_object()) throw std::invalid_argument("manifest: it must be a JSON object");
  refuse_unknown(object, {"file", "name", "route", "methods", "limits", "secret_parameters", "environment",
                          "secrets", "access", "cors", "caller_rate", "vary", "cache_inputs"});
  Manifest manifest;
  manifest.file = text_of(object, "file");
  manifest.name = text_of(object, "name");
  try {
    manifest.route = Route::parse(text_of(object, "route"));
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(fmt::format("manifest: \"route\": {}", error.what()));
  }
  manifest.methods = methods_of(object);
  manifest.limits = limits_of(object);
  manifest.secret_parameters = names_of(object, "secret_parameters");
  manifest.environment = names_of(object, "environment");
  manifest.secrets = names_of(object, "secrets");
  if (object.contains("cors")) manifest.cors = CorsPolicy::parse(object.at("cors"));
  manifest.check_names();
  if (object.contains("caller_rate")) manifest.caller_rate = RatePolicy::parse(object["caller_rate"]);
  if (object.contains("access")) manifest.access = AccessPolicy::parse(object["access"]);
  manifest.vary = names_of(object, "vary");
  for (const auto& one : manifest.vary) parse_vary(one);
  manifest.cache_inputs = cache_inputs_of(object);
  return manifest;
}

}  // namespace stile
