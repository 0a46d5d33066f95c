#include "cli/configuration.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <vector>

#include "cli/quantities.hpp"
#include "cli/rate_text.hpp"
#include "cli/usage_error.hpp"
#include "manifest/strict_json.hpp"

namespace stile::cli {
namespace {

using Json = nlohmann::json;
using Pointer = Json::json_pointer;

// Where in which file we are: every complaint begins with it.
struct Place {
  const std::string& file;
  Pointer pointer{};

  Place at(std::string_view name) const { return {file, pointer / std::string(name)}; }
  std::string text() const {
    return pointer.empty() ? file : fmt::format("{}: {}", file, pointer.to_string());
  }
  [[noreturn]] void refuse(std::string_view why) const {
    throw UsageError(fmt::format("{}: {}", text(), why));
  }
};

void expect_object(const Json& json, const Place& place) {
  if (!json.is_object()) place.refuse(fmt::format("must be an object, not {}", json.type_name()));
}

[[noreturn]] void refuse_unknown(const Place& place, const std::vector<std::string_view>& known) {
  std::string list;
  for (const auto name : known) list += fmt::format("{}{}", list.empty() ? "" : ", ", name);
  place.refuse(fmt::format("there is no such setting; there are {}", list));
}

std::string setting_text(const Json& json, const Setting& setting, const Place& place) {
  using Form = Setting::Form;
  if (setting.form == Form::choice) {
    if (!json.is_boolean()) place.refuse(fmt::format("must be true or false, not {}", json.type_name()));
    return json.get<bool>() ? "on" : "off";
  }
  if (json.is_string() && setting.form != Form::number) {
    auto text = json.get<std::string>();
    if (text.find('\0') != std::string::npos) place.refuse("must not hold a NUL");
    return text;
  }
  if (json.is_number_unsigned() && setting.form != Form::text) return json.dump();
  const char* expected = setting.form == Form::number ? "a whole number, not negative"
                         : setting.form == Form::text ? "a string"
                                                      : "a whole number or a string";
  place.refuse(
      fmt::format("must be {}, not {}", expected, json.is_number() ? json.dump() : json.type_name()));
}

void read_setting(const Json& json, const Setting& setting, const Place& place, Values& values) {
  auto text = setting_text(json, setting, place);
  try {
    setting.check(text);
  } catch (const std::invalid_argument& error) {
    place.refuse(error.what());
  }
  values.*setting.value = std::move(text);
}

template <class T>
T whole_number(const Json& json, const Place& place) {
  if (!json.is_number_unsigned()) {
    place.refuse(fmt::format("must be a whole number, not negative, not {}",
                             json.is_number() ? json.dump() : json.type_name()));
  }
  const auto number = json.get<std::uint64_t>();
  if (number > static_cast<std::uint64_t>(std::numeric_limits<T>::max())) place.refuse("is too large");
  return static_cast<T>(number);
}

using ReadLimit = void (*)(const Json&, const Place&, Limits&);

template <std::optional<std::chrono::milliseconds> Limits::*Member>
void read_duration(const Json& json, const Place& place, Limits& limits) {
  if (!json.is_string()) {
    place.refuse(fmt::format("must be a string with a unit, such as \"5s\" or \"500ms\", not {}",
                             json.is_number() ? json.dump() : json.type_name()));
  }
  limits.*Member = parse_duration(json.get_ref<const std::string&>());
}

void read_cache(const Json& json, const Place& place, Limits& limits) {
  Limits read;
  read_duration<&Limits::timeout>(json, place, read);
  if (*read.timeout % std::chrono::seconds(1) != std::chrono::seconds(0))
    place.refuse("must be whole seconds, such as \"60s\"");
  limits.cache = std::chrono::floor<std::chrono::seconds>(*read.timeout);
}

template <std::optional<std::uint64_t> Limits::*Member>
void read_size(const Json& json, const Place& place, Limits& limits) {
  limits.*Member = json.is_string() ? parse_size(json.get_ref<const std::string&>())
                                    : whole_number<std::uint64_t>(json, place);
}

template <auto Member>
void read_count(const Json& json, const Place& place, Limits& limits) {
  using Number = typename std::remove_cvref_t<decltype(limits.*Member)>::value_type;
  limits.*Member = whole_number<Number>(json, place);
}

void read_rate(const Json& json, const Place& place, Limits& limits) {
  if (!json.is_string())
    place.refuse(fmt::format("must be a string such as \"10/s\", not {}", json.type_name()));
  limits.rate = parse_rate(json.get_ref<const std::string&>());
}

constexpr std::array<std::pair<std::string_view, ReadLimit>, 12> limit_readers{{
    {"timeout", read_duration<&Limits::timeout>},
    {"concurrency", read_count<&Limits::concurrency>},
    {"max_body", read_size<&Limits::max_body>},
    {"instances", read_count<&Limits::instances>},
    {"queue", read_count<&Limits::queue>},
    {"min_instances", read_count<&Limits::min_instances>},
    {"idle_timeout", read_duration<&Limits::idle_timeout>},
    {"max_requests", read_count<&Limits::max_requests>},
    {"max_memory", read_size<&Limits::max_memory>},
    {"slow", read_duration<&Limits::slow>},
    {"rate", read_rate},
    {"cache", read_cache},
}};

Limits read_limits(const Json& json, const Place& place) {
  expect_object(json, place);
  Limits limits;
  for (const auto& [name, value] : json.items()) {
    const auto reader = std::find_if(limit_readers.begin(), limit_readers.end(),
                                     [&name = name](const auto& known) { return known.first == name; });
    if (reader == limit_readers.end()) {
      std::vector<std::string_view> known(limit_readers.size());
      std::transform(limit_readers.begin(), limit_readers.end(), known.begin(),
                     [](const auto& one) { return one.first; });
      refuse_unknown(place.at(name), known);
    }
    try {
      reader->second(value, place.at(name), limits);
      // For its range: those before it are known to be right. min_instances has its bound in another one.
      Limits alone = limits;
      if (!alone.instances && alone.min_instances) alone.instances = std::max(*alone.min_instances, 1U);
      (void)stile::resolve(alone, {});
    } catch (const std::invalid_argument& error) {
      place.at(name).refuse(error.what());
    }
  }
  return limits;
}

void read_function_limits(const Json& json, const Place& place, Configuration& configuration) {
  expect_object(json, place);
  for (const auto& [name, limits] : json.items()) {
    configuration.functions[name] = read_limits(limits, place.at(name));
  }
}

void read_routes(const Json& json, const Place& place, Configuration& configuration) {
  expect_object(json, place);
  for (const auto& [pattern, function] : json.items()) {
    if (!function.is_string()) {
      place.at(pattern).refuse(fmt::format("must be the name of a function, not {}", function.type_name()));
    }
    try {
      (void)Route::parse(pattern);
    } catch (const std::invalid_argument& error) {
      place.at(pattern).refuse(error.what());
    }
    configuration.routes[pattern] = function.get<std::string>();
  }
}

std::string api_text(const Json& json, const Place& place) {
  if (!json.is_string() || json.get_ref<const std::string&>().empty()) place.refuse("must be a text");
  return json.get<std::string>();
}

void read_servers(const Json& json, const Place& place, std::vector<std::string>& servers) {
  if (!json.is_array() || json.empty()) place.refuse("must be an array of URLs");
  servers.clear();
  for (const auto& server : json)
    servers.push_back(api_text(server, place.at(std::to_string(servers.size()))));
}

void read_api(const Json& json, const Place& place, ApiInfo& api) {
  const std::map<std::string_view, std::string ApiInfo::*> texts{{"title", &ApiInfo::title},
                                                                 {"version", &ApiInfo::version},
                                                                 {"description", &ApiInfo::description},
                                                                 {"contact", &ApiInfo::contact},
                                                                 {"license", &ApiInfo::license}};
  expect_object(json, place);
  for (const auto& [name, value] : json.items()) {
    const auto known = texts.find(name);
    if (known != texts.end()) {
      api.*known->second = api_text(value, place.at(name));
    } else if (name == "servers") {
      read_servers(value, place.at(name), api.servers);
    } else {
      refuse_unknown(place.at(name), {"title", "version", "description", "contact", "license", "servers"});
    }
  }
}

void read_environment(const Json& json, const Place& place, std::vector<std::string>& names) {
  if (!json.is_array()) place.refuse("must be an array of names of variables");
  for (const auto& name : json) {
    const Place here = place.at(std::to_string(names.size()));
    if (!name.is_string()) here.refuse("must be the name of a variable");
    try {
      check_variable_name(name.get_ref<const std::string&>());
    } catch (const std::invalid_argument& error) {
      here.refuse(error.what());
    }
    names.push_back(name);
  }
}

std::vector<std::string> read_texts(const Json& json, const Place& place) {
  if (!json.is_array()) place.refuse("must be an array of strings");
  std::vector<std::string> texts;
  for (const auto& text : json) texts.push_back(api_text(text, place.at(std::to_string(texts.size()))));
  return texts;
}

void read_jwt_member(const std::string& name, const Json& json, const Place& place,
                     access::TokenRules& rules) {
  const std::map<std::string_view, std::string access::TokenRules::*> texts{
      {"key", &access::TokenRules::key_file},
      {"jwks", &access::TokenRules::jwks_file},
      {"issuer", &access::TokenRules::issuer},
      {"audience", &access::TokenRules::audience},
      {"type", &access::TokenRules::type}};
  if (const auto known = texts.find(name); known != texts.end()) {
    rules.*known->second = api_text(json, place);
  } else if (name == "algorithms") {
    for (const auto& text : read_texts(json, place)) {
      const auto algorithm = access::algorithm_of(text);
      if (!algorithm)
        place.refuse(fmt::format("there is no \"{}\"; there are HS256, RS256, ES256, EdDSA", text));
      rules.algorithms.push_back(*algorithm);
    }
  } else if (name == "required") {
    rules.required = read_texts(json, place);
  } else if (name == "leeway") {
    rules.leeway = std::chrono::duration_cast<std::chrono::seconds>(parse_duration(api_text(json, place)));
  } else if (name == "must_expire") {
    if (!json.is_boolean()) place.refuse("must be true or false");
    rules.must_expire = json.get<bool>();
  } else {
    refuse_unknown(place, {"algorithms", "key", "jwks", "issuer", "audience", "leeway", "required", "type",
                           "must_expire"});
  }
}

void read_jwt(const Json& json, const Place& place, Configuration& configuration) {
  expect_object(json, place);
  access::TokenRules rules;
  for (const auto& [name, value] : json.items()) {
    try {
      read_jwt_member(name, value, place.at(name), rules);
    } catch (const std::invalid_argument& error) {
      place.at(name).refuse(error.what());
    }
  }
  if (!rules.jwks_file.empty() && rules.issuer.empty())
    place.refuse("a key set is somebody's: say whose, \"issuer\"");
  try {
    access::check(rules);
  } catch (const std::invalid_argument& error) {
    place.refuse(error.what());
  }
  configuration.jwt = std::move(rules);
}

void read_member(const std::string& name, const Json& json, const Place& place,
                 Configuration& configuration) {
  if (name == "functions") return read_function_limits(json, place, configuration);
  if (name == "routes") return read_routes(json, place, configuration);
  if (name == "api") return read_api(json, place, configuration.api);
  if (name == "environment") return read_environment(json, place, configuration.environment);
  if (name == "jwt") return read_jwt(json, place, configuration);
  std::vector<std::string_view> known;
  for (const auto& setting : all_settings()) {
    if (setting.key == name) return read_setting(json, setting, place, configuration.values);
    known.push_back(setting.key);
  }
  known.insert(known.end(), {"functions", "routes", "api", "environment", "jwt"});
  refuse_unknown(place, known);
}

void resolve_path(std::optional<std::string>& path, const std::string& file) {
  if (path) path = (std::filesystem::path(file).parent_path() / *path).string();
}

}  // namespace

Configuration parse_configuration(std::string_view text, const std::string& file) {
  Configuration configuration;
  configuration.file = file;
  const Place place{configuration.file};
  Json json;
  try {
    json = parse_strict(text);
  } catch (const std::invalid_argument& error) {
    place.refuse(error.what());
  }
  expect_object(json, place);
  for (const auto& [name, value] : json.items()) read_member(name, value, place.at(name), configuration);
  auto& values = configuration.values;
  for (auto* path : {&values.run_directory, &values.state_directory, &values.secrets_directory,
                     &values.keys_file, &values.nginx_files, &values.tls_certificate, &values.tls_key})
    resolve_path(*path, file);
  if (configuration.jwt) {
    for (auto* path : {&configuration.jwt->key_file, &configuration.jwt->jwks_file}) {
      if (!path->empty()) *path = (std::filesystem::path(file).parent_path() / *path).string();
    }
  }
  return configuration;
}

std::string place_in(const Configuration& configuration, std::string_view section, std::string_view name) {
  return Place{configuration.file}.at(section).at(name).text();
}

}  // namespace stile::cli
