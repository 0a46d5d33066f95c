// Access::jwt(), an object of its own: only functions that ask for tokens link librhonabwy.
#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "access/token_verifier.hpp"
#include "endpoint/scheme.hpp"
#include "manifest/text.hpp"
#include "stile/json.hpp"

namespace stile {
namespace {

// RFC 6750, section 2.1. Another scheme (Basic) is none of ours: as if nothing had come.
std::optional<std::string_view> bearer_token(std::string_view authorization) {
  constexpr std::string_view scheme = "Bearer ";
  if (authorization.size() < scheme.size() ||
      !equal_ignoring_case(authorization.substr(0, scheme.size()), scheme))
    return std::nullopt;
  authorization.remove_prefix(scheme.size());
  authorization.remove_prefix(std::min(authorization.find_first_not_of(' '), authorization.size()));
  return authorization;
}

class JwtScheme : public detail::Scheme {
 public:
  const AccessScheme& description() const override { return description_; }

  detail::Verdict judge(const Request& request) const override {
    using Kind = detail::Verdict::Kind;
    const auto headers = request.header_values("Authorization");
    if (headers.empty()) return {};
    if (headers.size() > 1)
      return {Kind::refused, {}, "there is more than one token", "more than one Authorization was sent"};
    const auto token = bearer_token(headers.front());
    if (!token) return {};
    try {
      auto verified = verifier().verify(*token, std::chrono::system_clock::now());
      if (auto* refusal = std::get_if<access::Refusal>(&verified)) {
        const bool is_ours = refusal->fault == access::Refusal::Fault::server;
        return {is_ours ? Kind::unavailable : Kind::refused, {}, refusal->description, refusal->reason};
      }
      auto& claims = std::get<access::Claims>(verified);
      if (claims.subject.empty())
        return {Kind::refused, {}, "the token is not valid", "it says of nobody that it is about him (sub)"};
      return {Kind::known,
              {.id = std::move(claims.subject),
               .scopes = std::move(claims.scopes),
               .roles = std::move(claims.roles),
               .claims = std::make_shared<const Json>(std::move(claims.all))}};
    } catch (const std::invalid_argument& error) {  // its rules, not the token
      return {Kind::unavailable, {}, {}, error.what()};
    }
  }

 private:
  static const access::TokenVerifier& verifier() {
    static const access::TokenVerifier verifier([] {
      const char* rules = std::getenv("STILE_JWT");  // NOLINT(concurrency-mt-unsafe): nobody sets it
      if (rules == nullptr || *rules == '\0')
        throw std::invalid_argument("nothing says which tokens are accepted: stile.json's \"jwt\"");
      return access::parse_token_rules(rules);
    }());
    return verifier;
  }

  AccessScheme description_{AccessScheme::Kind::jwt};
};

}  // namespace

Access Access::jwt() { return Access(std::make_shared<JwtScheme>()); }

}  // namespace stile
