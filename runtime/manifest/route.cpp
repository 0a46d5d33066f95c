#include "manifest/route.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <compare>
#include <stdexcept>

#include "manifest/percent.hpp"
#include "manifest/text.hpp"

namespace stile {
namespace {

bool is_literal_character(char c) {
  return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '~' || c == '-';
}

bool is_dot_segment(std::string_view text) { return text == "." || text == ".."; }

[[noreturn]] void refuse(std::string_view pattern, const std::string& reason) {
  throw std::invalid_argument(fmt::format("the route '{}' cannot be: {}", pattern, reason));
}

Segment parse_parameter(std::string_view pattern, std::string_view text) {
  if (!text.ends_with('}'))
    refuse(pattern, fmt::format("'{}' lacks its closing brace as its last character", text));
  auto name = text.substr(1, text.size() - 2);
  const bool rest = name.ends_with("...");
  if (rest) name.remove_suffix(3);
  if (!is_identifier(name)) {
    refuse(pattern,
           fmt::format("'{}' is no parameter: write {{name}} or {{name...}}, with a name of letters, digits "
                       "and underscores that does not begin with a digit",
                       text));
  }
  return {rest ? Segment::Kind::rest : Segment::Kind::parameter, std::string(name)};
}

Segment parse_segment(std::string_view pattern, std::string_view text) {
  if (text.empty()) refuse(pattern, "it has an empty segment");
  if (text.front() == '{') return parse_parameter(pattern, text);
  if (is_dot_segment(text)) refuse(pattern, "'.' and '..' are taken out of paths before they are matched");
  const auto strange = std::find_if_not(text.begin(), text.end(), is_literal_character);
  if (strange != text.end()) {
    refuse(
        pattern,
        fmt::format("'{}' may hold letters, digits and . _ ~ - only (a parameter is a whole segment)", text));
  }
  return {Segment::Kind::literal, std::string(text)};
}

void check_names(std::string_view pattern, const std::vector<Segment>& segments) {
  for (auto it = segments.begin(); it != segments.end(); ++it) {
    if (it->kind == Segment::Kind::literal) continue;
    if (it->kind == Segment::Kind::rest && it + 1 != segments.end()) {
      refuse(pattern,
             fmt::format("nothing can follow {{{}...}}, which takes the whole rest of the path", it->text));
    }
    const bool repeated = std::any_of(segments.begin(), it, [&](const Segment& earlier) {
      return earlier.kind != Segment::Kind::literal && earlier.text == it->text;
    });
    if (repeated) refuse(pattern, fmt::format("two parameters are called '{}'", it->text));
  }
}

// Decodes one segment of a path. False: its escapes are broken.
bool decode(std::string_view raw, std::string& out) {
  return percent_decode(raw, Plus::literal, out) == std::string_view::npos;
}

bool equals_literal(std::string_view raw, const std::string& literal) {
  if (raw.find('%') == std::string_view::npos) return raw == literal;
  std::string decoded;
  return decode(raw, decoded) && decoded == literal;
}

// Appends a segment's value where a parameter may have it.
bool append_value(std::string_view raw, std::string& out) {
  const auto begin = out.size();
  if (!decode(raw, out)) return false;
  const auto value = std::string_view(out).substr(begin);
  return !value.empty() && !is_dot_segment(value) &&
         value.find_first_of(std::string_view("/\0", 2)) == std::string_view::npos;
}

bool append_rest(std::string_view raw, std::string& out) {
  if (raw.empty()) return true;
  for (;;) {
    const auto slash = raw.find('/');
    if (!append_value(raw.substr(0, slash), out)) return false;
    if (slash == std::string_view::npos) return true;
    out.push_back('/');
    raw.remove_prefix(slash + 1);
  }
}

}  // namespace

Route Route::parse(std::string_view pattern) {
  if (!pattern.starts_with('/')) refuse(pattern, "it must begin with '/'");
  Route route;
  for (auto left = pattern.substr(1); pattern != "/";) {
    const auto slash = left.find('/');
    route.segments_.push_back(parse_segment(pattern, left.substr(0, slash)));
    if (slash == std::string_view::npos) break;
    left.remove_prefix(slash + 1);
  }
  check_names(pattern, route.segments_);
  return route;
}

Route Route::of_file(std::string_view file) {
  constexpr std::string_view extension = ".cpp";
  if (!file.ends_with(extension)) {
    throw std::invalid_argument(fmt::format("'{}' is no function file: its name must end in .cpp", file));
  }
  auto name = file.substr(0, file.size() - extension.size());
  if (name.starts_with('_') || name.find("/_") != std::string_view::npos) {
    throw std::invalid_argument(
        fmt::format("'{}' has no route: a name that begins with _ is shared code", file));
  }
  if (name.empty()) throw std::invalid_argument(fmt::format("'{}' has no route: it has no name", file));
  if (name == "index") return {};
  if (name.ends_with("/index")) name.remove_suffix(std::string_view("/index").size());
  return parse("/" + std::string(name));
}

Route Route::below(std::string_view prefix) const {
  if (prefix.empty() || prefix == "/") return *this;
  Route route = parse(prefix);
  for (const Segment& segment : route.segments_) {
    if (segment.kind != Segment::Kind::literal) refuse(prefix, "a prefix has no parameters");
  }
  route.segments_.insert(route.segments_.end(), segments_.begin(), segments_.end());
  return route;
}

std::string Route::pattern() const {
  std::string text;
  for (const auto& [kind, name] : segments_) {
    switch (kind) {
      case Segment::Kind::literal:
        text += "/" + name;
        break;
      case Segment::Kind::parameter:
        text += "/{" + name + "}";
        break;
      case Segment::Kind::rest:
        text += "/{" + name + "...}";
        break;
    }
  }
  return text.empty() ? "/" : text;
}

std::string Route::shape() const {
  Route nameless = *this;
  for (Segment& segment : nameless.segments_) {
    if (segment.kind != Segment::Kind::literal) segment.text.clear();
  }
  return nameless.pattern();
}

std::optional<std::vector<PathValue>> Route::match(std::string_view raw_path) const {
  if (!raw_path.starts_with('/')) return std::nullopt;
  std::vector<PathValue> values;
  std::optional<std::string_view> left = raw_path.substr(1);  // behind the last "/"; nothing: no "/" is left
  if (segments_.empty()) return left->empty() ? std::optional(std::move(values)) : std::nullopt;
  for (const Segment& segment : segments_) {
    if (!left) return std::nullopt;
    const auto slash = segment.kind == Segment::Kind::rest ? std::string_view::npos : left->find('/');
    const auto raw = left->substr(0, slash);
    left = slash == std::string_view::npos ? std::nullopt : std::optional(left->substr(slash + 1));
    if (segment.kind == Segment::Kind::literal) {
      if (!equals_literal(raw, segment.text)) return std::nullopt;
      continue;
    }
    PathValue& value = values.emplace_back(PathValue{segment.text, {}});
    const bool fits =
        segment.kind == Segment::Kind::rest ? append_rest(raw, value.value) : append_value(raw, value.value);
    if (!fits) return std::nullopt;
  }
  return left ? std::nullopt : std::optional(std::move(values));
}

// The kinds of all segments come first and texts only break ties: "/{b}/c" has to win over "/{a}/{x}".
bool wins_over(const Route& a, const Route& b) {
  const auto kinds = std::lexicographical_compare_three_way(
      a.segments_.begin(), a.segments_.end(), b.segments_.begin(), b.segments_.end(),
      [](const Segment& x, const Segment& y) { return x.kind <=> y.kind; });
  if (std::is_neq(kinds)) return std::is_lt(kinds);
  return std::lexicographical_compare(a.segments_.begin(), a.segments_.end(), b.segments_.begin(),
                                      b.segments_.end(),
                                      [](const Segment& x, const Segment& y) { return x.text < y.text; });
}

}  // namespace stile
