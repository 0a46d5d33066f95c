// The part of SchemaDiff that knows what narrows a scalar, or a size: formats, bounds, patterns.
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "openapi/schema_diff.hpp"

namespace stile::openapi {
namespace {

bool may_be(const Shape& shape, const char* type) { return shape.types.count(type) == 1; }

/// "uint16" -> unsigned, 16 bits; nothing for what is no integer's format.
struct IntegerFormat {
  bool is_unsigned = false;
  int bits = 0;
};
std::optional<IntegerFormat> integer_format(std::string_view name) {
  IntegerFormat format;
  format.is_unsigned = name.starts_with('u');
  if (format.is_unsigned) name.remove_prefix(1);
  for (const int bits : {8, 16, 32, 64}) {
    if (name == "int" + std::to_string(bits)) return IntegerFormat{format.is_unsigned, bits};
  }
  return std::nullopt;
}

bool format_within(const std::string& narrow, const std::string& wide) {
  if (narrow == wide || (narrow == "float" && wide == "double")) return true;
  const auto a = integer_format(narrow);
  const auto b = integer_format(wide);
  if (!a || !b) return false;
  if (a->is_unsigned == b->is_unsigned) return a->bits <= b->bits;
  return a->is_unsigned && a->bits < b->bits;
}

std::string joined_formats(const std::set<std::string>& formats) {
  std::string list;
  for (const auto& format : formats) list += (list.empty() ? "" : " or ") + format;
  return list.empty() ? "any" : list;
}

}  // namespace

void SchemaDiff::compare_formats(const Sides& sides, const std::string& pointer) {
  if (sides.narrow.values) return;
  const auto& has = sides.narrow.formats;
  for (const auto& format : sides.wide.formats) {
    const auto fits_in = [&](const std::string& narrow) { return format_within(narrow, format); };
    if (std::any_of(has.begin(), has.end(), fits_in)) continue;
    const auto other = joined_formats(has);
    report(pointer, fmt::format("must be of the format {} now (was {})", format, other),
           fmt::format("is no longer of the format {} (now {})", format, other));
  }
}

void SchemaDiff::compare_bounds(const Sides& sides, const std::string& pointer) {
  struct Bound {
    std::string_view keyword;
    std::string_view partner;  // says nearly the same
    const char* type;
    const char* words;
  };
  constexpr std::array<Bound, 10> all{{{"minimum", "exclusiveMinimum", "number", "must be at least {} now"},
                                       {"exclusiveMinimum", "minimum", "number", "must be more than {} now"},
                                       {"maximum", "exclusiveMaximum", "number", "must be at most {} now"},
                                       {"exclusiveMaximum", "maximum", "number", "must be less than {} now"},
                                       {"minLength", "", "string", "must have at least {} characters now"},
                                       {"maxLength", "", "string", "must have at most {} characters now"},
                                       {"minItems", "", "array", "must have at least {} items now"},
                                       {"maxItems", "", "array", "must have at most {} items now"},
                                       {"minProperties", "", "object", "must have at least {} members now"},
                                       {"maxProperties", "", "object", "must have at most {} members now"}}};
  if (sides.before.values) return;
  for (const auto& bound : all) {
    const auto now = sides.after.bounds.find(bound.keyword);
    const bool number = std::string_view(bound.type) == "number" && may_be(sides.before, "integer");
    if (now == sides.after.bounds.end() || (!may_be(sides.before, bound.type) && !number)) continue;
    const bool lower = bound.keyword.find("in") != std::string_view::npos &&
                       bound.keyword.find("ax") == std::string_view::npos;
    const bool exclusive = bound.keyword.starts_with("exclusive");
    const auto keeps = [&](std::string_view keyword, bool strictly) {
      const auto was = sides.before.bounds.find(keyword);
      if (was == sides.before.bounds.end()) return false;
      if (lower ? now->second < was->second : was->second < now->second) return true;
      return !strictly && !(was->second < now->second) && !(now->second < was->second);
    };
    if (keeps(bound.keyword, false) || keeps(bound.partner, exclusive)) continue;
    report(pointer, fmt::format(fmt::runtime(bound.words), printed(now->second)));
  }
}

void SchemaDiff::compare_patterns(const Sides& sides, const std::string& pointer) {
  if (may_be(sides.before, "string") && !sides.before.values) {
    for (const auto& pattern : sides.after.patterns) {
      if (sides.before.patterns.count(pattern) == 1) continue;
      report(pointer, (sides.before.patterns.empty() ? "must match now: "
                                                     : "must match now, and perhaps did not before: ") +
                          pattern);
    }
  }
  for (const auto& step : sides.after.multiples) {
    if (sides.before.multiples.count(step) == 0 && !sides.before.values)
      report(pointer, "must be a multiple of " + step + " now");
  }
  if (sides.after.unique && !sides.before.unique && may_be(sides.before, "array")) {
    report(pointer, "must not have the same item twice now");
  }
}

}  // namespace stile::openapi
