#include "manifest/access_policy.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "manifest/text.hpp"

namespace stile {
namespace {

using Json = nlohmann::json;
using Kind = AccessScheme::Kind;

constexpr std::array<std::pair<Kind, std::string_view>, 4> scheme_kinds{
    {{Kind::api_key, "api_key"}, {Kind::jwt, "jwt"}, {Kind::header, "header"}, {Kind::cookie, "cookie"}}};

[[noreturn]] void refuse_access(std::string_view what) {
  throw std::invalid_argument(fmt::format("manifest: \"access\": {}", what));
}

std::vector<std::string> texts_of(const Json& list, std::string_view name) {
  if (!list.is_array()) refuse_access(fmt::format("\"{}\" must be an array of strings", name));
  std::vector<std::string> texts;
  for (const auto& text : list) {
    if (!text.is_string()) refuse_access(fmt::format("\"{}\" must be an array of strings", name));
    texts.push_back(text.get<std::string>());
  }
  return texts;
}

AccessScheme scheme_of(const Json& object) {
  if (!object.is_object() || object.size() != 2 || !object.contains("kind") || !object.contains("name") ||
      !object["kind"].is_string() || !object["name"].is_string())
    refuse_access("each of \"schemes\" must have a kind and a name");
  const auto& kind = object["kind"].get_ref<const std::string&>();
  const auto* const found = std::find_if(scheme_kinds.begin(), scheme_kinds.end(),
                                         [&](const auto& each) { return each.second == kind; });
  if (found == scheme_kinds.end()) refuse_access(fmt::format("there is no kind \"{}\"", kind));
  return {found->first, object["name"].get<std::string>()};
}

// RFC 6749, section 3.3.
bool is_scope_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; });
}

}  // namespace

std::string in_words(const AccessScheme& scheme) {
  switch (scheme.kind) {
    case Kind::api_key:
      return fmt::format("an API key (header {})", api_key_header);
    case Kind::jwt:
      return "a JWT (header Authorization, Bearer)";
    case Kind::header:
      return fmt::format("the header {}", scheme.name);
    case Kind::cookie:
      return fmt::format("the cookie {}", scheme.name);
  }
  return {};
}

std::string AccessPolicy::in_words() const {
  if (!is_guarded()) return "everyone";
  std::vector<std::string> ways;
  for (const auto& scheme : schemes) {
    switch (scheme.kind) {
      case Kind::api_key:
        ways.emplace_back("API key");
        break;
      case Kind::jwt:
        ways.emplace_back("JWT");
        break;
      case Kind::header:
        ways.push_back("header " + scheme.name);
        break;
      case Kind::cookie:
        ways.push_back("cookie " + scheme.name);
        break;
    }
  }
  std::string words = fmt::format("{}", fmt::join(ways, " or "));
  for (const auto& scope : scopes) words += ", scope " + scope;
  for (const auto& one_of : roles) words += fmt::format(", role {}", fmt::join(one_of, " or "));
  return words;
}

void AccessPolicy::check() const {
  for (const auto& scheme : schemes) {
    const bool has_name = scheme.kind == Kind::header || scheme.kind == Kind::cookie;
    if (has_name && !is_token(scheme.name)) {
      throw std::invalid_argument(
          fmt::format("access: \"{}\" is no name of a header or cookie", scheme.name));
    }
    // nginx lets no header with a _ through, and hands on Host whatever is sent.
    if (scheme.kind == Kind::header &&
        (scheme.name.find('_') != std::string::npos || equal_ignoring_case(scheme.name, "Host")))
      throw std::invalid_argument(
          fmt::format("access: a header {} proves nothing: it does not arrive as it is sent", scheme.name));
    if (std::count(schemes.begin(), schemes.end(), scheme) > 1)
      throw std::invalid_argument(fmt::format("access: asks for {} twice", stile::in_words(scheme)));
  }
  auto names = scopes;
  for (const auto& one_of : roles) {
    if (one_of.empty()) throw std::invalid_argument("access: asks for one role of none");
    names.insert(names.end(), one_of.begin(), one_of.end());
  }
  if (!is_guarded() && !names.empty()) {
    throw std::invalid_argument(fmt::format(
        "access: everyone may call, so nobody can be asked for {}: say how a caller proves who he is",
        names.front()));
  }
  for (const auto& name : names) {
    if (!is_scope_token(name)) {
      throw std::invalid_argument(
          fmt::format("access: \"{}\" is no scope or role: write letters, digits and signs but no blank, "
                      "quote or backslash",
                      name));
    }
  }
}

nlohmann::json AccessPolicy::to_json() const {
  Json list = Json::array();
  for (const auto& scheme : schemes) {
    const auto* const kind = std::find_if(scheme_kinds.begin(), scheme_kinds.end(),
                                          [&](const auto& each) { return each.first == scheme.kind; });
    list.push_back({{"kind", kind->second}, {"name", scheme.name}});
  }
  return {{"schemes", list}, {"scopes", scopes}, {"roles", roles}};
}

AccessPolicy AccessPolicy::parse(const nlohmann::json& object) {
  if (!object.is_object() || object.size() != 3 || !object.contains("schemes") ||
      !object.contains("scopes") || !object.contains("roles"))
    refuse_access("must be an object with schemes, scopes and roles");
  AccessPolicy policy;
  if (!object["schemes"].is_array()) refuse_access("\"schemes\" must be an array");
  for (const auto& scheme : object["schemes"]) policy.schemes.push_back(scheme_of(scheme));
  policy.scopes = texts_of(object["scopes"], "scopes");
  if (!object["roles"].is_array()) refuse_access("\"roles\" must be an array");
  for (const auto& one_of : object["roles"]) policy.roles.push_back(texts_of(one_of, "roles"));
  return policy;
}

}  // namespace stile
