#include "access/token_keys.hpp"

#include <fmt/core.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "manifest/base64.hpp"
#include "manifest/strict_json.hpp"

namespace stile::access {
namespace {

using Json = nlohmann::json;

constexpr std::size_t hmac_size = 32;
constexpr std::size_t shortest_secret = 32;     // RFC 7518, section 3.2: as long as the hash
constexpr std::size_t shortest_modulus = 2048;  // bits; section 3.3
constexpr std::size_t longest_modulus = 8192;   // beyond it a check costs milliseconds

// Why a key of a set is left out, as RFC 7517 (section 5) asks for with those that one has no use for.
class Unfit : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

std::string text_of(const Json& key, const char* name) {
  const auto found = key.find(name);
  if (found == key.end()) throw Unfit(fmt::format("has no \"{}\"", name));
  if (!found->is_string()) throw Unfit(fmt::format("\"{}\" is no string", name));
  return found->get<std::string>();
}

std::vector<std::byte> bytes_of(const Json& key, const char* name) {
  auto bytes = decode_base64(text_of(key, name), Base64::url);
  if (!bytes) throw Unfit(fmt::format("\"{}\" is no base64url", name));
  return *std::move(bytes);
}

void require_size(const Json& key, const char* name, std::size_t size) {
  if (bytes_of(key, name).size() != size) throw Unfit(fmt::format("\"{}\" has not {} bytes", name, size));
}

std::size_t bits_of(const std::vector<std::byte>& number) {
  const auto* const first = std::find_if(number.data(), number.data() + number.size(),
                                         [](std::byte byte) { return byte != std::byte{0}; });
  const auto bytes = static_cast<std::size_t>(number.data() + number.size() - first);
  if (bytes == 0) return 0;
  std::size_t bits = bytes * 8;
  for (unsigned top = 0x80; (std::to_integer<unsigned>(*first) & top) == 0; top >>= 1U) --bits;
  return bits;
}

void check_rsa(const Json& key) {
  const auto bits = bits_of(bytes_of(key, "n"));
  if (bits < shortest_modulus || bits > longest_modulus)
    throw Unfit(fmt::format("has {} bits: {} .. {} are taken", bits, shortest_modulus, longest_modulus));
  const auto exponent = bytes_of(key, "e");
  const auto size = bits_of(exponent);
  const bool is_odd = !exponent.empty() && (exponent.back() & std::byte{1}) != std::byte{0};
  if (size < 2 || size > 64 || !is_odd) throw Unfit("has an exponent that is none");
}

// The members that say which key it is, and the algorithm that it is for.
std::pair<Algorithm, Json> read_kind(const Json& key) {
  const auto kind = text_of(key, "kty");
  if (kind == "RSA") {
    check_rsa(key);
    return {Algorithm::RS256, {{"kty", kind}, {"n", key.at("n")}, {"e", key.at("e")}}};
  }
  if (kind == "EC") {
    if (text_of(key, "crv") != "P-256") throw Unfit("is not of the curve P-256");
    require_size(key, "x", 32);
    require_size(key, "y", 32);
    return {Algorithm::ES256, {{"kty", kind}, {"crv", "P-256"}, {"x", key.at("x")}, {"y", key.at("y")}}};
  }
  if (kind == "OKP") {
    if (text_of(key, "crv") != "Ed25519") throw Unfit("is not of the curve Ed25519");
    require_size(key, "x", 32);
    return {Algorithm::EdDSA, {{"kty", kind}, {"crv", "Ed25519"}, {"x", key.at("x")}}};
  }
  if (kind != "oct") throw Unfit(fmt::format("is of the kind {}", quote_for_log(kind)));
  return {Algorithm::HS256, Json::object()};
}

// RFC 7517, sections 4.2 to 4.4: what it says that it is for.
void check_purpose(const Json& key, Algorithm algorithm) {
  if (key.contains("use") && key.at("use") != "sig") throw Unfit("is not for signatures (\"use\")");
  if (key.contains("alg") && key.at("alg") != name_of(algorithm)) throw Unfit("is for another \"alg\"");
  if (!key.contains("key_ops")) return;
  const auto& uses = key.at("key_ops");
  if (!uses.is_array() || std::find(uses.begin(), uses.end(), "verify") == uses.end())
    throw Unfit("is not to verify signatures (\"key_ops\")");
}

void check_allowed(Algorithm algorithm, const std::vector<Algorithm>& algorithms) {
  if (std::find(algorithms.begin(), algorithms.end(), algorithm) == algorithms.end())
    throw Unfit(fmt::format("is for {}, which is not let pass", name_of(algorithm)));
}

TokenKeys::Key read_key(const Json& key, const std::vector<Algorithm>& algorithms) {
  if (!key.is_object()) throw Unfit("is no object");
  if (key.contains("d"))
    throw std::invalid_argument("is a private key: only who makes tokens is to have that");
  auto [algorithm, members] = read_kind(key);
  check_allowed(algorithm, algorithms);
  check_purpose(key, algorithm);
  TokenKeys::Key made{.algorithm = algorithm};
  if (key.contains("kid")) made.id = text_of(key, "kid");
  if (algorithm == Algorithm::HS256) {
    const auto bytes = bytes_of(key, "k");
    made.secret.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (made.secret.size() < shortest_secret)
      throw Unfit(fmt::format("has {} bytes: HS256 takes {} or more", made.secret.size(), shortest_secret));
    return made;
  }
  try {
    made.public_key.emplace(members);
  } catch (const std::invalid_argument& error) {
    throw Unfit(error.what());
  }
  return made;
}

// A text's last line end is none of the secret's; among other bytes it may be one.
std::string_view secret_of(std::string_view text) {
  const auto is_text = [](char c) { return (c >= ' ' && c < '\x7f') || c == '\t' || c == '\n' || c == '\r'; };
  if (!std::all_of(text.begin(), text.end(), is_text)) return text;
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

}  // namespace

TokenKeys TokenKeys::of_set(const std::string& text, const std::vector<Algorithm>& algorithms) {
  const Json set = parse_strict(text);
  if (!set.is_object() || !set.contains("keys") || !set.at("keys").is_array())
    throw std::invalid_argument("is no JSON Web Key Set: {\"keys\": [...]}");
  TokenKeys keys;
  keys.are_named_ = true;
  std::string left_out;
  std::size_t number = 0;
  for (const auto& element : set.at("keys")) {
    const auto place = fmt::format("/keys/{}", number++);
    try {
      auto key = read_key(element, algorithms);
      const auto is_same = [&](const Key& other) {
        return other.algorithm == key.algorithm && other.id == key.id;
      };
      if (std::any_of(keys.keys_.begin(), keys.keys_.end(), is_same))
        throw std::invalid_argument("another one for the same algorithm has the same \"kid\"");
      keys.keys_.push_back(std::move(key));
    } catch (const Unfit& reason) {
      if (left_out.size() < 300) left_out += fmt::format("; {} {}", place, reason.what());
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument(fmt::format("{} {}", place, error.what()));
    }
  }
  if (keys.keys_.empty()) throw std::invalid_argument("has no key that can be used" + left_out);
  return keys;
}

TokenKeys TokenKeys::of_one(const std::string& text, const std::vector<Algorithm>& algorithms) {
  TokenKeys keys;
  const bool is_secret =
      std::find(algorithms.begin(), algorithms.end(), Algorithm::HS256) != algorithms.end();
  if (is_secret) {
    // A public key is known to everybody: as a secret it would let everybody sign.
    if (text.find("-----BEGIN ") != std::string::npos)
      throw std::invalid_argument("holds a key of a pair (PEM): HS256 takes a secret");
    Key key{.algorithm = Algorithm::HS256};
    key.secret = secret_of(text);
    if (key.secret.size() < shortest_secret) {
      throw std::invalid_argument(fmt::format("holds {} bytes: HS256 takes a secret of {} or more",
                                              key.secret.size(), shortest_secret));
    }
    keys.keys_.push_back(std::move(key));
    return keys;
  }
  try {
    keys.keys_.push_back(read_key(read_pem(text), algorithms));
  } catch (const Unfit& reason) {
    throw std::invalid_argument(fmt::format("the key {}", reason.what()));
  }
  return keys;
}

const TokenKeys::Key& TokenKeys::choose(const TokenHeader& header) const {
  const Key* chosen = nullptr;
  for (const auto& key : keys_) {
    if (key.algorithm != header.algorithm) continue;
    if (are_named_ && header.key_id && key.id != header.key_id) continue;
    if (chosen != nullptr)
      throw BadToken("it names no key (\"kid\"), and there are several for its algorithm");
    chosen = &key;
  }
  if (chosen != nullptr) return *chosen;
  throw BadToken(fmt::format("there is no key {} for {}", header.key_id ? quote_for_log(*header.key_id) : "",
                             name_of(header.algorithm)));
}

bool is_signed_with(const TokenKeys::Key& key, std::string_view token, const TokenParts& parts) {
  if (key.public_key) return key.public_key->has_signed(token, key.algorithm);
  // Not librhonabwy's: it compares with strcmp(), and how long that takes says how much of a signature was right.
  std::array<unsigned char, hmac_size> tag{};
  unsigned size = hmac_size;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(parts.is_signed.data());
  if (key.secret.empty() || ::HMAC(::EVP_sha256(), key.secret.data(), static_cast<int>(key.secret.size()),
                                   bytes, parts.is_signed.size(), tag.data(), &size) == nullptr)
    throw std::runtime_error("OpenSSL gives no HMAC-SHA256");
  return parts.signature.size() == tag.size() &&
         ::CRYPTO_memcmp(tag.data(), parts.signature.data(), tag.size()) == 0;
}

}  // namespace stile::access
