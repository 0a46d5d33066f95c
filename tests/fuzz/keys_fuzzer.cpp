// Files of keys, of ours and of an issuer of tokens, and what a client presents as a key.
#include <stdexcept>
#include <string>

#include "access/key_file.hpp"
#include "access/token_keys.hpp"
#include "fuzz/fuzzer.hpp"

using namespace stile;
using namespace stile::access;

namespace {

void check_key_file(std::string_view text) {
  try {
    const auto entries = parse_keys(text);
    const auto printed = print_keys(entries);
    const auto again = parse_keys(printed);
    test::require(again.size() == entries.size(), "what is written is read back");
    test::require(print_keys(again) == printed, "and is the same");
    for (const auto& entry : entries) test::require(is_key_name(entry.name), "an entry has a name");
  } catch (const std::invalid_argument&) {
  }
}

void check_set(const std::string& text, const std::vector<Algorithm>& algorithms) {
  try {
    const auto keys = TokenKeys::of_set(text, algorithms);
    for (const auto algorithm : algorithms) {
      try {
        const auto& key = keys.choose({algorithm, std::nullopt});
        test::require(key.algorithm == algorithm, "a key is for the algorithm that it was asked for");
        test::require(key.public_key.has_value() == (algorithm != Algorithm::HS256),
                      "a secret is no public key");
        test::require(key.public_key || key.secret.size() >= 32, "a secret is long enough");
      } catch (const BadToken&) {
      }
    }
  } catch (const std::invalid_argument&) {
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = test::as_text(data, size);
  check_key_file(text);
  if (const auto id = id_of_key(text))
    test::require(id->size() == 12 && text.size() == 83, "a key has one form");
  check_set(std::string(text), {Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA});
  check_set(std::string(text), {Algorithm::HS256});
  for (const auto algorithm : {Algorithm::RS256, Algorithm::HS256}) {
    try {
      TokenKeys::of_one(std::string(text), {algorithm});
    } catch (const std::invalid_argument&) {
    }
  }
  return 0;
}
