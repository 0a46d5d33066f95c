#include "worker/refusals.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <string>

namespace stile::worker {
namespace {

using Bytes = std::array<unsigned char, 16>;

// RFC 1918, RFC 6598, loopback, link-local.
bool is_private_four(const unsigned char* bytes) {
  const unsigned first = bytes[0];
  const unsigned second = bytes[1];
  return first == 10 || first == 127 || (first == 172 && second >= 16 && second < 32) ||
         (first == 192 && second == 168) || (first == 169 && second == 254) ||
         (first == 100 && second >= 64 && second < 128);
}

// ULA (RFC 4193), link-local, ::1, and what stands for an IPv4 address (RFC 4291, section 2.5.5.2).
bool is_private_six(const Bytes& bytes) {
  constexpr Bytes loopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  return (bytes[0] & 0xfeU) == 0xfcU || (bytes[0] == 0xfeU && (bytes[1] & 0xc0U) == 0x80U) ||
         bytes == loopback;
}

bool is_mapped(const Bytes& bytes) {
  constexpr Bytes prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return std::equal(bytes.begin(), bytes.begin() + 12, prefix.begin());
}

// Whom an address stands for: of IPv6 the /64, which one client has as a whole. Empty where it may be anybody.
std::string neighbourhood_of(std::string_view address) {
  constexpr std::size_t network_bytes = 8;
  constexpr std::size_t four_bytes = 4;
  const std::string text(address);
  Bytes bytes{};
  const auto key = [&](std::size_t from, std::size_t count) {
    return std::string(reinterpret_cast<const char*>(bytes.data()) + from, count);
  };
  if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1)
    return is_private_four(bytes.data()) ? std::string() : key(0, four_bytes);
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return {};
  constexpr std::size_t mapped_at = 12;
  if (is_mapped(bytes))
    return is_private_four(bytes.data() + mapped_at) ? std::string() : key(mapped_at, four_bytes);
  return is_private_six(bytes) ? std::string() : key(0, network_bytes);
}

}  // namespace

std::optional<std::chrono::seconds> Refusals::wait(std::string_view address, Clock::time_point now) const {
  if (guesses_.size() == 0) return std::nullopt;
  const auto wait = guesses_.wait(neighbourhood_of(address), now);
  if (wait == Clock::duration::zero()) return std::nullopt;
  return std::chrono::ceil<std::chrono::seconds>(wait);
}

void Refusals::count(std::string_view address, Clock::time_point now) {
  const auto name = neighbourhood_of(address);
  if (!name.empty()) guesses_.overdraw(name, now);
}

}  // namespace stile::worker
