#include "stile/text_type.hpp"

#include <charconv>
#include <cmath>
#include <limits>

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

// What is nearer to zero than a T can be is zero, as in JSON.
template <class T>
bool read_number(std::string_view text, T& into) {
  if (read_all(text, into)) return true;
  long double wide = 0;
  if (!read_all(text, wide) || std::abs(wide) >= 1) return false;
  into = 0;
  return true;
}

template <class T>
bool take_finite(std::string_view text, const Place& place, T& into) {
  // It takes "inf" and "nan".
  return (read_number(text, into) && std::isfinite(into) && check_number(place, static_cast<double>(into))) ||
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

// Its rules are a double's: 0.1 is not above 0.1, though the nearest float is.
bool take_number(std::string_view text, const Place& place, float& into) {
  double exact = 0;
  if (!read_number(text, exact) || !(std::abs(exact) <= double{std::numeric_limits<float>::max()}) ||
      !check_number(place, exact))
    return place.refuse_text(text, expected_number(place));
  into = static_cast<float>(exact);
  return true;
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
