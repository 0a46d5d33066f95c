#include "stile/extract.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <span>
#include <stdexcept>

#include "endpoint/quote.hpp"
#include "manifest/text.hpp"
#include "stile/problem.hpp"

namespace stile::detail {
namespace {

constexpr std::array<std::string_view, 4> in_names{"path", "query", "header", "cookie"};

std::string_view name_of(In in) { return in_names.at(static_cast<std::size_t>(in)); }

std::vector<std::string_view> values_named(const std::vector<NamedValue>& pairs, std::string_view name) {
  std::vector<std::string_view> values;
  for (const NamedValue& pair : pairs) {
    if (pair.name == name) values.emplace_back(pair.value);
  }
  return values;
}

Problem problem_of(Source source, std::string_view what) {
  const std::string_view kind = source.in == In::query ? "query parameter" : name_of(source.in);
  return Problem(400, fmt::format("{} \"{}\" {}", source.in == In::path ? "path parameter" : kind,
                                  source.name, what))
      .with("parameter", {{"in", name_of(source.in)}, {"name", source.name}});
}

}  // namespace

std::vector<std::string_view> find_values(const Request& request, Source source) {
  switch (source.in) {
    case In::query:
      return values_named(request.query(), source.name);
    case In::cookie:
      return values_named(request.cookies(), source.name);
    case In::header:
      return request.header_values(source.name);
    case In::path:
      break;
  }
  // The file's own route has it, checked at compile time: this is a function that serves some other route.
  const auto value = request.path_value(source.name);
  if (!value) throw std::logic_error(fmt::format("the route has no {{{}}}", source.name));
  return {*value};
}

std::optional<std::string_view> find_value(const Request& request, Source source) {
  const auto values = find_values(request, source);
  if (values.empty()) return std::nullopt;
  if (values.size() > 1) throw problem_of(source, fmt::format("came {} times; expected once", values.size()));
  return values.front();
}

void refuse_missing(Source source) { throw problem_of(source, "is missing"); }

void refuse_text(Source source, std::string_view came, std::string_view expected) {
  throw problem_of(source, fmt::format("is {}; expected {}", quote(came), expected));
}

const std::string& utf8_body(const Request& request) {
  if (const auto invalid = invalid_utf8_at(request.body()); invalid != std::string_view::npos) {
    throw Problem(400, fmt::format("the body is not UTF-8: byte {}", invalid + 1))
        .with("parameter", {{"in", "body"}});
  }
  return request.body();
}

std::vector<std::byte> body_bytes(const Request& request) {
  const auto bytes = std::as_bytes(std::span(request.body()));
  return {bytes.begin(), bytes.end()};
}

}  // namespace stile::detail
