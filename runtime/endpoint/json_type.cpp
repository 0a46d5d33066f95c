#include "stile/json_type.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "manifest/text.hpp"
#include "stile/bytes.hpp"

namespace stile::detail {
namespace {

using Kind = Rule::Kind;

// In the words of a person: from one bound to the other, where there are both.
std::string with_bounds(std::string_view what, const std::string& least, const std::string& most) {
  if (least.empty() && most.empty()) return std::string(what);
  if (most.empty()) return fmt::format("{}, at least {}", what, least);
  if (least.empty()) return fmt::format("{}, at most {}", what, most);
  return fmt::format("{} from {} to {}", what, least, most);
}

std::string in_words(Number number) {
  if (number.kind == Number::Kind::negative) return fmt::format("{}", static_cast<std::int64_t>(number.bits));
  if (number.kind == Number::Kind::integer) return fmt::format("{}", number.bits);
  return number.is_set() ? fmt::format("{}", number.as_double()) : "";
}

// Exactly, where one of the two is beyond what a double tells apart.
template <class I>
bool is_below(I value, Number bound) {
  if (bound.kind == Number::Kind::integer) return std::cmp_less(value, bound.bits);
  if (bound.kind == Number::Kind::negative)
    return std::cmp_less(value, static_cast<std::int64_t>(bound.bits));
  return bound.is_set() && static_cast<double>(value) < bound.as_double();
}
template <class I>
bool is_above(I value, Number bound) {
  if (bound.kind == Number::Kind::integer) return std::cmp_greater(value, bound.bits);
  if (bound.kind == Number::Kind::negative)
    return std::cmp_greater(value, static_cast<std::int64_t>(bound.bits));
  return bound.is_set() && static_cast<double>(value) > bound.as_double();
}

template <class I>
bool keeps_rules(const Place& place, I value) {
  if (const Rule* range = place.rule(Kind::range)) {
    if (is_below(value, range->low) || is_above(value, range->high)) return false;
  }
  const Rule* step = place.rule(Kind::multiple_of);
  return step == nullptr || value % static_cast<I>(step->low.bits) == 0;
}

std::uint64_t code_points(std::string_view text) {
  return static_cast<std::uint64_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string count_in_words(const Rule& rule, std::string_view unit) {
  const bool is_open = rule.high.bits == no_limit;
  if (is_open) return fmt::format("at least {} {}", rule.low.bits, unit);
  if (rule.low.bits == rule.high.bits) return fmt::format("{} {}", rule.low.bits, unit);
  if (rule.low.bits == 0) return fmt::format("at most {} {}", rule.high.bits, unit);
  return fmt::format("{} to {} {}", rule.low.bits, rule.high.bits, unit);
}

bool is_within(const Rule& rule, std::uint64_t count) {
  return count >= rule.low.bits && count <= rule.high.bits;
}

bool has_equal_elements(const Json& array) {
  std::vector<const Json*> elements;
  elements.reserve(array.size());
  for (const Json& element : array) elements.push_back(&element);
  std::sort(elements.begin(), elements.end(), [](const Json* a, const Json* b) { return *a < *b; });
  const auto equal = [](const Json* a, const Json* b) { return *a == *b; };
  return std::adjacent_find(elements.begin(), elements.end(), equal) != elements.end();
}

}  // namespace

std::string expected_integer(const Place& place, std::int64_t low, std::uint64_t high) {
  std::string least = fmt::format("{}", low);
  std::string most = fmt::format("{}", high);
  if (const Rule* range = place.rule(Kind::range)) {
    if (range->low.is_set()) least = in_words(range->low);
    if (range->high.is_set()) most = in_words(range->high);
  }
  std::string text = with_bounds("an integer", least, most);
  if (const Rule* step = place.rule(Kind::multiple_of))
    text += fmt::format(", a multiple of {}", step->low.bits);
  return text;
}

bool check_integer(const Place& place, std::int64_t value) { return keeps_rules(place, value); }
bool check_integer(const Place& place, std::uint64_t value) { return keeps_rules(place, value); }

std::string expected_number(const Place& place) {
  const Rule* range = place.rule(Kind::range);
  return range == nullptr ? "a number" : with_bounds("a number", in_words(range->low), in_words(range->high));
}

bool check_number(const Place& place, double value) {
  const Rule* range = place.rule(Kind::range);
  return range == nullptr || ((!range->low.is_set() || value >= range->low.as_double()) &&
                              (!range->high.is_set() || value <= range->high.as_double()));
}

bool take_signed(const Json& value, const Place& place, std::int64_t low, std::int64_t high,
                 std::int64_t& into) {
  // What does not fit into int64 is unsigned and too large.
  const bool is_unsigned = value.is_number_unsigned();
  const bool fits = is_unsigned ? std::cmp_less_equal(value.get<std::uint64_t>(), high)
                                : value.is_number_integer() && value.get<std::int64_t>() >= low &&
                                      value.get<std::int64_t>() <= high;
  if (fits) into = value.get<std::int64_t>();
  return (fits && keeps_rules(place, into)) ||
         place.refuse(value, expected_integer(place, low, static_cast<std::uint64_t>(high)));
}

bool take_unsigned(const Json& value, const Place& place, std::uint64_t high, std::uint64_t& into) {
  const bool is_natural =
      value.is_number_integer() && (value.is_number_unsigned() || value.get<std::int64_t>() >= 0);
  if (is_natural) into = value.get<std::uint64_t>();
  return (is_natural && into <= high && keeps_rules(place, into)) ||
         place.refuse(value, expected_integer(place, 0, high));
}

bool take_double(const Json& value, const Place& place, double largest, double& into) {
  if (value.is_number()) into = value.get<double>();
  return (value.is_number() && std::abs(into) <= largest && check_number(place, into)) ||
         place.refuse(value, expected_number(place));
}

bool take_bool(const Json& value, const Place& place, bool& into) {
  if (!value.is_boolean()) return place.refuse(value, "true or false");
  into = value.get<bool>();
  return true;
}

bool check_string(const Place& place, std::string_view value) {
  const Rule* length = place.rule(Kind::length);
  const Rule* pattern = place.rule(Kind::pattern);
  return (length == nullptr || is_within(*length, code_points(value))) &&
         (pattern == nullptr || pattern->engine->matches(pattern->view(), value));
}

std::string expected_string(const Place& place) {
  std::string text = "a string";
  if (const Rule* length = place.rule(Kind::length)) text += " of " + count_in_words(*length, "characters");
  if (const Rule* pattern = place.rule(Kind::pattern))
    text += fmt::format(" that matches {}", pattern->view());
  return text;
}

const std::string* take_string(const Json& value, const Place& place) {
  const auto* text = value.get_ptr<const std::string*>();
  if (text != nullptr && check_string(place, *text)) return text;
  place.refuse(value, expected_string(place));
  return nullptr;
}

bool take_bytes(const Json& value, const Place& place, std::vector<std::byte>& into) {
  const Rule* items = place.rule(Kind::items);
  if (const auto* text = value.get_ptr<const std::string*>()) {
    if (auto bytes = read_base64(*text); bytes && (items == nullptr || is_within(*items, bytes->size()))) {
      into = std::move(*bytes);
      return true;
    }
  }
  return place.refuse(value, items == nullptr ? "base64" : "base64 of " + count_in_words(*items, "bytes"));
}

std::string expected_array(const Place& place, bool is_set) {
  std::string text = "an array";
  if (const Rule* items = place.rule(Kind::items)) text += " of " + count_in_words(*items, "elements");
  if (is_set || place.rule(Kind::unique_items) != nullptr) text += ", none of them twice";
  return text;
}

namespace {

bool read_elements(const Json& value, const Place& place, bool is_sound, std::size_t most, void* container,
                   ReadElement read) {
  std::size_t index = 0;
  for (const Json& element : value) {
    if (index == most || (!is_sound && !place.goes_on())) break;
    is_sound = read(container, index, element, place.element(index)) && is_sound;
    ++index;
  }
  return is_sound;
}

// An array that is too long is refused already: what it could make of memory is not made.
std::size_t most_elements(const Rule* items, const Json& value) {
  return items == nullptr || items->high.bits > value.size() ? value.size() : items->high.bits;
}

bool read_list(const Json& value, const Place& place, bool is_set, void* container, ReadElement read) {
  const Rule* items = place.rule(Kind::items);
  const bool is_unique = is_set || place.rule(Kind::unique_items) != nullptr;
  const bool is_sound = (value.is_array() && (items == nullptr || is_within(*items, value.size())) &&
                         !(is_unique && has_equal_elements(value))) ||
                        place.refuse(value, expected_array(place, is_set));
  return value.is_array() &&
         read_elements(value, place, is_sound, most_elements(items, value), container, read);
}

}  // namespace

bool read_array(const Json& value, const Place& place, void* container, ReadElement read) {
  return read_list(value, place, false, container, read);
}
bool read_set(const Json& value, const Place& place, void* container, ReadElement read) {
  const auto faults = place.fault_count();
  const bool is_sound = read_list(value, place, true, container, read);
  // Two spellings of one value: times in other zones, numbers that a double can't tell apart.
  return is_sound || place.fault_count() > faults || place.refuse(value, expected_array(place, true));
}

bool read_fixed_array(const Json& value, const Place& place, std::size_t size, void* container,
                      ReadElement read) {
  const bool is_sound = (value.is_array() && value.size() == size) ||
                        place.refuse(value, fmt::format("an array of {} elements", size));
  return value.is_array() && read_elements(value, place, is_sound, size, container, read);
}

bool read_map(const Json& value, const Place& place, void* container, ReadMember read) {
  const Rule* items = place.rule(Kind::items);
  bool is_sound = (value.is_object() && (items == nullptr || is_within(*items, value.size()))) ||
                  place.refuse(value, items == nullptr ? "an object"
                                                       : "an object of " + count_in_words(*items, "members"));
  if (!value.is_object()) return false;
  auto left = most_elements(items, value);
  for (auto member = value.begin(); left > 0 && (is_sound || place.goes_on()); ++member, --left)
    is_sound = read(container, member.key(), *member, place.member(member.key())) && is_sound;
  return is_sound;
}

std::optional<std::size_t> find_name(std::span<const std::string_view> names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names.begin());
}

std::optional<std::size_t> take_name(const Json& value, const Place& place,
                                     std::span<const std::string_view> names) {
  const auto* text = value.get_ptr<const std::string*>();
  const auto found = text == nullptr ? std::nullopt : find_name(names, *text);
  if (!found) place.refuse(value, expected_one_of(names));
  return found;
}

bool is_null_allowed(const Place& place) { return place.rule(Kind::not_null) == nullptr; }

Schema nullable_schema(Schema schema, RulesInUse& rules) {
  return rules.take(Kind::not_null) != nullptr ? schema : or_null(std::move(schema));
}

std::string expected_one_of(std::span<const std::string_view> names) {
  std::string text = names.size() == 1 ? "" : "one of: ";
  for (std::size_t i = 0; i < names.size(); ++i) text.append(i == 0 ? "" : ", ").append(names[i]);
  return text;
}

// ---- writing ----

namespace {

template <class Number>
void append_number(std::string& out, Number value) {
  char text[32];  // NOLINT(cppcoreguidelines-pro-type-member-init): written first
  const auto [end, error] = std::to_chars(text, text + sizeof(text), value);
  out.append(text, end);
}

// The two hexadecimal digits of \u00XX, and the letters of the short escapes.
void append_escaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    default:
      constexpr std::string_view digits = "0123456789abcdef";
      const auto byte = static_cast<unsigned char>(c);
      out.append("\\u00").append({digits[byte >> 4U], digits[byte & 15U]});
  }
}

constexpr std::string_view replacement = "\xEF\xBF\xBD";

}  // namespace

void write_null(std::string& out) { out += "null"; }

void write_before(std::string& out, char opening, bool& is_first) {
  out += is_first ? opening : ',';
  is_first = false;
}

void write_after(std::string& out, std::string_view brackets, bool is_empty) {
  is_empty ? out += brackets : out += brackets[1];
}

void write_key(std::string& out, std::string_view name) {
  write_string(out, name);
  out += ':';
}

void write_integer(std::string& out, std::int64_t value) { append_number(out, value); }
void write_integer(std::string& out, std::uint64_t value) { append_number(out, value); }
void write_number(std::string& out, double value) {
  std::isfinite(value) ? append_number(out, value) : write_null(out);
}
void write_number(std::string& out, float value) {
  std::isfinite(value) ? append_number(out, value) : write_null(out);
}

void write_string(std::string& out, std::string_view value) {
  out += '"';
  // Runs of what stands for itself are copied as a whole. Most texts are one.
  std::size_t valid = valid_utf8_length(value);
  std::size_t begin = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (i < valid && c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20) continue;
    out.append(value.substr(begin, i - begin));
    begin = i + 1;
    if (i < valid) {
      append_escaped(out, c);
      continue;
    }
    out.append(replacement);
    valid = begin + valid_utf8_length(value.substr(begin));
  }
  out.append(value.substr(begin)).append("\"");
}

void write_bytes(std::string& out, const std::vector<std::byte>& value) {
  out.append("\"").append(print_base64(value)).append("\"");
}

void write_json(std::string& out, const Json& value) { out += print_json(value); }

}  // namespace stile::detail
