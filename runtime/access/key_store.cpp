#include "access/key_store.hpp"

#include <fmt/core.h>
#include <openssl/crypto.h>

#include <map>
#include <stdexcept>
#include <utility>

#include "access/watched_file.hpp"

namespace stile::access {
namespace {

using Entries = std::map<std::string, KeyEntry, std::less<>>;

Entries entries_of(const std::string& text) {
  Entries entries;
  for (auto& entry : parse_keys(text)) {
    auto id = entry.id;
    entries.emplace(std::move(id), std::move(entry));
  }
  return entries;
}

Refusal refuse_caller(const char* description, std::string reason) {
  return {Refusal::Fault::caller, "invalid_token", description, std::move(reason)};
}

}  // namespace

class KeyStore::File : public WatchedFile<Entries> {
 public:
  using WatchedFile::WatchedFile;
};

KeyStore::KeyStore(std::string path, std::chrono::milliseconds look_again_after)
    : file_(std::make_unique<File>(std::move(path), longest_key_file, look_again_after, entries_of)) {}

KeyStore::~KeyStore() = default;

std::variant<KeyEntry, Refusal> KeyStore::find(std::string_view presented,
                                               std::chrono::system_clock::time_point now) const {
  std::shared_ptr<const Entries> entries;
  KeyHash hash{};
  const auto id = id_of_key(presented);
  try {
    entries = file_->get();
    if (id) hash = hash_of_key(presented);
  } catch (const std::runtime_error& error) {
    return Refusal{Refusal::Fault::server, "", "keys can not be checked at the moment", error.what()};
  }
  constexpr auto not_valid = "the key is not valid";
  if (!id) return refuse_caller(not_valid, "the API key has not the form of one");
  const auto found = entries->find(*id);
  // Where there is none of that id, the hash is compared with another one all the same.
  const KeyHash nobodys{};
  const bool is_known = found != entries->end();
  const auto& expected = is_known ? found->second.hash : nobodys;
  const bool is_right = ::CRYPTO_memcmp(hash.data(), expected.data(), hash.size()) == 0;
  if (!is_known) return refuse_caller(not_valid, fmt::format("there is no API key {}", *id));
  const auto& entry = found->second;
  if (!is_right)
    return refuse_caller(not_valid, fmt::format("not the secret of the API key {} ({})", *id, entry.name));
  if (entry.expires && now >= *entry.expires)
    return refuse_caller("the key has expired",
                         fmt::format("the API key {} ({}) has expired", *id, entry.name));
  return entry;
}

}  // namespace stile::access
