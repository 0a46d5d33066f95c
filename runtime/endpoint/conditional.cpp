#include "stile/conditional.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>

#include "endpoint/http_date.hpp"
#include "manifest/percent.hpp"
#include "stile/problem.hpp"

namespace stile {
namespace {

// RFC 9110, section 8.8.3: what no tag may hold is escaped as in a URL, "%" too.
std::string entity_tag(std::string_view text) {
  return "\"" + percent_encode(text, "!#$&'()*+,-./:;<=>?@[\\]^_`{|}~") + "\"";
}

// Whether a list of tags (If-Match, If-None-Match) has this one. Weakly (section 8.8.3.2) in both: every tag here is strong
// until nginx compresses an answer and marks its tag W/, and a client that hands that one back means the same state.
bool has_tag(std::string_view list, std::string_view tag) {
  while (true) {
    const auto begin = list.find_first_not_of(", \t");
    if (begin == std::string_view::npos) return false;
    list.remove_prefix(begin);
    if (list.starts_with("W/")) list.remove_prefix(2);
    const auto end = list.starts_with('"') ? list.find('"', 1) : std::string_view::npos;
    if (end == std::string_view::npos) return false;  // no tag, nor is what follows
    if (list.substr(0, end + 1) == tag) return true;
    list.remove_prefix(end + 1);
  }
}

// Nothing where the request has no such header.
std::optional<bool> matches(const Request& request, std::string_view header, const std::string& tag) {
  const auto lists = request.header_values(header);
  if (lists.empty()) return std::nullopt;
  return std::any_of(lists.begin(), lists.end(), [&](std::string_view list) {
    return list == "*" || (!tag.empty() && has_tag(list, tag));
  });
}

// The time that a header says, to compare with; nothing where it says none, which is to be ignored.
std::optional<std::chrono::sys_seconds> time_of(const Request& request, std::string_view header) {
  const auto values = request.header_values(header);
  return values.size() == 1 ? read_http_date(values.front()) : std::nullopt;
}

}  // namespace

// In the order of section 13.2.2.
void Conditional::check(const Validators& current) const {
  if (context_ == nullptr) return;
  const Request& request = context_->request;
  const bool reads = request.method() == "GET" || request.method() == "HEAD";
  const std::string tag = current.etag.empty() ? "" : entity_tag(current.etag);
  std::optional<std::chrono::sys_seconds> modified;
  // Section 8.8.2.1: never later than now.
  if (current.last_modified)
    modified = std::chrono::floor<std::chrono::seconds>(std::min(*current.last_modified, now()));
  if (reads) {
    if (!tag.empty()) context_->headers.emplace_back("ETag", tag);
    if (modified) context_->headers.emplace_back("Last-Modified", print_http_date(*modified));
  }

  const auto refuse = [] { throw Problem(412, "it is in another state by now than the request expects"); };
  if (const auto is_it = matches(request, "If-Match", tag)) {
    if (!*is_it) refuse();
  } else if (const auto limit = time_of(request, "If-Unmodified-Since"); limit && modified) {
    if (*modified > *limit) refuse();
  }
  if (const auto is_it = matches(request, "If-None-Match", tag)) {
    if (!*is_it) return;
    if (!reads) refuse();
    throw detail::EarlyAnswer{304};
  }
  if (const auto limit = time_of(request, "If-Modified-Since"); limit && modified && reads) {
    if (*modified <= *limit) throw detail::EarlyAnswer{304};
  }
}

}  // namespace stile
