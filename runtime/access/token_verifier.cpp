#include "access/token_verifier.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "access/token_keys.hpp"
#include "access/token_text.hpp"
#include "access/watched_file.hpp"

namespace stile::access {
namespace {

constexpr std::size_t longest_file = 1U << 20U;
constexpr std::chrono::minutes longest_leeway{10};

TokenRules checked(TokenRules rules) {
  if (rules.algorithms.empty()) throw std::invalid_argument("no algorithm is let pass: name one of them");
  const auto& allowed = rules.algorithms;
  // A set with keys of both kinds would let one stand for the other.
  if (allowed.size() > 1 && std::find(allowed.begin(), allowed.end(), Algorithm::HS256) != allowed.end())
    throw std::invalid_argument("HS256 stands alone: whoever checks its tokens can make them too");
  if (rules.key_file.empty() == rules.jwks_file.empty())
    throw std::invalid_argument("a token needs either a file of one key, or one of a key set");
  if (rules.leeway < std::chrono::seconds{0} || rules.leeway > longest_leeway)
    throw std::invalid_argument("the leeway is 0s .. 10m");
  if (std::find(rules.required.begin(), rules.required.end(), "") != rules.required.end())
    throw std::invalid_argument("a claim that has to be there has no name");
  return rules;
}

}  // namespace

class TokenVerifier::Keys : public WatchedFile<TokenKeys> {
 public:
  explicit Keys(const TokenRules& rules, std::chrono::milliseconds look_again_after)
      : WatchedFile(
            rules.jwks_file.empty() ? rules.key_file : rules.jwks_file, longest_file, look_again_after,
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
