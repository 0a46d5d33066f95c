#include "endpoint/gate.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include "endpoint/scheme.hpp"
#include "stile/json.hpp"
#include "stile/problem.hpp"

namespace stile::detail {
namespace {

using Kind = AccessScheme::Kind;

// RFC 9110, section 11.6.1; RFC 6750, section 3 for tokens. For the others no scheme is registered.
std::string challenge_of(const AccessScheme& scheme, std::string_view attributes) {
  const auto own = [&]() -> std::string {
    switch (scheme.kind) {
      case Kind::jwt:
        return R"(Bearer realm="api")";
      case Kind::api_key:
        return fmt::format(R"(ApiKey realm="api", header="{}")", api_key_header);
      case Kind::header:
        return fmt::format(R"(ApiKey realm="api", header="{}")", scheme.name);
      case Kind::cookie:
        return fmt::format(R"(Cookie realm="api", cookie-name="{}")", scheme.name);
    }
    return {};
  };
  return own() + std::string(attributes);
}

std::string needs(const std::vector<std::shared_ptr<const Scheme>>& schemes) {
  std::vector<std::string> ways;
  for (const auto& scheme : schemes) ways.push_back(in_words(scheme->description()));
  return fmt::format("{}", fmt::join(ways, " or "));
}

// Two who have one id, by a key and by a token, or by the tokens of two issuers, are two.
std::string voucher(const AccessScheme& scheme, const Caller& caller) {
  switch (scheme.kind) {
    case Kind::api_key:
      return "api_key";
    case Kind::jwt: {
      const auto issuer = caller.claims ? caller.claims->find("iss") : Json::const_iterator();
      return "jwt" + (caller.claims && issuer != caller.claims->end() && issuer->is_string()
                          ? " " + issuer->get<std::string>()
                          : std::string());
    }
    case Kind::header:
      return "header " + scheme.name;
    case Kind::cookie:
      return "cookie " + scheme.name;
  }
  return {};
}

// What of `wanted` the caller has not, in words and as a member of the problem.
void refuse_what_is_missing(const Caller& caller, const AccessPolicy& policy) {
  std::vector<std::string> scopes;
  for (const auto& scope : policy.scopes) {
    if (!caller.has_scope(scope)) scopes.push_back(scope);
  }
  std::vector<std::string> words;
  for (const auto& scope : scopes) words.push_back("the scope " + scope);
  Json roles = Json::array();
  for (const auto& one_of : policy.roles) {
    const auto has = [&](const std::string& role) { return caller.has_role(role); };
    if (std::any_of(one_of.begin(), one_of.end(), has)) continue;
    words.push_back(fmt::format("the role {}", fmt::join(one_of, " or ")));
    roles.push_back(one_of);
  }
  if (words.empty()) return;
  auto problem = Problem(403, fmt::format("the caller lacks {}", fmt::join(words, ", ")))
                     .with("missing", {{"scopes", scopes}, {"roles", roles}});
  for (const auto& scheme : policy.schemes) {
    if (scheme.kind != Kind::jwt) continue;
    problem = std::move(problem).with_header(
        "WWW-Authenticate", challenge_of(scheme, fmt::format(R"(, error="insufficient_scope", scope="{}")",
                                                             fmt::join(policy.scopes, " "))));
  }
  throw Problem(std::move(problem));
}

}  // namespace

const Caller* assumed_caller = nullptr;

Caller Gate::identify(const Request& request) const {
  std::vector<std::string> challenges;
  std::string said;
  bool is_unavailable = false;
  for (const auto& scheme : access_->schemes_) {
    Verdict verdict = scheme->judge(request);
    if (verdict.kind == Verdict::Kind::known) {
      verdict.caller.vouched_by = voucher(scheme->description(), verdict.caller);
      return std::move(verdict.caller);
    }
    std::string attributes;
    if (verdict.kind == Verdict::Kind::unavailable) {
      request.log().error("who calls can't be told: {}", verdict.reason);
      is_unavailable = true;
    } else if (verdict.kind == Verdict::Kind::refused) {
      request.log().info("who calls is not known: {}", verdict.reason);
      attributes = fmt::format(R"(, error="invalid_token", error_description="{}")", verdict.said);
      if (said.empty()) said = verdict.said;
    }
    challenges.push_back(challenge_of(scheme->description(), attributes));
  }
  if (is_unavailable)
    throw Problem(503, "who calls can't be told at the moment").with_header("Retry-After", "5");
  Problem problem(401, said.empty() ? "this needs " + needs(access_->schemes_) : said);
  for (auto& challenge : challenges)
    problem = std::move(problem).with_header("WWW-Authenticate", std::move(challenge));
  throw Problem(std::move(problem));
}

std::optional<Caller> Gate::admit(const Request& request) const {
  if (!is_guarded()) return std::nullopt;
  Caller caller = assumed_caller != nullptr ? *assumed_caller : identify(request);
  refuse_what_is_missing(caller, policy_);
  return caller;
}

AccessPolicy Gate::policy_of(const Access& access) {
  AccessPolicy policy;
  for (const auto& scheme : access.schemes_) policy.schemes.push_back(scheme->description());
  policy.scopes = access.scopes_;
  policy.roles = access.roles_;
  return policy;
}

Access Gate::tightened(Access nearer, const Access& farther, std::string_view farther_file) {
  if (nearer.is_despite_folder_ || farther.schemes_.empty()) return nearer;
  const auto is_asked_for = [&](const auto& scheme) {
    return std::any_of(farther.schemes_.begin(), farther.schemes_.end(),
                       [&](const auto& each) { return each->is_same(*scheme); });
  };
  if (nearer.schemes_.empty() || !std::all_of(nearer.schemes_.begin(), nearer.schemes_.end(), is_asked_for)) {
    throw std::invalid_argument(fmt::format(
        "access: {} lets in whom {} does not ({}); ask for no less, or say that this is meant, by "
        ".despite_folder() at its end",
        nearer.in_words(), farther_file, farther.in_words()));
  }
  for (const auto& scope : farther.scopes_) {
    if (std::find(nearer.scopes_.begin(), nearer.scopes_.end(), scope) == nearer.scopes_.end())
      nearer.scopes_.push_back(scope);
  }
  nearer.roles_.insert(nearer.roles_.end(), farther.roles_.begin(), farther.roles_.end());
  return nearer;
}

}  // namespace stile::detail
