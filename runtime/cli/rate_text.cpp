#include "cli/rate_text.hpp"

#include <arpa/inet.h>
#include <fmt/core.h>

#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <system_error>

#include "cli/quantities.hpp"
#include "manifest/text.hpp"

namespace stile::cli {
namespace {

std::optional<std::uint32_t> whole(std::string_view text) {
  std::uint32_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && rest == end ? std::optional(number) : std::nullopt;
}

[[noreturn]] void refuse_rate(std::string_view text) {
  throw std::invalid_argument(fmt::format(
      "\"{}\" is no rate: write requests in a time, \"10/s\", \"100/1m\" or \"10/s burst 20\", or \"none\"",
      text));
}

bool is_network(const std::string& text) {
  const auto slash = text.find('/');
  const auto address = text.substr(0, slash);
  std::array<std::byte, sizeof(in6_addr)> bytes{};
  const bool is_four = ::inet_pton(AF_INET, address.c_str(), bytes.data()) == 1;
  if (!is_four && ::inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1) return false;
  if (slash == std::string::npos) return true;
  const auto bits = whole(std::string_view(text).substr(slash + 1));
  return bits && *bits <= (is_four ? 32U : 128U);
}

}  // namespace

RatePolicy parse_rate(std::string_view text) {
  if (text == "none") return {};
  constexpr std::string_view burst = " burst ";
  const auto at = text.find(burst);
  const auto rate = text.substr(0, at);
  const auto slash = rate.find('/');
  if (slash == std::string_view::npos) refuse_rate(text);
  RatePolicy policy;
  const auto requests = whole(rate.substr(0, slash));
  if (!requests || *requests == 0) refuse_rate(text);
  policy.requests = *requests;
  std::string per(rate.substr(slash + 1));
  if (!per.empty() && !is_digit(per.front())) per.insert(0, "1");  // "10/s"
  try {
    policy.per = parse_duration(per);
  } catch (const std::invalid_argument&) {
    refuse_rate(text);
  }
  if (at != std::string_view::npos) {
    const auto at_once = whole(text.substr(at + burst.size()));
    if (!at_once || *at_once == 0) refuse_rate(text);
    policy.burst = *at_once;
  }
  policy.check();
  return policy;
}

std::vector<std::string> parse_networks(std::string_view text) {
  std::vector<std::string> networks;
  for (auto rest = text; !rest.empty() || networks.empty();) {
    const auto comma = rest.find(',');
    const std::string one(trim(rest.substr(0, comma)));
    if (!is_network(one))
      throw std::invalid_argument(
          fmt::format("\"{}\" is no address of a proxy: write IPv4 or IPv6 addresses or networks, "
                      "\"10.0.0.0/8, fd00::7\"",
                      one));
    if (one.ends_with("/0"))
      throw std::invalid_argument(
          fmt::format("\"{}\" is everybody, who could then say any address: name the proxies", one));
    networks.push_back(one);
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    if (comma != std::string_view::npos && rest.empty())
      throw std::invalid_argument(fmt::format("\"{}\" ends with a comma", text));
  }
  return networks;
}

}  // namespace stile::cli
