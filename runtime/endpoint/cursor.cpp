#include "endpoint/cursor.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <span>
#include <stdexcept>

#include "manifest/base64.hpp"
#include "posix/shared_secret.hpp"
#include "stile/state.hpp"

namespace stile {
namespace {

constexpr std::size_t tag_size = 32;
using CursorTag = std::array<unsigned char, tag_size>;

// The size of the context parts it from the payload: no other pair makes the same bytes.
CursorTag tag_of(std::string_view payload, std::string_view context, const CursorKey& key) {
  std::string message = "stile cursor 1\n" + std::to_string(context.size()) + '\n';
  message.append(context).append(payload);
  CursorTag tag{};
  unsigned size = tag_size;
  const auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
  if (::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes, message.size(), tag.data(),
             &size) == nullptr)
    throw std::runtime_error("OpenSSL gives no HMAC-SHA256");
  return tag;
}

}  // namespace

const CursorKey& cursor_key() {
  static const CursorKey key = posix::shared_secret((state_dir() / ".cursor-key").string());
  return key;
}

std::string seal_cursor(std::string_view payload, std::string_view context, const CursorKey& key) {
  const CursorTag tag = tag_of(payload, context, key);
  std::string sealed(payload);
  sealed.append(reinterpret_cast<const char*>(tag.data()), tag.size());
  return encode_base64(std::as_bytes(std::span(sealed)), Base64::url);
}

std::optional<std::string> open_cursor(std::string_view text, std::string_view context,
                                       const CursorKey& key) {
  const auto bytes = decode_base64(text, Base64::url);
  if (!bytes || bytes->size() < tag_size) return std::nullopt;
  const std::string_view sealed(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  const auto payload = sealed.substr(0, sealed.size() - tag_size);
  const CursorTag tag = tag_of(payload, context, key);
  if (::CRYPTO_memcmp(tag.data(), sealed.data() + payload.size(), tag_size) != 0) return std::nullopt;
  return std::string(payload);
}

}  // namespace stile
