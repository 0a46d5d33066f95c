// A bearer token, as a client sends it; and header and claims by themselves, which a token has in base64url.
#include <algorithm>
#include <chrono>
#include <span>
#include <string>

#include "access/token_keys.hpp"
#include "access/token_text.hpp"
#include "fuzz/fuzzer.hpp"
#include "manifest/base64.hpp"

using namespace stile;
using namespace stile::access;

namespace {

constexpr std::chrono::seconds now{1'300'819'000};

// RFC 7515, appendix A.1 and A.3: tokens of theirs are in the corpus.
const TokenKeys& keys() {
  static const auto made = TokenKeys::of_set(
      R"({"keys": [{"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
      R"("y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})",
      {Algorithm::ES256});
  return made;
}

const TokenKeys& secrets() {
  static const auto made = TokenKeys::of_set(
      R"({"keys": [{"kty": "oct", "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuT)"
      R"(wjAzZr1Z9CAow"}]})",
      {Algorithm::HS256});
  return made;
}

constexpr std::string_view their_payload =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

void check_printable(const std::string& reason) {
  test::require(reason.size() < 300, "a reason is short");
  test::require(std::all_of(reason.begin(), reason.end(), [](char c) { return c >= ' ' && c < '\x7f'; }),
                "a reason is printable");
}

void check_token(std::string_view text, const TokenKeys& known, Algorithm algorithm) {
  const TokenRules rules{.algorithms = {algorithm}};
  try {
    const auto parts = split_token(text);
    test::require(!parts.signature.empty(), "there is a signature");
    test::require(text.starts_with(parts.is_signed) && parts.is_signed.ends_with(parts.payload),
                  "parts are its own");
    const auto header = read_header(parts.header, rules);
    test::require(header.algorithm == algorithm, "the algorithm is one that is let pass");
    if (is_signed_with(known.choose(header), text, parts))
      test::require(parts.payload == their_payload, "nobody but them has signed anything");
  } catch (const BadToken& error) {
    check_printable(error.what());
  }
}

void check_claims(const std::string& part) {
  TokenRules rules;
  rules.issuer = "joe";
  rules.audience = "us";
  rules.required = {"sub"};
  try {
    const auto result = read_claims(part, rules, std::chrono::system_clock::time_point(now));
    if (const auto* const refusal = std::get_if<Refusal>(&result)) {
      check_printable(refusal->reason);
      test::require(refusal->description.find_first_of("\"\\") == std::string::npos,
                    "it fits a quoted string");
      return;
    }
    const auto& claims = std::get<Claims>(result);
    test::require(claims.issuer == "joe" && !claims.subject.empty(),
                  "issuer and subject are what they have to be");
    test::require(claims.all.at("exp").get<double>() > static_cast<double>(now.count()) - 60,
                  "it has not expired");
    test::require(claims.all.contains("aud"), "it says whom it is for");
    for (const auto& scope : claims.scopes) test::require(!scope.empty(), "a scope is a word");
  } catch (const BadToken& error) {
    check_printable(error.what());
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = test::as_text(data, size);
  check_token(text, keys(), Algorithm::ES256);
  check_token(text, secrets(), Algorithm::HS256);
  const auto part = encode_base64(std::as_bytes(std::span(text)), Base64::url);
  check_claims(part);
  try {
    const TokenRules rules{.algorithms = {Algorithm::RS256, Algorithm::EdDSA}};
    const auto header = read_header(part, rules);
    test::require(header.algorithm == Algorithm::RS256 || header.algorithm == Algorithm::EdDSA,
                  "one of the two");
  } catch (const BadToken& error) {
    check_printable(error.what());
  }
  return 0;
}
