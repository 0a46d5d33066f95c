// From the text of a parameter to C++ values, strictly: all of the text, within the type's range and rules, no silent loss.
// And types that are a string in JSON: specialise TextForm<T> for one of your own. Pure; any thread.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <ratio>
#include <string>
#include <string_view>

#include <stile/json_type.hpp>
#include <stile/time.hpp>
#include <stile/uuid.hpp>

namespace stile {

/// A type that is written as a string, in JSON and in parameters: `std::optional<T> read(std::string_view)`,
/// `std::string print(const T&)`, `expected` ("a date like 2026-05-01"), and `format` of JSON Schema, or "".
template <class T>
struct TextForm;

template <class T>
concept HasTextForm = requires(std::string_view text, const T& value) {
  { TextForm<T>::read(text) } -> std::same_as<std::optional<T>>;
  { TextForm<T>::print(value) } -> std::convertible_to<std::string>;
  { TextForm<T>::expected } -> std::convertible_to<std::string_view>;
  { TextForm<T>::format } -> std::convertible_to<std::string_view>;
};

/// read() as JsonType's, of a parameter's text.
template <class T>
struct TextType;

template <class T>
concept ReadableText = requires(std::string_view text, const Place& place, T& into) {
  { TextType<T>::read(text, place, into) } -> std::same_as<bool>;
}
&&std::default_initializable<T>;

namespace detail {

// Compiled once, in the library.
bool take_signed(std::string_view text, const Place& place, std::int64_t low, std::int64_t high,
                 std::int64_t& into);
bool take_unsigned(std::string_view text, const Place& place, std::uint64_t high, std::uint64_t& into);
bool take_number(std::string_view text, const Place& place, float& into);
bool take_number(std::string_view text, const Place& place, double& into);
bool take_number(std::string_view text, const Place& place, long double& into);
bool take_bool(std::string_view text, const Place& place, bool& into);
bool take_string(std::string_view text, const Place& place, std::string& into);

}  // namespace detail

/// In whatever unit: what is finer is cut off. Nanoseconds, of which std::chrono::system_clock's times are made, reach from
/// the year 1677 to 2262 alone: what is beyond is refused, and no schema says so. Use stile::Time.
template <class Duration>
struct TextForm<std::chrono::sys_time<Duration>> {
  using T = std::chrono::sys_time<Duration>;
  static std::optional<T> read(std::string_view text) {
    const auto time = read_time(text);
    if (!time) return std::nullopt;
    if constexpr (std::ratio_less_v<typename Duration::period, std::micro>) {
      using std::chrono::floor;
      if (*time <= floor<Time::duration>(T::min()) || *time > floor<Time::duration>(T::max()))
        return std::nullopt;
    }
    return std::chrono::floor<Duration>(*time);
  }
  static std::string print(const T& value) {
    return print_time(std::chrono::floor<std::chrono::microseconds>(value));
  }
  static constexpr std::string_view expected = "a time like 2026-05-01T12:30:00Z (RFC 3339)";
  static constexpr std::string_view format = "date-time";
};

template <>
struct TextForm<Date> {
  static std::optional<Date> read(std::string_view text) { return read_date(text); }
  static std::string print(const Date& value) { return print_date(value); }
  static constexpr std::string_view expected = "a date like 2026-05-01 (RFC 3339)";
  static constexpr std::string_view format = "date";
};

template <>
struct TextForm<Uuid> {
  static std::optional<Uuid> read(std::string_view text) { return read_uuid(text); }
  static std::string print(const Uuid& value) { return print_uuid(value); }
  static constexpr std::string_view expected = "a UUID like f81d4fae-7dec-11d0-a765-00a0c91e6bf6";
  static constexpr std::string_view format = "uuid";
};

template <HasTextForm T>
struct JsonType<T> {
  static bool read(const Json& value, const Place& place, T& into) {
    const auto* text = value.get_ptr<const std::string*>();
    auto found = text == nullptr ? std::nullopt : TextForm<T>::read(*text);
    if (!found) return place.refuse(value, TextForm<T>::expected);
    if (!detail::check_string(place, *text)) return place.refuse(value, detail::expected_string(place));
    into = *std::move(found);
    return true;
  }
  static void write(std::string& out, const T& value) {
    detail::write_string(out, TextForm<T>::print(value));
  }
  static Schema schema(Schemas& /*schemas*/, RulesInUse& rules) {
    return detail::string_schema(rules, TextForm<T>::format);
  }
};

template <HasTextForm T>
struct TextType<T> {
  static bool read(std::string_view text, const Place& place, T& into) {
    auto found = TextForm<T>::read(text);
    if (!found) return place.refuse_text(text, TextForm<T>::expected);
    if (!detail::check_string(place, text)) return place.refuse_text(text, detail::expected_string(place));
    into = *std::move(found);
    return true;
  }
};

template <>
struct TextType<std::string> {
  static bool read(std::string_view text, const Place& place, std::string& into) {
    return detail::take_string(text, place, into);
  }
};

template <>
struct TextType<bool> {
  static bool read(std::string_view text, const Place& place, bool& into) {
    return detail::take_bool(text, place, into);
  }
};

template <detail::Integer T>
struct TextType<T> {
  using Bounds = std::numeric_limits<T>;
  static bool read(std::string_view text, const Place& place, T& into) {
    typename JsonType<T>::Wide wide{};
    if constexpr (std::signed_integral<T>) {
      if (!detail::take_signed(text, place, Bounds::min(), Bounds::max(), wide)) return false;
    } else {
      if (!detail::take_unsigned(text, place, Bounds::max(), wide)) return false;
    }
    into = static_cast<T>(wide);
    return true;
  }
};

template <std::floating_point T>
struct TextType<T> {
  static bool read(std::string_view text, const Place& place, T& into) {
    return detail::take_number(text, place, into);
  }
};

template <detail::DescribedEnum T>
struct TextType<T> {
  static bool read(std::string_view text, const Place& place, T& into) {
    using Enumerators = detail::Enumerators<T>;
    const auto found = detail::find_name(Enumerators::names, text);
    if (!found) return place.refuse_text(text, detail::expected_one_of(Enumerators::names));
    into = Enumerators::values[*found];
    return true;
  }
};

}  // namespace stile
