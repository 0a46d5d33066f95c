// Real tokens, made by another implementation (signer.hpp), against what checks them; sections are those of RFC 8725.
#include "access/token_verifier.hpp"

#include <poll.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "access/public_key.hpp"
#include "access/token_keys.hpp"
#include "support/eventually.hpp"
#include "support/network.hpp"
#include "support/signer.hpp"
#include "support/temporary_directory.hpp"

using namespace stile::access;
using namespace stile::test;
using Catch::Contains;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

const std::chrono::system_clock::time_point now{1'800'000'000s};
constexpr std::int64_t now_seconds = 1'800'000'000;
const std::string secret = "0123456789abcdef0123456789ABCDEF";

const Signer& rsa() {
  static const auto signer = Signer::rsa();
  return signer;
}

Json claims(const Json& further = Json::object()) {
  Json all{{"iss", "https://issuer.example"}, {"aud", "notes"}, {"sub", "ann"}, {"exp", now_seconds + 300}};
  all.update(further);
  return all;
}

Json claims_without(const char* name) {
  auto all = claims();
  all.erase(name);
  return all;
}

// A folder with keys, and rules that go with it.
struct Place {
  TemporaryDirectory directory;
  TokenRules rules;

  Place() {
    rules.issuer = "https://issuer.example";
    rules.audience = "notes";
  }

  // A file with one key.
  TokenVerifier with(Algorithm algorithm, const std::string& key) {
    rules.algorithms = {algorithm};
    rules.key_file = directory.write("key", key);
    return TokenVerifier(rules, 0ms);
  }
  TokenVerifier with_secret() { return with(Algorithm::HS256, secret); }

  TokenVerifier with_set(const std::vector<Algorithm>& algorithms, const std::vector<Json>& keys) {
    rules.algorithms = algorithms;
    write_set(keys);
    rules.jwks_file = directory.file("jwks.json");
    return TokenVerifier(rules, 0ms);
  }
  void write_set(const std::vector<Json>& keys) const {
    directory.write("jwks.json", Json{{"keys", keys}}.dump());
  }
};

std::string hs256_token(const Json& payload, const Json& header = {{"alg", "HS256"}}) {
  return hs256(secret, header.dump(), payload.dump());
}

bool is_let_in(const TokenVerifier& verifier, const std::string& token) {
  const auto result = verifier.verify(token, now);
  if (const auto* const refusal = std::get_if<Refusal>(&result)) UNSCOPED_INFO(refusal->reason);
  return std::holds_alternative<Claims>(result);
}

// He is told nothing but that the token is not valid; the log has the reason.
void refuses(const TokenVerifier& verifier, const std::string& token, const std::string& reason) {
  const auto result = verifier.verify(token, now);
  INFO(token.substr(0, 200));
  REQUIRE(std::holds_alternative<Refusal>(result));
  const auto& refusal = std::get<Refusal>(result);
  CHECK(refusal.fault == Refusal::Fault::caller);
  CHECK(refusal.error == "invalid_token");
  CHECK(refusal.description == "the token is not valid");
  CHECK_THAT(refusal.reason, Contains(reason));
}

// The signature was right: he is told what is wrong with it.
void refuses_openly(const TokenVerifier& verifier, const std::string& token, const std::string& description) {
  const auto result = verifier.verify(token, now);
  REQUIRE(std::holds_alternative<Refusal>(result));
  const auto& refusal = std::get<Refusal>(result);
  CHECK(refusal.fault == Refusal::Fault::caller);
  CHECK(refusal.error == "invalid_token");
  CHECK(refusal.description == description);
  CHECK(refusal.description.find_first_of("\"\\") == std::string::npos);
}

// Nobody can be let in, as the keys are not in order.
void is_out_of_order(const TokenVerifier& verifier, const std::string& reason) {
  const auto result = verifier.verify("a.b.c", now);
  REQUIRE(std::holds_alternative<Refusal>(result));
  const auto& refusal = std::get<Refusal>(result);
  CHECK(refusal.fault == Refusal::Fault::server);
  CHECK_THAT(refusal.reason, Contains(reason));
  CHECK(refusal.description == "tokens can not be checked at the moment");
}

}  // namespace

TEST_CASE("The tokens of RFC 7515's appendix are taken, HS256 and ES256") {
  const std::string payload =
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
  const std::chrono::system_clock::time_point then{1'300'819'000s};
  const TemporaryDirectory directory;
  directory.write(
      "jwks.json",
      R"({"keys": [{"kty": "oct", "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hc)"
      R"(gUuTwjAzZr1Z9CAow"}, {"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVE)"
      R"(U", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})");
  TokenRules rules{.algorithms = {Algorithm::HS256}, .jwks_file = directory.file("jwks.json")};
  const auto hs256_result = TokenVerifier(rules).verify(
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + payload + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
      then);
  REQUIRE(std::holds_alternative<Claims>(hs256_result));
  CHECK(std::get<Claims>(hs256_result).issuer == "joe");
  CHECK(std::get<Claims>(hs256_result).all.at("http://example.com/is_root") == true);
  rules.algorithms = {Algorithm::ES256};
  const auto es256_result = TokenVerifier(rules).verify(
      "eyJhbGciOiJFUzI1NiJ9." + payload +
          ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
      then);
  CHECK(std::holds_alternative<Claims>(es256_result));
}

TEST_CASE("Tokens of each algorithm are taken, with a key of its own and with a set of all") {
  const auto p256 = Signer::p256();
  const auto ed25519 = Signer::ed25519();
  const std::vector<std::tuple<Algorithm, std::string, const Signer*>> signers{
      {Algorithm::RS256, "RS256", &rsa()},
      {Algorithm::ES256, "ES256", &p256},
      {Algorithm::EdDSA, "EdDSA", &ed25519}};
  Place all;
  const auto set =
      all.with_set({Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA},
                   {rsa().jwk({{"kid", "r"}}), p256.jwk({{"kid", "p"}}), ed25519.jwk({{"kid", "e"}})});
  for (const auto& [algorithm, name, signer] : signers) {
    INFO(name);
    Place place;
    const auto verifier = place.with(algorithm, signer->public_pem());
    const auto token = signer->token(Json{{"alg", name}, {"typ", "JWT"}}, claims());
    CHECK(is_let_in(verifier, token));
    CHECK(is_let_in(set, token));  // there is one for its algorithm
    // One bit of the payload, and one of the signature.
    auto changed = token;
    changed[token.find('.') + 5] ^= 1;
    refuses(verifier, changed, "");
    changed = token;
    changed[token.size() - 20] = changed[token.size() - 20] == 'A' ? 'B' : 'A';
    refuses(verifier, changed, "signature");
    refuses(verifier, token.substr(0, token.rfind('.') + 1), "empty");
    refuses(verifier, token.substr(0, token.size() - 4), "signature");
    // Another pair's.
    const auto other = name == "RS256" ? Signer::rsa() : name == "ES256" ? Signer::p256() : Signer::ed25519();
    refuses(verifier, other.token(Json{{"alg", name}}, claims()), "signature");
  }
  Place place;
  CHECK(is_let_in(place.with_secret(), hs256_token(claims())));
  refuses(place.with_secret(), hs256(secret + "x", R"({"alg":"HS256"})", claims().dump()), "signature");
}

TEST_CASE("Claims are told: subject, issuer, scopes, roles, all of them") {
  Place place;
  const auto verifier = place.with_secret();
  const auto told = [&](const Json& further) {
    return std::get<Claims>(verifier.verify(hs256_token(claims(further)), now));
  };
  const auto plain = told({{"scope", "notes:read  notes:write"}, {"roles", {"admin"}}, {"more", {{"a", 1}}}});
  CHECK(plain.subject == "ann");
  CHECK(plain.issuer == "https://issuer.example");
  CHECK(plain.scopes == std::vector<std::string>{"notes:read", "notes:write"});
  CHECK(plain.roles == std::vector<std::string>{"admin"});
  CHECK(plain.all.at("more").at("a") == 1);
  CHECK(told({{"scp", {"a", "b"}}}).scopes == std::vector<std::string>{"a", "b"});
  CHECK(told({{"scp", "a b"}}).scopes == std::vector<std::string>{"a", "b"});
  CHECK(told({{"scope", "a"}, {"scp", {"b"}}}).scopes == std::vector<std::string>{"a"});
  CHECK(told(Json::object()).scopes.empty());
  CHECK(told(Json::object()).roles.empty());
  for (const auto& [name, value] : std::vector<std::pair<const char*, Json>>{{"scope", {"a"}},
                                                                             {"scope", "a\"b"},
                                                                             {"scp", 1},
                                                                             {"scp", {1}},
                                                                             {"roles", "admin"},
                                                                             {"roles", {1}},
                                                                             {"sub", 1},
                                                                             {"iss", {"a"}}}) {
    INFO(name);
    refuses(verifier, hs256_token(claims({{name, value}})), "\"" + std::string(name) + "\"");
  }
}

TEST_CASE("RFC 8725, 3.1: an algorithm that the rules don't name is refused, none in any spelling") {
  Place place;
  const auto verifier = place.with(Algorithm::RS256, rsa().public_pem());
  for (const auto* name :
       {"none", "None", "NONE", "nOnE", "", "RS384", "PS256", "rs256", "HS256", "RS256 "}) {
    INFO(name);
    refuses(verifier, rsa().token(Json{{"alg", name}}, claims()), "algorithm is \"");
  }
  const auto unsigned_text = base64url(R"({"alg":"none"})") + "." + base64url(claims().dump());
  refuses(verifier, unsigned_text + ".", "empty");
  refuses(verifier, unsigned_text, "three parts");
  refuses(verifier, rsa().token(Json::object(), claims()), "missing");
  refuses(verifier, rsa().token(Json{{"alg", 1}}, claims()), "\"alg\" is no string");
  refuses(verifier, rsa().token(Json{{"alg", nullptr}}, claims()), "\"alg\" is no string");
  refuses(verifier, rsa().token(Json{{"alg", {"RS256"}}}, claims()), "\"alg\" is no string");
}

TEST_CASE("RFC 8725, 2.1: a public key is no secret of HS256") {
  Place place;
  const auto pem = rsa().public_pem();
  const auto forged = hs256(pem, R"({"alg":"HS256"})", claims().dump());
  refuses(place.with(Algorithm::RS256, pem), forged, "algorithm is \"HS256\"");
  // Even where somebody sets it up like that.
  is_out_of_order(place.with(Algorithm::HS256, pem), "HS256 takes a secret");
  place.rules.key_file.clear();
  // In a set of public keys it finds no key.
  refuses(place.with_set({Algorithm::RS256}, {rsa().jwk({{"kid", "r"}})}), forged, "algorithm");
  is_out_of_order(place.with_set({Algorithm::HS256}, {rsa().jwk({{"kid", "r"}})}), "no key that can be used");
  for (const auto& algorithms : {std::vector{Algorithm::HS256, Algorithm::RS256}, std::vector<Algorithm>{}}) {
    place.rules.algorithms = algorithms;
    CHECK_THROWS_AS(TokenVerifier(place.rules), std::invalid_argument);
  }
}

TEST_CASE("RFC 8725, 3.2: a token of one kind of key does not pass as one of another") {
  const auto p256 = Signer::p256();
  const auto ed25519 = Signer::ed25519();
  Place place;
  place.rules.algorithms = {Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA};
  place.rules.key_file = place.directory.write("key", p256.public_pem());
  const TokenVerifier verifier(place.rules, 0ms);
  CHECK(is_let_in(verifier, p256.token(Json{{"alg", "ES256"}}, claims())));
  refuses(verifier, p256.token(Json{{"alg", "RS256"}}, claims()), "no key");
  refuses(verifier, p256.token(Json{{"alg", "EdDSA"}}, claims()), "no key");
  refuses(verifier, ed25519.token(Json{{"alg", "ES256"}}, claims()), "signature");
  is_out_of_order(place.with(Algorithm::ES256, ed25519.public_pem()), "EdDSA");
  is_out_of_order(place.with(Algorithm::ES256, Signer::p384().public_pem()), "P-256");
  is_out_of_order(place.with(Algorithm::RS256, Signer::rsa(1024).public_pem()), "1024 bits");
  is_out_of_order(place.with(Algorithm::RS256, rsa().private_pem()), "private key");
  is_out_of_order(place.with(Algorithm::RS256, "no key"), "no public key");
  is_out_of_order(
      place.with(Algorithm::RS256, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
      "can not be read");
}

TEST_CASE("RFC 8725, 3.4: an ES256 signature of zeros, or of the wrong size, is none") {
  const auto p256 = Signer::p256();
  Place place;
  const auto verifier = place.with(Algorithm::ES256, p256.public_pem());
  const auto token = p256.token(Json{{"alg", "ES256"}}, claims());
  const auto text = token.substr(0, token.rfind('.') + 1);
  for (const std::size_t size : {1U, 32U, 63U, 64U, 65U, 96U, 132U}) {
    refuses(verifier, text + base64url(std::string(size, '\0')), "signature");
    refuses(verifier, text + base64url(std::string(size, '\xff')), "signature");
  }
}

TEST_CASE(
    "RFC 8725, 3.3, 3.5 and 3.6: what is encrypted, within another one, compressed, or short of entropy") {
  Place place;
  const auto verifier = place.with_secret();
  refuses(verifier, "a.b.c.d.e", "JWE");
  refuses(verifier, hs256_token(claims(), {{"alg", "HS256"}, {"enc", "A128GCM"}}), "\"enc\"");
  refuses(verifier, hs256_token(claims(), {{"alg", "HS256"}, {"zip", "DEF"}}), "\"zip\"");
  for (const auto* type : {"JWT", "jwt", "application/jwt"})
    refuses(verifier, hs256_token(claims(), {{"alg", "HS256"}, {"cty", type}}), "another token");
  is_out_of_order(place.with(Algorithm::HS256, "password"), "8 bytes");
  is_out_of_order(place.with(Algorithm::HS256, std::string(31, 'x') + "\n"), "31 bytes");
  is_out_of_order(place.with(Algorithm::HS256, ""), "0 bytes");
  place.rules.key_file.clear();
  is_out_of_order(place.with_set({Algorithm::HS256}, {{{"kty", "oct"}, {"k", base64url("short")}}}),
                  "5 bytes");
}

TEST_CASE("The end of a secret's line is none of its bytes, but where it is no text") {
  Place place;
  const auto text = place.with(Algorithm::HS256, secret + "\r\n");
  CHECK(is_let_in(text, hs256(secret, R"({"alg":"HS256"})", claims().dump())));
  const std::string bytes = std::string(31, '\x80') + "\n";
  const auto raw = place.with(Algorithm::HS256, bytes);
  CHECK(is_let_in(raw, hs256(bytes, R"({"alg":"HS256"})", claims().dump())));
}

TEST_CASE("RFC 8725, 3.8: the issuer is the one, to the letter") {
  Place place;
  const auto verifier = place.with_secret();
  for (const auto* issuer :
       {"https://issuer.example/", "https://ISSUER.example", "https://issuer.exampl", ""})
    refuses_openly(verifier, hs256_token(claims({{"iss", issuer}})), "the token is of another issuer");
  refuses_openly(verifier, hs256_token(claims_without("iss")), "the token is of another issuer");
  place.rules.issuer.clear();
  CHECK(is_let_in(place.with_secret(), hs256_token(claims_without("iss"))));
}

TEST_CASE("RFC 8725, 3.9: the token is for us") {
  Place place;
  const auto verifier = place.with_secret();
  CHECK(is_let_in(verifier, hs256_token(claims({{"aud", {"other", "notes"}}}))));
  for (const auto& audience : {Json("other"), Json("Notes"), Json(""), Json{"other"}, Json::array()})
    refuses_openly(verifier, hs256_token(claims({{"aud", audience}})), "the token is for somebody else");
  refuses_openly(verifier, hs256_token(claims_without("aud")), "the token is for somebody else");
  for (const auto& audience : {Json(1), Json(nullptr), Json{{"notes", 1}}, Json{"notes", 1}})
    refuses(verifier, hs256_token(claims({{"aud", audience}})), "\"aud\"");
  // Who has no name takes no token that names somebody (RFC 7519, section 4.1.3).
  place.rules.audience.clear();
  const auto nameless = place.with_secret();
  refuses_openly(nameless, hs256_token(claims()), "the token is for somebody else");
  CHECK(is_let_in(nameless, hs256_token(claims_without("aud"))));
}

TEST_CASE("RFC 8725, 3.10: no key is had from where the token says") {
  const auto other = Signer::p256();
  Place place;
  const auto p256 = Signer::p256();
  const auto verifier = place.with(Algorithm::ES256, p256.public_pem());
  const Listener asked;
  const auto address = "https://127.0.0.1:" + std::to_string(asked.port());
  const Json header{{"alg", "ES256"},
                    {"jwk", other.jwk({{"kid", "x"}})},
                    {"jku", address + "/jwks.json"},
                    {"x5u", address + "/chain.pem"},
                    {"x5c", {base64url("no certificate")}},
                    {"kid", "../../../etc/passwd"}};
  refuses(verifier, other.token(header, claims()), "signature");
  CHECK(is_let_in(verifier, p256.token(header, claims())));  // they are not even looked at
  for (const auto* name : {"jku", "x5u"})
    is_let_in(verifier, p256.token(Json{{"alg", "ES256"}, {name, address}}, claims()));
  // Nobody has called there: a connection that was made would wait to be accepted.
  pollfd connection{asked.fd(), POLLIN, 0};
  CHECK(::poll(&connection, 1, 0) == 0);
}

TEST_CASE("RFC 8725, 3.11 and 3.12: what is made for something else is no access token") {
  Place place;
  const auto verifier = place.with_secret();
  const auto typed = [](const Json& type) {
    return hs256_token(claims(), {{"alg", "HS256"}, {"typ", type}});
  };
  for (const auto* type : {"JWT", "jwt", "at+jwt", "application/at+jwt"})
    CHECK(is_let_in(verifier, typed(type)));
  for (const auto* type : {"logout+jwt", "dpop+jwt", "secevent+jwt", "JOSE", "", "application/"})
    refuses(verifier, typed(type), "its type is");
  refuses(verifier, typed(1), "\"typ\"");
  place.rules.type = "at+jwt";
  const auto strict = place.with_secret();
  CHECK(is_let_in(strict, typed("application/AT+jwt")));
  refuses(strict, typed("JWT"), "its type is \"JWT\"");
  refuses(strict, hs256_token(claims()), "its type is missing");
}

TEST_CASE("Critical headers, and others that change what is signed, are refused") {
  Place place;
  const auto verifier = place.with_secret();
  refuses(verifier, hs256_token(claims(), {{"alg", "HS256"}, {"crit", {"exp"}}, {"exp", 1}}), "\"crit\"");
  refuses(verifier, hs256_token(claims(), {{"alg", "HS256"}, {"crit", Json::array()}}), "\"crit\"");
  refuses(verifier, hs256_token(claims(), {{"alg", "HS256"}, {"b64", false}}), "\"b64\"");
}

TEST_CASE("Expired, not yet valid, from the future: by our own clock, with its leeway") {
  Place place;
  place.rules.leeway = 60s;
  const auto verifier = place.with_secret();
  const auto with = [](const char* name, const Json& value) { return hs256_token(claims({{name, value}})); };
  CHECK(is_let_in(verifier, with("exp", now_seconds - 59)));
  CHECK(is_let_in(verifier, with("exp", static_cast<double>(now_seconds) - 59.5)));
  refuses_openly(verifier, with("exp", now_seconds - 60), "the token has expired");
  refuses_openly(verifier, with("exp", 0), "the token has expired");
  CHECK(is_let_in(verifier, with("nbf", now_seconds + 60)));
  refuses_openly(verifier, with("nbf", now_seconds + 61), "the token is not valid yet");
  CHECK(is_let_in(verifier, with("iat", now_seconds + 60)));
  refuses_openly(verifier, with("iat", now_seconds + 61), "the token is not valid yet");
  for (const auto* name : {"exp", "nbf", "iat"}) {
    for (const auto& value : {Json("1800000300"), Json(nullptr), Json(-1), Json(1e300),
                              Json(18446744073709551615U), Json(true), Json{1}})
      refuses(verifier, with(name, value), "\"" + std::string(name) + "\" is no time");
  }
  refuses(verifier, hs256(secret, R"({"alg":"HS256"})", R"({"exp":1e999})"), "can not be read");
  refuses_openly(verifier, hs256_token(claims_without("exp")), "the token never expires");
  place.rules.must_expire = false;
  CHECK(is_let_in(place.with_secret(), hs256_token(claims_without("exp"))));
  place.rules.leeway = 0s;
  refuses_openly(place.with_secret(), with("exp", now_seconds), "the token has expired");
  for (const auto leeway : {-1s, 601s}) {
    place.rules.leeway = leeway;
    CHECK_THROWS_AS(TokenVerifier(place.rules), std::invalid_argument);
  }
}

TEST_CASE("Claims that have to be there are there") {
  Place place;
  place.rules.required = {"sub", "client_id"};
  const auto verifier = place.with_secret();
  CHECK(is_let_in(verifier, hs256_token(claims({{"client_id", "app"}}))));
  CHECK(is_let_in(verifier, hs256_token(claims({{"client_id", 0}}))));
  for (const auto& value : {Json(nullptr), Json("")})
    refuses_openly(verifier, hs256_token(claims({{"client_id", value}})), "the token lacks a claim");
  refuses_openly(verifier, hs256_token(claims()), "the token lacks a claim");
}

TEST_CASE("A token that is too long is refused before it is read") {
  Place place;
  const auto verifier = place.with_secret();
  const auto padded = [](std::size_t size) {
    return hs256_token(claims({{"more", std::string(size, 'x')}}));
  };
  std::size_t size = 5900;
  while (padded(size + 1).size() <= longest_token) ++size;
  CHECK(is_let_in(verifier, padded(size)));
  refuses(verifier, padded(size + 3), "8192 bytes");
  refuses(verifier, std::string(1'000'000, '.'), "8192 bytes");
}

TEST_CASE(
    "RFC 8725, 3.7: what is no token, no JSON or no UTF-8 is refused, and its bytes don't reach the log") {
  Place place;
  const auto verifier = place.with_secret();
  using namespace std::string_literals;
  for (const auto& text :
       {""s, "."s, ".."s, "..."s, "x"s, " a.b.c"s, "a.b.c\n"s, "\0.\0.\0"s, "eyJhbGciOiJIUzI1NiJ9..x"s})
    refuses(verifier, text, "");
  const auto with_header = [&](const std::string& header) { return hs256(secret, header, claims().dump()); };
  refuses(verifier, with_header(R"({"alg":"HS256","alg":"HS256"})"), "stands twice");
  refuses(verifier, with_header(R"({"alg":"none","alg":"HS256"})"), "stands twice");
  refuses(verifier, with_header(R"([{"alg":"HS256"}])"), "no JSON object");
  refuses(verifier, with_header(R"({"alg":"HS256"} {})"), "can not be read");
  refuses(verifier, with_header("{\"alg\":\"HS256\"}\0"s), "NUL");
  refuses(verifier, with_header("{\"alg\":\"HS256\",\"kid\":\"\xff\"}"), "can not be read");
  refuses(verifier, with_header(R"({"alg":"HS256","kid":1})"), "\"kid\"");
  refuses(verifier, with_header(std::string(1000, '[')), "can not be read");
  refuses(verifier, hs256(secret, R"({"alg":"HS256"})", R"({"exp":1,"exp":1800000300})"), "stands twice");
  refuses(verifier, hs256(secret, R"({"alg":"HS256"})", "[]"), "no JSON object");
  refuses(verifier, hs256(secret, R"({"alg":"HS256"})", "no JSON"), "can not be read");
  // Base64 has one spelling: no padding, no other alphabet, no bits beyond the last byte.
  const auto token = hs256_token(claims());
  refuses(verifier, token + "=", "base64url");
  refuses(verifier, token + "A", "signature");
  refuses(verifier, token + "AA", "base64url");
  refuses(verifier, hs256_token(claims(), {{"alg", "\x1b[31m" + std::string(500, 'x')}}), "\"?[31mxxx");
  const auto result = verifier.verify(hs256_token(claims(), {{"alg", std::string(5000, '\n')}}), now);
  const auto& reason = std::get<Refusal>(result).reason;
  CHECK(reason.size() < 200);
  CHECK(reason.find('\n') == std::string::npos);
}

TEST_CASE("In a set the token's kid says which key is meant") {
  const auto first = Signer::p256();
  const auto second = Signer::p256();
  Place place;
  const auto verifier =
      place.with_set({Algorithm::ES256}, {first.jwk({{"kid", "1"}}), second.jwk({{"kid", "2"}})});
  const auto signed_by = [](const Signer& signer, const Json& key_id) {
    Json header{{"alg", "ES256"}};
    if (!key_id.is_null()) header["kid"] = key_id;
    return signer.token(header, claims());
  };
  CHECK(is_let_in(verifier, signed_by(first, "1")));
  CHECK(is_let_in(verifier, signed_by(second, "2")));
  refuses(verifier, signed_by(first, "2"), "signature");
  refuses(verifier, signed_by(first, "3"), "there is no key \"3\" for ES256");
  refuses(verifier, signed_by(first, nullptr), "several");
  place.write_set({first.jwk(Json::object())});
  CHECK(is_let_in(verifier, signed_by(first, nullptr)));
  refuses(verifier, signed_by(first, "1"), "there is no key");
}

TEST_CASE("Keys of a set that are for something else are left out, and say why") {
  const auto p256 = Signer::p256();
  Place place;
  const auto left_out = [&](const Json& key, const std::string& reason) {
    INFO(key.dump());
    is_out_of_order(place.with_set({Algorithm::RS256, Algorithm::ES256}, {key}), reason);
    // Beside one that will do it does no harm.
    CHECK(is_let_in(place.with_set({Algorithm::RS256, Algorithm::ES256}, {key, p256.jwk({{"kid", "good"}})}),
                    p256.token(Json{{"alg", "ES256"}, {"kid", "good"}}, claims())));
  };
  const auto altered = [](Json key, const char* name, const Json& value) {
    key[name] = value;
    return key;
  };
  left_out(p256.jwk({{"use", "enc"}}), "\"use\"");
  left_out(p256.jwk({{"alg", "RS256"}}), "\"alg\"");
  left_out(p256.jwk({{"key_ops", {"sign"}}}), "\"key_ops\"");
  left_out(p256.jwk({{"key_ops", "verify"}}), "\"key_ops\"");
  left_out(p256.jwk({{"kid", 1}}), "\"kid\"");
  left_out(Signer::p384().jwk(Json::object()), "P-256");
  left_out(Signer::ed25519().jwk(Json::object()), "EdDSA");
  left_out(Signer::rsa(1024).jwk(Json::object()), "1024 bits");
  left_out(altered(rsa().jwk(Json::object()), "e", "AQ"), "exponent");
  left_out(altered(rsa().jwk(Json::object()), "e", "AQAA"), "exponent");
  left_out(altered(rsa().jwk(Json::object()), "n", "AAAA"), "0 bits");
  left_out(altered(p256.jwk(Json::object()), "x", base64url(std::string(31, 'x'))), "32 bytes");
  left_out(altered(p256.jwk(Json::object()), "y", base64url(std::string(32, 'y'))),
           "/keys/0");  // not on the curve
  left_out({{"kty", "oct"}, {"k", base64url(secret)}}, "HS256");
  left_out({{"kty", "new"}}, "kind \"new\"");
  left_out(1, "no object");
  CHECK(is_let_in(
      place.with_set({Algorithm::ES256},
                     {p256.jwk({{"use", "sig"}, {"alg", "ES256"}, {"key_ops", {"sign", "verify"}}})}),
      p256.token(Json{{"alg", "ES256"}}, claims())));
  // Mistakes of the whole set.
  const auto twice = p256.jwk({{"kid", "1"}});
  is_out_of_order(place.with_set({Algorithm::ES256}, {twice, twice}), "same \"kid\"");
  is_out_of_order(place.with_set({Algorithm::ES256}, {altered(p256.jwk(Json::object()), "d", "AAAA")}),
                  "private key");
  is_out_of_order(place.with_set({Algorithm::ES256}, {}), "no key that can be used");
  for (const auto* text : {"", "{}", "[]", R"({"keys": {}})", R"({"keys": [], "keys": []})"}) {
    place.directory.write("jwks.json", text);
    is_out_of_order(TokenVerifier(place.rules, 0ms), "jwks.json");
  }
}

TEST_CASE("A set that changes is read again, without being told") {
  const auto first = Signer::ed25519();
  const auto second = Signer::ed25519();
  Place place;
  place.write_set({first.jwk({{"kid", "1"}})});
  place.rules.algorithms = {Algorithm::EdDSA};
  place.rules.jwks_file = place.directory.file("jwks.json");
  const TokenVerifier verifier(place.rules);
  const auto of_first = first.token(Json{{"alg", "EdDSA"}, {"kid", "1"}}, claims());
  const auto of_second = second.token(Json{{"alg", "EdDSA"}, {"kid", "2"}}, claims());
  CHECK(is_let_in(verifier, of_first));
  refuses(verifier, of_second, "there is no key");
  place.write_set({second.jwk({{"kid", "2"}})});
  CHECK(eventually([&] { return is_let_in(verifier, of_second); }, 1s));
  refuses(verifier, of_first, "there is no key");
  fs::permissions(place.rules.jwks_file, fs::perms(0666));
  CHECK(eventually([&] { return !is_let_in(verifier, of_second); }, 1s));
  is_out_of_order(verifier, "chmod go-w");
  fs::remove(place.rules.jwks_file);
  CHECK(eventually(
      [&] { return std::get<Refusal>(verifier.verify("", now)).reason.find("there is no file") == 0; }));
}

TEST_CASE("Rules that can't hold are refused when they are made") {
  TokenRules rules{.algorithms = {Algorithm::RS256}};
  CHECK_THROWS_WITH(TokenVerifier(rules), Contains("either"));
  rules.key_file = "/a";
  rules.jwks_file = "/b";
  CHECK_THROWS_WITH(TokenVerifier(rules), Contains("either"));
  rules.jwks_file.clear();
  rules.required = {""};
  CHECK_THROWS_WITH(TokenVerifier(rules), Contains("no name"));
}

TEST_CASE("Threads check tokens of all algorithms while the set changes") {
  const auto p256 = Signer::p256();
  const auto ed25519 = Signer::ed25519();
  Place place;
  const std::vector<Json> keys{rsa().jwk({{"kid", "r"}}), p256.jwk({{"kid", "p"}}),
                               ed25519.jwk({{"kid", "e"}})};
  const auto verifier = place.with_set({Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA}, keys);
  const std::vector<std::string> tokens{rsa().token(Json{{"alg", "RS256"}, {"kid", "r"}}, claims()),
                                        p256.token(Json{{"alg", "ES256"}, {"kid", "p"}}, claims()),
                                        ed25519.token(Json{{"alg", "EdDSA"}, {"kid", "e"}}, claims())};
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        for (const auto& token : tokens) {
          if (!std::holds_alternative<Claims>(verifier.verify(token, now))) ++wrong;
          auto changed = token;
          changed[token.size() - 20] = changed[token.size() - 20] == 'A' ? 'B' : 'A';
          if (!std::holds_alternative<Refusal>(verifier.verify(changed, now))) ++wrong;
        }
      }
    });
  }
  const auto next = place.directory.file("next.json");
  for (int i = 0; i < 50; ++i) {
    place.directory.write("next.json", Json{{"keys", keys}, {"round", i}}.dump());
    fs::rename(next, place.rules.jwks_file);
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("A PEM key whose coordinates begin with zeros is taken") {
  for (const char* pem : {"-----BEGIN PUBLIC KEY-----\n"
                          "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEt1czncJhBdUUCPNti56eNP+drTbT\n"
                          "gUiKE8IxT86xTIoAUnGYJQ+w5V78iApxELEG9AczJBC7kKfGs9CSGevB3g==\n"
                          "-----END PUBLIC KEY-----\n",
                          "-----BEGIN PUBLIC KEY-----\n"
                          "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEAFu5tNyRQjwa7allzvE0aOVWGAer\n"
                          "HVWqGOs76bCOawXPcTlCMxPCbgMJd8D9WOeQp6NsshNvdpOYJ9nGqAgfhQ==\n"
                          "-----END PUBLIC KEY-----\n"})
    CHECK_NOTHROW(TokenKeys::of_one(pem, {Algorithm::ES256}));
  // About eight of these have one: what is signed with them is taken, too.
  for (int i = 0; i < 1000; ++i) {
    const auto signer = Signer::p256();
    const auto key = read_pem(signer.public_pem());
    const auto begins_with_zeros = [&](const char* name) {
      const auto text = key.at(name).get<std::string>();
      return text[0] == 'A' && text[1] >= 'A' && text[1] <= 'P';  // base64: eight bits
    };
    if (begins_with_zeros("x") || begins_with_zeros("y")) {
      const TemporaryDirectory folder;
      TokenRules rules;
      rules.algorithms = {Algorithm::ES256};
      rules.key_file = folder.write("key.pem", signer.public_pem());
      const TokenVerifier verifier(rules);
      const auto clock = std::chrono::system_clock::now();
      const auto token = signer.token(
          {{"alg", "ES256"}}, {{"sub", "ada"}, {"exp", std::chrono::system_clock::to_time_t(clock) + 60}});
      CHECK(std::holds_alternative<Claims>(verifier.verify(token, clock)));
    }
  }
}
