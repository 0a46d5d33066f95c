#include "access/token_text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "access/key_file.hpp"
#include "manifest/base64.hpp"
#include "manifest/strict_json.hpp"
#include "manifest/text.hpp"

namespace stile::access {
namespace {

using Json = nlohmann::json;

constexpr std::array names{std::pair(Algorithm::HS256, "HS256"), std::pair(Algorithm::RS256, "RS256"),
                           std::pair(Algorithm::ES256, "ES256"), std::pair(Algorithm::EdDSA, "EdDSA")};

Json read_object(std::string_view part, const char* what) {
  const auto bytes = decode_base64(part, Base64::url);
  if (!bytes) throw BadToken(fmt::format("the {} is no base64url", what));
  const std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  try {
    auto value = parse_strict(text);
    if (value.is_object()) return value;
  } catch (const std::invalid_argument& error) {
    throw BadToken(fmt::format("the {} can not be read: {}", what, quote_for_log(error.what())));
  }
  throw BadToken(fmt::format("the {} is no JSON object", what));
}

// Nothing where there is none of that name.
const std::string* text_member(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return nullptr;
  if (!found->is_string()) throw BadToken(fmt::format("\"{}\" is no string", name));
  return found->get_ptr<const std::string*>();
}

std::optional<Algorithm> algorithm_named(std::string_view text) {
  const auto found =
      std::find_if(names.begin(), names.end(), [&](const auto& pair) { return pair.second == text; });
  return found == names.end() ? std::nullopt : std::optional(found->first);
}

// RFC 7515, section 4.1.9: "application/" may be left out, and case does not matter.
bool is_type(std::string_view text, std::string_view type) {
  constexpr std::string_view application = "application/";
  const auto shorten = [&](std::string_view& name) {
    if (name.size() > application.size() &&
        equal_ignoring_case(name.substr(0, application.size()), application))
      name.remove_prefix(application.size());
  };
  shorten(text);
  shorten(type);
  return equal_ignoring_case(text, type);
}

void check_type(const Json& header, const TokenRules& rules) {
  const auto* const type = text_member(header, "typ");
  const bool is_ours = rules.type.empty()
                           ? type == nullptr || is_type(*type, "JWT") || is_type(*type, "at+jwt")
                           : type != nullptr && is_type(*type, rules.type);
  if (is_ours) return;
  throw BadToken(fmt::format("its type is {}", type == nullptr ? "missing" : quote_for_log(*type)));
}

// Seconds since 1970 (RFC 7519, section 2: NumericDate), which may have a fraction; nothing where there is no such claim.
std::optional<double> time_claim(const Json& claims, const char* name) {
  constexpr double latest = 253'402'300'799.0;  // in the year 9999
  const auto found = claims.find(name);
  if (found == claims.end()) return std::nullopt;
  const double seconds = found->is_number() ? found->get<double>() : -1;
  if (!(seconds >= 0 && seconds <= latest)) throw BadToken(fmt::format("\"{}\" is no time", name));
  return seconds;
}

std::vector<std::string> words_of(std::string_view text, const char* claim) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (word.empty()) continue;
    if (!is_scope(word)) throw BadToken(fmt::format("\"{}\" holds what can be no scope", claim));
    words.emplace_back(word);
  }
  return words;
}

std::vector<std::string> list_claim(const Json& claims, const char* name) {
  const auto found = claims.find(name);
  if (found == claims.end()) return {};
  if (!found->is_array()) throw BadToken(fmt::format("\"{}\" is no array", name));
  std::vector<std::string> words;
  for (const auto& element : *found) {
    if (!element.is_string()) throw BadToken(fmt::format("\"{}\" holds what is no string", name));
    words.push_back(element.get<std::string>());
  }
  return words;
}

std::vector<std::string> scopes_of(const Json& claims) {
  if (const auto* const scope = text_member(claims, "scope")) return words_of(*scope, "scope");
  const auto scp = claims.find("scp");
  if (scp != claims.end() && scp->is_string()) return words_of(scp->get_ref<const std::string&>(), "scp");
  return list_claim(claims, "scp");
}

bool is_for(const Json& claims, const std::string& audience) {
  const auto found = claims.find("aud");
  if (found == claims.end()) return audience.empty();
  if (audience.empty()) return false;
  if (found->is_string()) return found->get_ref<const std::string&>() == audience;
  const auto list = list_claim(claims, "aud");
  return std::find(list.begin(), list.end(), audience) != list.end();
}

Refusal refuse(const char* description, std::string reason) {
  return {Refusal::Fault::caller, "invalid_token", description, std::move(reason)};
}

std::optional<Refusal> check_times(const Json& claims, const TokenRules& rules,
                                   std::chrono::system_clock::time_point now) {
  const double seconds = std::chrono::duration<double>(now.time_since_epoch()).count();
  const auto leeway = static_cast<double>(rules.leeway.count());
  const auto expires = time_claim(claims, "exp");
  const auto begins = time_claim(claims, "nbf");
  const auto made = time_claim(claims, "iat");
  if (!expires && rules.must_expire) return refuse("the token never expires", "it has no \"exp\"");
  if (expires && seconds >= *expires + leeway)
    return refuse("the token has expired", fmt::format("it expired {:.0f} s ago", seconds - *expires));
  if (begins && seconds < *begins - leeway)
    return refuse("the token is not valid yet", fmt::format("it begins in {:.0f} s", *begins - seconds));
  if (made && seconds < *made - leeway)
    return refuse("the token is not valid yet", fmt::format("it is made in {:.0f} s", *made - seconds));
  return std::nullopt;
}

std::optional<Refusal> check_required(const Json& claims, const TokenRules& rules) {
  for (const auto& name : rules.required) {
    const auto found = claims.find(name);
    if (found != claims.end() && !found->is_null() && *found != "") continue;
    return refuse("the token lacks a claim", fmt::format("it has no {}", quote_for_log(name)));
  }
  return std::nullopt;
}

}  // namespace

std::string_view name_of(Algorithm algorithm) {
  const auto* const found =
      std::find_if(names.begin(), names.end(), [&](const auto& pair) { return pair.first == algorithm; });
  return found->second;
}

std::string quote_for_log(std::string_view text) {
  constexpr std::size_t longest = 80;
  std::string quoted = "\"";
  for (const char c : text.substr(0, longest)) quoted += c >= ' ' && c < '\x7f' && c != '"' ? c : '?';
  return quoted + (text.size() > longest ? "...\"" : "\"");
}

TokenParts split_token(std::string_view token) {
  if (token.size() > longest_token) throw BadToken(fmt::format("it has more than {} bytes", longest_token));
  const auto dots = std::count(token.begin(), token.end(), '.');
  if (dots == 4) throw BadToken("it is encrypted (JWE)");
  if (dots != 2) throw BadToken("it has not the three parts of a signed token");
  const auto first = token.find('.');
  const auto second = token.find('.', first + 1);
  TokenParts parts{.is_signed = token.substr(0, second),
                   .header = token.substr(0, first),
                   .payload = token.substr(first + 1, second - first - 1),
                   .signature = {}};
  auto signature = decode_base64(token.substr(second + 1), Base64::url);
  if (!signature) throw BadToken("the signature is no base64url");
  if (parts.header.empty() || parts.payload.empty() || signature->empty())
    throw BadToken("a part of it is empty");
  parts.signature = std::move(*signature);
  return parts;
}

TokenHeader read_header(std::string_view part, const TokenRules& rules) {
  const auto object = read_object(part, "header");
  for (const auto* name : {"crit", "b64", "zip", "enc"}) {
    if (object.contains(name)) throw BadToken(fmt::format("its header has \"{}\"", name));
  }
  const auto* const content = text_member(object, "cty");
  if (content != nullptr && is_type(*content, "JWT")) throw BadToken("there is another token in it");
  check_type(object, rules);
  const auto* const name = text_member(object, "alg");
  const auto algorithm = name == nullptr ? std::nullopt : algorithm_named(*name);
  if (!algorithm ||
      std::find(rules.algorithms.begin(), rules.algorithms.end(), *algorithm) == rules.algorithms.end())
    throw BadToken(fmt::format("its algorithm is {}", name == nullptr ? "missing" : quote_for_log(*name)));
  const auto* const key_id = text_member(object, "kid");
  return {*algorithm, key_id == nullptr ? std::nullopt : std::optional(*key_id)};
}

std::variant<Claims, Refusal> read_claims(std::string_view part, const TokenRules& rules,
                                          std::chrono::system_clock::time_point now) {
  auto object = read_object(part, "payload");
  const auto* const issuer = text_member(object, "iss");
  const auto* const subject = text_member(object, "sub");
  if (auto refusal = check_times(object, rules, now)) return *std::move(refusal);
  if (!rules.issuer.empty() && (issuer == nullptr || *issuer != rules.issuer)) {
    return refuse("the token is of another issuer",
                  fmt::format("its issuer is {}", issuer == nullptr ? "missing" : quote_for_log(*issuer)));
  }
  if (!is_for(object, rules.audience))
    return refuse("the token is for somebody else", rules.audience.empty()
                                                        ? "it has an audience, and stile.json says none"
                                                        : "its audience is missing, or another one");
  if (auto refusal = check_required(object, rules)) return *std::move(refusal);
  Claims claims;
  if (subject != nullptr) claims.subject = *subject;
  if (issuer != nullptr) claims.issuer = *issuer;
  claims.scopes = scopes_of(object);
  claims.roles = list_claim(object, "roles");
  claims.all = std::move(object);
  return claims;
}

}  // namespace stile::access
