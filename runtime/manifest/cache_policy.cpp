#include "manifest/cache_policy.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "manifest/manifest.hpp"
#include "manifest/text.hpp"

namespace stile {
namespace {

constexpr std::string_view cookie_mark = "cookie:";

struct UnfitHeader {
  std::string_view name;
  std::string_view reason;
};
// What nginx answers by itself, what is no part of what is asked for, and what says who asks.
constexpr std::array<UnfitHeader, 19> unfit_headers{{
    {"Authorization", "an answer for one caller alone is not kept: remove cache"},
    {"Proxy-Authorization", "an answer for one caller alone is not kept: remove cache"},
    {"Cookie", "name each cookie that is read: \"cookie:theme\""},
    {"Set-Cookie", "no request has it; a cookie that is read is \"cookie:theme\""},
    {"If-Match", "nginx answers conditions from what it keeps: take a Conditional"},
    {"If-None-Match", "nginx answers conditions from what it keeps: take a Conditional"},
    {"If-Modified-Since", "nginx answers conditions from what it keeps: take a Conditional"},
    {"If-Unmodified-Since", "nginx answers conditions from what it keeps: take a Conditional"},
    {"If-Range", "what is kept is the whole"},
    {"Range", "what is kept is the whole"},
    {"Proxy", "functions never see it"},
    {"Connection", "it is about the connection, not about what is asked for"},
    {"Keep-Alive", "it is about the connection, not about what is asked for"},
    {"TE", "it is about the connection, not about what is asked for"},
    {"Transfer-Encoding", "it is about the connection, not about what is asked for"},
    {"Upgrade", "it is about the connection, not about what is asked for"},
    {"Expect", "it is about the connection, not about what is asked for"},
    {"Content-Length", "a body is no part of what is kept"},
    {"Accept-Encoding", "nginx compresses what is kept for each client by itself: remove it"},
}};

[[noreturn]] void refuse_vary(std::string_view text, std::string_view reason) {
  throw std::invalid_argument(fmt::format("vary: \"{}\": {}", text, reason));
}

// nginx has a variable of such a header, and none of another one.
bool is_plain_header(std::string_view name) {
  const auto may_stand = [](char c) {
    return is_digit(c) || c == '-' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  return !name.empty() && std::all_of(name.begin(), name.end(), may_stand);
}

bool names(const std::vector<VaryName>& all, bool is_cookie, std::string_view name) {
  return std::any_of(all.begin(), all.end(), [&](const VaryName& one) {
    if (one.is_cookie != is_cookie) return false;
    return is_cookie ? one.name == name : equal_ignoring_case(one.name, name);
  });
}

const UnfitHeader* find_unfit(std::string_view header) {
  const auto* found = std::find_if(unfit_headers.begin(), unfit_headers.end(),
                                   [&](const auto& one) { return equal_ignoring_case(one.name, header); });
  return found == unfit_headers.end() ? nullptr : found;
}

[[noreturn]] void refuse_input(std::string_view what, const std::string& word) {
  throw std::invalid_argument(
      fmt::format("cache: GET, or a step around it, reads the {}, which vary does not name: who asks next "
                  "would get what was made "
                  "for somebody else's; write .vary = {{\"{}\"}} beside it, or remove cache",
                  what, word));
}

}  // namespace

VaryName parse_vary(std::string_view text) {
  if (text.starts_with(cookie_mark)) {
    const auto name = text.substr(cookie_mark.size());
    if (!is_token(name)) refuse_vary(text, "a cookie's name stands behind \"cookie:\"");
    return {true, std::string(name)};
  }
  if (!is_plain_header(text))
    refuse_vary(text, "write the name of a header (\"Accept-Language\") or of a cookie (\"cookie:theme\")");
  if (const auto* unfit = find_unfit(text)) refuse_vary(text, unfit->reason);
  return {false, std::string(text)};
}

void check_cache(const Manifest& manifest, std::chrono::seconds cache) {
  std::vector<VaryName> vary;
  for (const auto& text : manifest.vary) {
    auto name = parse_vary(text);
    if (names(vary, name.is_cookie, name.name)) refuse_vary(text, "stands there twice");
    vary.push_back(std::move(name));
  }
  if (cache.count() == 0) {
    if (!vary.empty() && !manifest.limits.cache)
      throw std::invalid_argument(
          "vary: it tells kept answers apart, and none are kept: set cache, or remove it");
    return;
  }
  if (manifest.access && manifest.access->is_guarded())
    throw std::invalid_argument(
        "cache: who calls is asked of each request, and of a kept answer nobody is asked: remove cache, or "
        "let everyone call "
        "(access); Conditional spares sending what a caller has already");
  const auto& methods = manifest.methods;
  if (std::find(methods.begin(), methods.end(), "GET") == methods.end())
    throw std::invalid_argument("cache: answers to GET are kept, and the file has no GET: remove cache");
  const auto& inputs = manifest.cache_inputs;
  if (!inputs.unnamed.empty()) {
    throw std::invalid_argument(fmt::format(
        "cache: GET takes {}, by which no kept answer can be found again: take what it needs as Path, "
        "Query, Header or Cookie, or remove cache",
        inputs.unnamed.front()));
  }
  for (const auto& header : inputs.headers) {
    if (!names(vary, false, header)) {
      // Where it can't be named, why.
      if (const auto* unfit = find_unfit(header))
        throw std::invalid_argument(
            fmt::format("cache: GET, or a step around it, reads the header {}: {}", header, unfit->reason));
      refuse_input(fmt::format("header {}", header), header);
    }
  }
  for (const auto& cookie : inputs.cookies) {
    if (!names(vary, true, cookie)) refuse_input(fmt::format("cookie {}", cookie), "cookie:" + cookie);
  }
}

}  // namespace stile
