// What a function may have kept of its answers, and by what they are told apart: the rules of `cache` and `vary`. Knows
// neither nginx nor how answers are kept. Pure; any thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

struct Manifest;

/// The longest `cache`: 30 days.
inline constexpr std::chrono::seconds longest_cache{30 * 24 * 60 * 60};

/// What GET makes its answer of beside the path, by its signature.
struct CacheInputs {
  std::vector<std::string> query{};  ///< the parameters that it declares
  bool refuses_other_query = false;  ///< a closed struct: the answer depends on all that stands in the query
  std::vector<std::string> headers{};  ///< in lower case
  std::vector<std::string> cookies{};
  std::vector<std::string>
      unnamed{};  ///< for a person: what no name stands for, "the whole request (const Request&)"
};

/// One word of `vary`: "Accept-Language" is a header, "cookie:theme" a cookie.
struct VaryName {
  bool is_cookie = false;
  std::string name;
};
/// Throws std::invalid_argument that says why an answer can't be told apart by it.
VaryName parse_vary(std::string_view text);

/// Throws std::invalid_argument, which says what to do, where the answers of a function can't be kept for so long without
/// one caller's being given to another: it is called with what the file says when the function is built, and again with
/// what stile.json makes of that. 0 s: they are not kept, and only `vary` itself is looked at.
void check_cache(const Manifest& manifest, std::chrono::seconds cache);

}  // namespace stile
