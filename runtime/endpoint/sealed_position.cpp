// What of paging needs the key of cursors, and so OpenSSL.
#include <fmt/core.h>

#include "endpoint/cursor.hpp"
#include "stile/paging.hpp"

namespace stile {
namespace {

// A cursor is good for this very list alone: its method, its path, and whatever else was asked for but how many. Sizes part
// them, so that no other list makes the same bytes.
std::string list_of(const Request& request) {
  std::string list;
  const auto add = [&](std::string_view part) { list.append(fmt::format("{}:", part.size())).append(part); };
  add(request.method() == "HEAD" ? "GET" : request.method());
  add(request.path());
  for (const auto& pair : request.query()) {
    if (pair.name == "cursor" || pair.name == "limit") continue;
    add(pair.name);
    add(pair.value);
  }
  return list;
}

}  // namespace

void take_page(Context& context, CursorPaging& paging) {
  context.page = {paging.limit, 0, &detail::seal_position};
  if (paging.cursor.is_first()) return;
  auto position = open_cursor(paging.cursor.position, list_of(context.request));
  if (position) {
    paging.cursor.position = *std::move(position);
  } else {
    Place(context.faults, {detail::In::query, "cursor"})
        .refuse_text(paging.cursor.position, "the cursor of this very list, as an answer's link has it");
  }
}

namespace detail {
std::string seal_position(const Request& request, const std::string& position) {
  return seal_cursor(position, list_of(request));
}
}  // namespace detail
}  // namespace stile
