#include "endpoint/media_type.hpp"

#include <algorithm>

#include "manifest/text.hpp"

namespace stile {
namespace {

bool is_json_type(std::string_view type) {
  const auto slash = type.find('/');
  if (slash == std::string_view::npos || !is_token(type.substr(0, slash)) ||
      !is_token(type.substr(slash + 1)))
    return false;
  if (equal_ignoring_case(type, "application/json")) return true;
  constexpr std::string_view suffix = "+json";
  const auto subtype = type.substr(slash + 1);
  return subtype.size() > suffix.size() &&
         equal_ignoring_case(subtype.substr(subtype.size() - suffix.size()), suffix);
}

bool is_other_charset(std::string_view parameter) {
  const auto equals = std::min(parameter.find('='), parameter.size());
  if (!equal_ignoring_case(trim(parameter.substr(0, equals)), "charset")) return false;
  auto value = trim(parameter.substr(std::min(equals + 1, parameter.size())));
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
    value = value.substr(1, value.size() - 2);
  return !equal_ignoring_case(value, "utf-8") && !equal_ignoring_case(value, "utf8");
}

}  // namespace

bool is_json(std::string_view content_type) {
  auto end = std::min(content_type.find(';'), content_type.size());
  if (!is_json_type(trim(content_type.substr(0, end)))) return false;
  while (end < content_type.size()) {
    const auto begin = end + 1;
    end = std::min(content_type.find(';', begin), content_type.size());
    if (is_other_charset(content_type.substr(begin, end - begin))) return false;
  }
  return true;
}

}  // namespace stile
