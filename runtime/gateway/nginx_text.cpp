#include "gateway/nginx_text.hpp"

#include <algorithm>
#include <stdexcept>

namespace stile::gateway {

// nginx reads a socket's path up to a colon.
std::string checked(const std::string& path) {
  const auto bad = [](char c) {
    return static_cast<unsigned char>(c) < ' ' ||
           std::string_view("\"'\\$:;").find(c) != std::string_view::npos;
  };
  if (path.empty() || path.front() != '/' || std::any_of(path.begin(), path.end(), bad)) {
    throw std::invalid_argument(fmt::format(
        "'{}' can't stand in nginx's configuration: choose an absolute path without \" ' \\ $ : ;", path));
  }
  return path;
}

std::string inert(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f || std::string_view("\"'$\\").find(c) != std::string_view::npos) {
      result += fmt::format("\\\\u{:04x}", byte < 0x80 ? static_cast<unsigned>(byte) : unsigned{'?'});
    } else {
      result += c;
    }
  }
  return result;
}

}  // namespace stile::gateway
