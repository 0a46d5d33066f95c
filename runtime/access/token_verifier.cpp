#include "access/token_verifier.hpp"

#include <fmt/core.h>

#include <stdexcept>
#include <utility>

#include "access/token_keys.hpp"
#include "access/token_text.hpp"
#include "access/watched_file.hpp"

namespace stile::access {
namespace {

TokenRules checked(TokenRules rules) {
  check(rules);
  return rules;
}

}  // namespace

class TokenVerifier::Keys : public WatchedFile<TokenKeys> {
 public:
  explicit Keys(const TokenRules& rules, std::chrono::milliseconds look_again_after)
      : WatchedFile(
            rules.jwks_file.empty() ? rules.key_file : rules.jwks_file, longest_token_key_file,
            look_again_after,
            [algorithms = rules.algorithms, is_set = !rules.jwks_file.empty()](const std::string& text) {
              return is_set ? TokenKeys::of_set(text, algorithms) : TokenKeys::of_one(text, algorithms);
            }) {}
};

TokenVerifier::TokenVerifier(TokenRules rules, std::chrono::milliseconds look_again_after)
    : rules_(checked(std::move(rules))), keys_(std::make_unique<Keys>(rules_, look_again_after)) {}

TokenVerifier::~TokenVerifier() = default;

std::variant<Claims, Refusal> TokenVerifier::verify(std::string_view token,
                                                    std::chrono::system_clock::time_point now) const {
  constexpr auto not_valid = "the token is not valid";
  try {
    const auto keys = keys_->get();
    const auto parts = split_token(token);
    const auto header = read_header(parts.header, rules_);
    if (!is_signed_with(keys->choose(header), token, parts)) throw BadToken("its signature is not right");
    return read_claims(parts.payload, rules_, now);
  } catch (const BadToken& error) {
    return Refusal{Refusal::Fault::caller, "invalid_token", not_valid, error.what()};
  } catch (const std::runtime_error& error) {
    return Refusal{Refusal::Fault::server, "", "tokens can not be checked at the moment", error.what()};
  }
}

}  // namespace stile::access
