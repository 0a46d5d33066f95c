#include "stile/paging.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "manifest/percent.hpp"

namespace stile {

void take_page(Context& context, const Paging& paging) { context.page = {paging.limit, paging.offset}; }

namespace detail {
namespace {

// The request's own, with other values of these names; an empty one is left out. Safe within a header, and within <>.
std::string url_with(const Request& request,
                     const std::vector<std::pair<std::string_view, std::string>>& values) {
  // RFC 3986, sections 2.3 and 3.3. The path is as it came: a "%" in it stands for an escape already.
  std::string url = percent_encode(request.path(), "-._~!$&'()*+,;=:@/%");
  char separator = '?';
  const auto add = [&](std::string_view name, std::string_view value) {
    url.append(1, std::exchange(separator, '&')).append(percent_encode(name, "-._~"));
    url.append("=").append(percent_encode(value, "-._~,:"));
  };
  for (const auto& pair : request.query()) {
    const auto is_this = [&](const auto& value) { return value.first == pair.name; };
    if (std::none_of(values.begin(), values.end(), is_this)) add(pair.name, pair.value);
  }
  for (const auto& [name, value] : values) {
    if (!value.empty()) add(name, value);
  }
  return url;
}

struct Links {
  std::string next;
  std::string previous;
  std::string first;
};

// With a client's own long parameters in it a link may be more than an answer's headers hold: the body has it all the same.
constexpr std::size_t longest_header = 4000;

Links links_by_offset(const Context& context, const PageEnd& end) {
  const auto limit = context.page->limit;
  const auto offset = context.page->offset;
  const auto at = [&](std::uint64_t other) {
    return url_with(context.request, {{"offset", other == 0 ? "" : std::to_string(other)}});
  };
  Links links;
  const bool has_next = end.total ? offset + end.count < *end.total : end.has_more;
  // Beyond the last offset that may be asked for there is no page.
  if (has_next && offset + limit <= most_offset) links.next = at(offset + limit);
  if (offset > 0) {
    links.previous = at(offset < limit ? 0 : offset - limit);
    links.first = at(0);
  }
  return links;
}

}  // namespace

Response page_response(const Context& context, const std::string& items, const PageEnd& end) {
  Links links;
  if (context.page && context.page->seal != nullptr) {
    const auto at = [&](const std::string& cursor) {
      return url_with(context.request, {{"cursor", cursor}});
    };
    if (end.next) links.next = at(context.page->seal(context.request, *end.next));
    const auto& query = context.request.query();
    if (std::any_of(query.begin(), query.end(), [](const auto& pair) { return pair.name == "cursor"; }))
      links.first = at("");
  } else if (context.page) {
    links = links_by_offset(context, end);
  }
  std::string body = "{\"items\":" + items;
  if (end.total) body += fmt::format(",\"total\":{}", *end.total);
  std::string header;
  for (const auto& [name, relation, url] :
       {std::tuple{"next", "next", &links.next}, std::tuple{"previous", "prev", &links.previous},
        std::tuple{"", "first", &links.first}}) {
    if (!url->empty())
      header += fmt::format("{}<{}>; rel=\"{}\"", header.empty() ? "" : ", ", *url, relation);
    if (*name != '\0') body += fmt::format(",\"{}\":{}", name, url->empty() ? "null" : quoted_json(*url));
  }
  Response response = json_response(body + "}");
  if (!header.empty() && header.size() <= longest_header) response.header("Link", header);
  return response;
}

std::optional<std::vector<SortField>> read_sort(std::string_view text,
                                                std::span<const std::string_view> names) {
  std::vector<SortField> fields;
  while (true) {
    const auto comma = std::min(text.find(','), text.size());
    std::string_view field = text.substr(0, comma);
    const bool is_descending = field.starts_with('-');
    if (is_descending) field.remove_prefix(1);
    const auto found = std::find(names.begin(), names.end(), field);
    const auto index = static_cast<std::size_t>(found - names.begin());
    const auto is_this = [&](const SortField& other) { return other.index == index; };
    if (found == names.end()) return std::nullopt;
    // Once more it changes nothing: what is equal in a field is so in either direction.
    if (std::none_of(fields.begin(), fields.end(), is_this)) fields.push_back({index, is_descending});
    if (comma == text.size()) return fields;
    text.remove_prefix(comma + 1);
  }
}

std::string expected_sort(std::span<const std::string_view> names) {
  std::string text = "fields with commas between them, \"-\" before those that go down:";
  for (std::size_t i = 0; i < names.size(); ++i) text.append(i == 0 ? " " : ", ").append(names[i]);
  return text;
}

Schema sort_schema(std::span<const std::string_view> names) {
  std::string one;
  for (const auto name : names) one.append(one.empty() ? "" : "|").append(name);
  Schema schema;
  schema.set_text("type", "string");
  schema.set_text("pattern", fmt::format("^-?(?:{0})(?:,-?(?:{0}))*$", one));
  return schema.set_text("description", "Fields to sort by, the most important one first; - is descending.");
}

Schema page_schema(const Schema& item) {
  Schema items;
  items.set_text("type", "array").set("items", item);
  Schema total;
  total.set_text("type", "integer")
      .set_text("description", "Of all pages, where it is known.")
      .set("minimum", "0");
  Schema url;
  url.set("type", "[\"string\",\"null\"]").set_text("format", "uri-reference");
  Schema properties;
  properties.set("items", items).set("total", total).set("next", url).set("previous", url);
  Schema page;
  page.set_text("type", "object").set("properties", properties);
  return page.set("required", "[\"items\",\"next\",\"previous\"]");
}

void document_page(Operation& operation, const Schema& page) {
  Schema text;
  text.set_text("type", "string");
  Schema link;
  link.set_text("description", "The next page, the one before, the first one (RFC 8288).")
      .set("schema", text);
  Schema headers;
  headers.set("Link", link);
  operation.add_response("200", "OK", "application/json", page, headers);
}

}  // namespace detail
}  // namespace stile
