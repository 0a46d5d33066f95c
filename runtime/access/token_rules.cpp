#include "access/token_rules.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

namespace stile::access {
namespace {

constexpr std::chrono::minutes longest_leeway{10};
constexpr std::array<std::pair<Algorithm, std::string_view>, 4> algorithm_names{
    {{Algorithm::HS256, "HS256"},
     {Algorithm::RS256, "RS256"},
     {Algorithm::ES256, "ES256"},
     {Algorithm::EdDSA, "EdDSA"}}};

}  // namespace

std::optional<Algorithm> algorithm_of(std::string_view name) {
  for (const auto& [algorithm, known] : algorithm_names) {
    if (known == name) return algorithm;
  }
  return std::nullopt;
}

void check(const TokenRules& rules) {
  const auto& allowed = rules.algorithms;
  if (allowed.empty()) throw std::invalid_argument("no algorithm is let pass: name one of them");
  // A set with keys of both kinds would let one stand for the other.
  if (allowed.size() > 1 && std::find(allowed.begin(), allowed.end(), Algorithm::HS256) != allowed.end())
    throw std::invalid_argument("HS256 stands alone: whoever checks its tokens can make them too");
  if (rules.key_file.empty() == rules.jwks_file.empty())
    throw std::invalid_argument("either key, a file of one, or jwks, a file of a key set, has to be named");
  if (rules.leeway < std::chrono::seconds{0} || rules.leeway > longest_leeway)
    throw std::invalid_argument("the leeway is 0s .. 10m");
  if (std::find(rules.required.begin(), rules.required.end(), "") != rules.required.end())
    throw std::invalid_argument("a claim that has to be there has no name");
}

std::string print_token_rules(const TokenRules& rules) {
  nlohmann::json names = nlohmann::json::array();
  for (const auto& [algorithm, name] : algorithm_names) {
    if (std::find(rules.algorithms.begin(), rules.algorithms.end(), algorithm) != rules.algorithms.end())
      names.push_back(name);
  }
  return nlohmann::json{
      {"algorithms", names},        {"key", rules.key_file},      {"jwks", rules.jwks_file},
      {"issuer", rules.issuer},     {"audience", rules.audience}, {"leeway", rules.leeway.count()},
      {"required", rules.required}, {"type", rules.type},         {"must_expire", rules.must_expire}}
      .dump();
}

TokenRules parse_token_rules(std::string_view text) {
  try {
    const auto json = nlohmann::json::parse(text);
    TokenRules rules;
    for (const auto& name : json.at("algorithms"))
      rules.algorithms.push_back(algorithm_of(name.get<std::string>()).value());
    rules.key_file = json.at("key").get<std::string>();
    rules.jwks_file = json.at("jwks").get<std::string>();
    rules.issuer = json.at("issuer").get<std::string>();
    rules.audience = json.at("audience").get<std::string>();
    rules.leeway = std::chrono::seconds(json.at("leeway").get<std::int64_t>());
    rules.required = json.at("required").get<std::vector<std::string>>();
    rules.type = json.at("type").get<std::string>();
    rules.must_expire = json.at("must_expire").get<bool>();
    return rules;
  } catch (const std::exception& error) {  // of either library: all mean the same
    throw std::invalid_argument(fmt::format("the rules of tokens can't be read: {}", error.what()));
  }
}

}  // namespace stile::access
