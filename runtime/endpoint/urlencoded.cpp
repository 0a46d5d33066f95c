#include "endpoint/urlencoded.hpp"

#include <fmt/core.h>

#include "manifest/percent.hpp"
#include "manifest/text.hpp"
#include "stile/problem.hpp"

namespace stile {
namespace {

// Decodes a name or a value, which begins at `offset` of the whole.
std::string decode(std::string_view raw, std::size_t offset, std::string_view where) {
  std::string text;
  if (const auto broken = percent_decode(raw, Plus::space, text); broken != std::string_view::npos) {
    throw Problem(
        400, fmt::format("{}, byte {}: two hexadecimal digits must follow '%'", where, offset + broken + 1));
  }
  if (invalid_utf8_at(text) != std::string_view::npos) {
    throw Problem(400,
                  fmt::format("{}, byte {}: what begins here is not UTF-8 once decoded", where, offset + 1));
  }
  return text;
}

}  // namespace

std::vector<NamedValue> parse_urlencoded(std::string_view text, std::string_view where) {
  std::vector<NamedValue> pairs;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('&', begin), text.size());
    const auto pair = text.substr(begin, end - begin);
    const auto equals = std::min(pair.find('='), pair.size());
    if (!pair.empty()) {
      auto name = decode(pair.substr(0, equals), begin, where);
      auto value =
          equals == pair.size() ? std::string() : decode(pair.substr(equals + 1), begin + equals + 1, where);
      pairs.push_back({std::move(name), std::move(value)});
    }
    begin = end + 1;
  }
  return pairs;
}

}  // namespace stile
