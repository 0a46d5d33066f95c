#include "stile/text_type.hpp"

#include <charconv>
#include <cmath>

#include "manifest/text.hpp"

namespace stile::detail {
namespace {

// std::from_chars takes neither blanks nor "+", and knows no locale.
template <class T>
bool read_all(std::string_view text, T& into) {
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, into);
  return error == std::errc{} && stopped == end;
}

template <class T>
bool take_finite(std::string_view text, const Place& place, T& into) {
  // It takes "inf" and "nan".
  return (read_all(text, into) && std::isfinite(into) && check_number(place, static_cast<double>(into))) ||
         place.refuse_text(text, expected_number(place));
}

}  // namespace

bool take_signed(std::string_view text, const Place& place, std::int64_t low, std::int64_t high,
                 std::int64_t& into) {
  return (read_all(text, into) && into >= low && into <= high && check_integer(place, into)) ||
         place.refuse_text(text, expected_integer(place, low, static_cast<std::uint64_t>(high)));
}

bool take_unsigned(std::string_view text, const Place& place, std::uint64_t high, std::uint64_t& into) {
  return (read_all(text, into) && into <= high && check_integer(place, into)) ||
         place.refuse_text(text, expected_integer(place, 0, high));
}

bool take_number(std::string_view text, const Place& place, float& into) {
  return take_finite(text, place, into);
}
bool take_number(std::string_view text, const Place& place, double& into) {
  return take_finite(text, place, into);
}
bool take_number(std::string_view text, const Place& place, long double& into) {
  return take_finite(text, place, into);
}

bool take_bool(std::string_view text, const Place& place, bool& into) {
  into = text == "true" || text == "1";
  return into || text == "false" || text == "0" || place.refuse_text(text, "true or false");
}

bool take_string(std::string_view text, const Place& place, std::string& into) {
  if (invalid_utf8_at(text) != std::string_view::npos) return place.refuse_text(text, "UTF-8 text");
  if (!check_string(place, text)) return place.refuse_text(text, expected_string(place));
  into = text;
  return true;
}

}  // namespace stile::detail
