#include "stile/conversion.hpp"

#include <fmt/core.h>

#include <charconv>
#include <cmath>

#include "endpoint/quote.hpp"
#include "manifest/text.hpp"
#include "stile/problem.hpp"

namespace stile {
namespace {

// std::from_chars takes neither blanks nor "+", and knows no locale.
template <class T>
std::optional<T> read_all(std::string_view text) {
  T value{};
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  return value;
}

template <class T>
bool read_finite(std::string_view text, T& value) {
  const auto read = read_all<T>(text);  // takes "inf" and "nan"
  if (!read || !std::isfinite(*read)) return false;
  value = *read;
  return true;
}

// A value as the detail of a problem shows it: scalars as they are, the others by their kind.
std::string shown(const Json& value) {
  switch (value.type()) {
    case Json::value_t::object:
      return "an object";
    case Json::value_t::array:
      return "an array";
    case Json::value_t::string:
      return quote(value.get_ref<const std::string&>());
    default:
      return print_json(value);
  }
}

std::string escape_pointer(std::string_view key) {
  std::string escaped;
  for (const char c : key) {
    if (c == '~') {
      escaped += "~0";
    } else if (c == '/') {
      escaped += "~1";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

Problem problem_at(const std::string& pointer, std::string_view what) {
  const std::string where = pointer.empty() ? "the body" : "the body at " + quote(pointer);
  return Problem(400, fmt::format("{} {}", where, what))
      .with("parameter", {{"in", "body"}, {"pointer", pointer}});
}

}  // namespace

std::string JsonPlace::pointer() const {
  if (parent_ == nullptr) return {};
  const std::string own = key_.data() == nullptr ? std::to_string(index_) : escape_pointer(key_);
  return parent_->pointer() + "/" + own;
}

void JsonPlace::refuse(const Json& came, std::string_view expected) const {
  throw problem_at(pointer(), fmt::format("is {}; expected {}", shown(came), expected));
}

void JsonPlace::refuse_missing() const { throw problem_at(pointer(), "is missing"); }

namespace detail {

std::optional<std::int64_t> read_signed(std::string_view text) { return read_all<std::int64_t>(text); }
std::optional<std::uint64_t> read_unsigned(std::string_view text) { return read_all<std::uint64_t>(text); }
bool read_floating(std::string_view text, float& value) { return read_finite(text, value); }
bool read_floating(std::string_view text, double& value) { return read_finite(text, value); }
bool read_floating(std::string_view text, long double& value) { return read_finite(text, value); }

std::optional<bool> read_bool(std::string_view text) {
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return std::nullopt;
}

std::optional<std::string> read_utf8(std::string_view text) {
  if (invalid_utf8_at(text) != std::string_view::npos) return std::nullopt;
  return std::string(text);
}

std::string expected_integer(std::int64_t low, std::uint64_t high) {
  return fmt::format("an integer from {} to {}", low, high);
}

std::int64_t signed_of(const Json& value, const JsonPlace& place, std::int64_t low, std::int64_t high) {
  // What does not fit into int64 is unsigned and too large.
  const bool unsigned_value = value.is_number_unsigned();
  if (unsigned_value && std::cmp_less_equal(value.get<std::uint64_t>(), high))
    return value.get<std::int64_t>();
  if (value.is_number_integer() && !unsigned_value) {
    const auto number = value.get<std::int64_t>();
    if (number >= low && number <= high) return number;
  }
  place.refuse(value, expected_integer(low, static_cast<std::uint64_t>(high)));
}

std::uint64_t unsigned_of(const Json& value, const JsonPlace& place, std::uint64_t high) {
  if (value.is_number_integer() && (value.is_number_unsigned() || value.get<std::int64_t>() >= 0)) {
    const auto number = value.get<std::uint64_t>();
    if (number <= high) return number;
  }
  place.refuse(value, expected_integer(0, high));
}

double double_of(const Json& value, const JsonPlace& place) {
  if (!value.is_number()) place.refuse(value, "a number");
  return value.get<double>();
}

const std::string& string_of(const Json& value, const JsonPlace& place) {
  if (!value.is_string()) place.refuse(value, "a string");
  return value.get_ref<const std::string&>();
}

}  // namespace detail
}  // namespace stile
