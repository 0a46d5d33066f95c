// Between JSON and C++ types: how a T is read from JSON, how it is written, and its JSON Schema. Structs are in
// described.hpp. Specialise JsonType<T> for a type of your own. Pure; any thread.
#pragma once

#include <algorithm>
#include <array>
#include <boost/describe/enum.hpp>
#include <boost/describe/enumerators.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include <stile/json.hpp>
#include <stile/place.hpp>
#include <stile/schema.hpp>

namespace stile {

/// read() fills `into`, or has `place` refuse what came and gives false; write() appends JSON text; schema() says both.
template <class T>
struct JsonType;

template <class T>
concept ReadableJson = requires(const Json& value, const Place& place, T& into) {
  { JsonType<T>::read(value, place, into) } -> std::same_as<bool>;
}
&&std::default_initializable<T>;

template <class T>
concept WritableJson = requires(std::string& out, const T& value) {
  JsonType<T>::write(out, value);
};

/// Compact JSON of a value.
template <WritableJson T>
std::string json_text(const T& value) {
  std::string text;
  JsonType<T>::write(text, value);
  return text;
}

namespace detail {

template <class T>
concept Integer =
    std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> && !std::same_as<T, wchar_t> &&
    !std::same_as<T, char8_t> && !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

template <class T>
concept DescribedEnum = std::is_enum_v<T> && requires {
  typename boost::describe::describe_enumerators<T>;
};

// Compiled once, in the library. Each of the first ones keeps the rules of its place, and refuses by them.
bool take_signed(const Json& value, const Place& place, std::int64_t low, std::int64_t high,
                 std::int64_t& into);
bool take_unsigned(const Json& value, const Place& place, std::uint64_t high, std::uint64_t& into);
/// Not beyond `largest`.
bool take_double(const Json& value, const Place& place, double largest, double& into);
bool take_bool(const Json& value, const Place& place, bool& into);
/// Nullptr where it was refused.
const std::string* take_string(const Json& value, const Place& place);
bool take_bytes(const Json& value, const Place& place, std::vector<std::byte>& into);
/// Where one of `names` came, which; nothing where it was refused.
std::optional<std::size_t> take_name(const Json& value, const Place& place,
                                     std::span<const std::string_view> names);
/// Reads one element into the container, at that index.
using ReadElement = bool (*)(void* container, std::size_t index, const Json& value, const Place& place);
/// Has `read` take the elements one after another, as far as faults leave room for more.
bool read_array(const Json& value, const Place& place, void* container, ReadElement read);
/// None of them twice.
bool read_set(const Json& value, const Place& place, void* container, ReadElement read);
bool read_fixed_array(const Json& value, const Place& place, std::size_t size, void* container,
                      ReadElement read);
using ReadMember = bool (*)(void* container, const std::string& key, const Json& value, const Place& place);
bool read_map(const Json& value, const Place& place, void* container, ReadMember read);
bool is_null_allowed(const Place& place);
Schema nullable_schema(Schema schema, RulesInUse& rules);
/// `expected` of integers, by type and rules.
std::string expected_integer(const Place& place, std::int64_t low, std::uint64_t high);
bool check_integer(const Place& place, std::int64_t value);
bool check_integer(const Place& place, std::uint64_t value);
std::string expected_number(const Place& place);
bool check_number(const Place& place, double value);
std::string expected_string(const Place& place);
std::string expected_array(const Place& place, bool is_set);
/// Length and pattern of what is UTF-8.
bool check_string(const Place& place, std::string_view value);

void write_null(std::string& out);
/// What stands before an element: the opening bracket, or a comma.
void write_before(std::string& out, char opening, bool& is_first);
/// What stands after the last one.
void write_after(std::string& out, std::string_view brackets, bool is_empty);
/// The name and a colon.
void write_key(std::string& out, std::string_view name);
void write_integer(std::string& out, std::int64_t value);
void write_integer(std::string& out, std::uint64_t value);
/// The shortest text that is read back as the same value; null for what is no number.
void write_number(std::string& out, double value);
void write_number(std::string& out, float value);
/// In quotes; what is not UTF-8 becomes U+FFFD.
void write_string(std::string& out, std::string_view value);
void write_bytes(std::string& out, const std::vector<std::byte>& value);
void write_json(std::string& out, const Json& value);

std::string expected_one_of(std::span<const std::string_view> names);
/// The place of `name` among `names`; nothing where it is none of them.
std::optional<std::size_t> find_name(std::span<const std::string_view> names, std::string_view name);

/// Of a described enum: names and values, in the same order.
template <DescribedEnum T>
struct Enumerators {
  static constexpr auto names = []<template <class...> class List, class... E>(List<E...>*) {
    return std::array<std::string_view, sizeof...(E)>{E::name...};
  }(static_cast<boost::describe::describe_enumerators<T>*>(nullptr));
  static constexpr auto values = []<template <class...> class List, class... E>(List<E...>*) {
    return std::array<T, sizeof...(E)>{E::value...};
  }(static_cast<boost::describe::describe_enumerators<T>*>(nullptr));
  /// Empty for a value that has none: one that its author has computed.
  static constexpr std::string_view name_of(T value) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i] == value) return names[i];
    }
    return {};
  }
};

/// Whether a struct's member of that type may be left out by itself.
template <class T>
inline constexpr bool may_be_absent = false;
template <class T>
inline constexpr bool may_be_absent<std::optional<T>> = true;

template <class T>
Schema element_schema(Schemas& schemas, RulesInUse& rules) {
  rules.enter();
  Schema schema = JsonType<T>::schema(schemas, rules);
  annotate(schema, rules);
  rules.leave();
  return schema;
}

template <class Range>
void write_array(std::string& out, const Range& range) {
  bool is_first = true;
  for (const auto& element : range) {
    write_before(out, '[', is_first);
    JsonType<std::remove_cvref_t<decltype(element)>>::write(out, element);
  }
  write_after(out, "[]", is_first);
}

}  // namespace detail

/// What has no fixed shape.
template <>
struct JsonType<Json> {
  static bool read(const Json& value, const Place& /*place*/, Json& into) {
    into = value;
    return true;
  }
  static void write(std::string& out, const Json& value) { detail::write_json(out, value); }
  static Schema schema(Schemas& /*schemas*/, RulesInUse& /*rules*/) { return {}; }
};

template <>
struct JsonType<std::string> {
  static bool read(const Json& value, const Place& place, std::string& into) {
    const std::string* text = detail::take_string(value, place);
    if (text == nullptr) return false;
    into = *text;
    return true;
  }
  static void write(std::string& out, const std::string& value) { detail::write_string(out, value); }
  static Schema schema(Schemas& /*schemas*/, RulesInUse& rules) { return detail::string_schema(rules, ""); }
};

template <>
struct JsonType<std::string_view> {
  static void write(std::string& out, std::string_view value) { detail::write_string(out, value); }
  static Schema schema(Schemas& /*schemas*/, RulesInUse& rules) { return detail::string_schema(rules, ""); }
};

template <>
struct JsonType<bool> {
  static bool read(const Json& value, const Place& place, bool& into) {
    return detail::take_bool(value, place, into);
  }
  static void write(std::string& out, bool value) { out += value ? "true" : "false"; }
  static Schema schema(Schemas& /*schemas*/, RulesInUse& /*rules*/) { return detail::boolean_schema(); }
};

template <detail::Integer T>
struct JsonType<T> {
  using Bounds = std::numeric_limits<T>;
  using Wide = std::conditional_t<std::signed_integral<T>, std::int64_t, std::uint64_t>;
  static bool read(const Json& value, const Place& place, T& into) {
    Wide wide{};
    if constexpr (std::signed_integral<T>) {
      if (!detail::take_signed(value, place, Bounds::min(), Bounds::max(), wide)) return false;
    } else {
      if (!detail::take_unsigned(value, place, Bounds::max(), wide)) return false;
    }
    into = static_cast<T>(wide);
    return true;
  }
  static void write(std::string& out, T value) { detail::write_integer(out, static_cast<Wide>(value)); }
  static Schema schema(Schemas& /*schemas*/, RulesInUse& rules) {
    return detail::integer_schema(rules, static_cast<std::int64_t>(Bounds::min()), Bounds::max());
  }
};

template <std::floating_point T>
struct JsonType<T> {
  static bool read(const Json& value, const Place& place, T& into) {
    constexpr auto largest = static_cast<double>(std::numeric_limits<float>::max());
    double number = 0;
    if (!detail::take_double(value, place,
                             std::same_as<T, float> ? largest : std::numeric_limits<double>::max(), number))
      return false;
    into = static_cast<T>(number);
    return true;
  }
  static void write(std::string& out, T value) {
    if constexpr (std::same_as<T, float>) {
      detail::write_number(out, value);
    } else {
      detail::write_number(out, static_cast<double>(value));
    }
  }
  static Schema schema(Schemas& /*schemas*/, RulesInUse& rules) {
    return detail::number_schema(rules, std::same_as<T, float> ? "float" : "double");
  }
};

template <detail::DescribedEnum T>
struct JsonType<T> {
  using Enumerators = detail::Enumerators<T>;
  static bool read(const Json& value, const Place& place, T& into) {
    const auto found = detail::take_name(value, place, Enumerators::names);
    if (found) into = Enumerators::values[*found];
    return found.has_value();
  }
  static void write(std::string& out, T value) {
    const auto name = Enumerators::name_of(value);
    name.empty() ? detail::write_null(out) : detail::write_string(out, name);
  }
  static Schema schema(Schemas& /*schemas*/, RulesInUse& /*rules*/) {
    return detail::enum_schema(Enumerators::names);
  }
};

/// base64 (RFC 4648, section 4).
template <>
struct JsonType<std::vector<std::byte>> {
  static bool read(const Json& value, const Place& place, std::vector<std::byte>& into) {
    return detail::take_bytes(value, place, into);
  }
  static void write(std::string& out, const std::vector<std::byte>& value) {
    detail::write_bytes(out, value);
  }
  static Schema schema(Schemas& /*schemas*/, RulesInUse& rules) { return detail::bytes_schema(rules); }
};

/// null is nothing, and so is a member that is left out.
template <class T>
struct JsonType<std::optional<T>> {
  static bool read(const Json& value, const Place& place, std::optional<T>& into) requires ReadableJson<T> {
    if (value.is_null() && detail::is_null_allowed(place)) {
      into.reset();
      return true;
    }
    return JsonType<T>::read(value, place, into.emplace());
  }
  static void write(std::string& out, const std::optional<T>& value) requires WritableJson<T> {
    if (value) return JsonType<T>::write(out, *value);
    detail::write_null(out);
  }
  static Schema schema(Schemas& schemas, RulesInUse& rules) {
    return detail::nullable_schema(JsonType<T>::schema(schemas, rules), rules);
  }
};

template <class T>
struct JsonType<std::vector<T>> {
  static bool read(const Json& value, const Place& place, std::vector<T>& into) requires ReadableJson<T> {
    into.clear();
    return detail::read_array(value, place, &into, &read_element);
  }
  static void write(std::string& out, const std::vector<T>& value) requires WritableJson<T> {
    detail::write_array(out, value);
  }
  static Schema schema(Schemas& schemas, RulesInUse& rules) {
    Schema schema = detail::array_schema(rules, false);
    return schema.set("items", detail::element_schema<T>(schemas, rules));
  }

 private:
  static bool read_element(void* container, std::size_t /*index*/, const Json& value, const Place& place) {
    auto& list = *static_cast<std::vector<T>*>(container);
    if constexpr (std::same_as<T, bool>) {  // whose elements are no bool
      bool one = false;
      const bool is_sound = JsonType<bool>::read(value, place, one);
      list.push_back(one);
      return is_sound;
    } else {
      return JsonType<T>::read(value, place, list.emplace_back());
    }
  }
};

template <class T>
struct JsonType<std::set<T>> {
  static bool read(const Json& value, const Place& place, std::set<T>& into) requires ReadableJson<T> {
    into.clear();
    return detail::read_set(value, place, &into, &read_element);
  }
  static void write(std::string& out, const std::set<T>& value) requires WritableJson<T> {
    detail::write_array(out, value);
  }
  static Schema schema(Schemas& schemas, RulesInUse& rules) {
    Schema schema = detail::array_schema(rules, true);
    return schema.set("items", detail::element_schema<T>(schemas, rules));
  }

 private:
  static bool read_element(void* container, std::size_t /*index*/, const Json& value, const Place& place) {
    T one{};
    return JsonType<T>::read(value, place, one) &&
           static_cast<std::set<T>*>(container)->insert(std::move(one)).second;
  }
};

template <class T, std::size_t N>
struct JsonType<std::array<T, N>> {
  static bool read(const Json& value, const Place& place, std::array<T, N>& into) requires ReadableJson<T> {
    return detail::read_fixed_array(value, place, N, &into, &read_element);
  }
  static void write(std::string& out, const std::array<T, N>& value) requires WritableJson<T> {
    detail::write_array(out, value);
  }
  static Schema schema(Schemas& schemas, RulesInUse& rules) {
    Schema schema = detail::fixed_array_schema(N);
    return schema.set("items", detail::element_schema<T>(schemas, rules));
  }

 private:
  static bool read_element(void* container, std::size_t index, const Json& value, const Place& place) {
    return JsonType<T>::read(value, place, (*static_cast<std::array<T, N>*>(container))[index]);
  }
};

namespace detail {
template <class Map>
struct MapJsonType {
  using T = typename Map::mapped_type;
  static bool read(const Json& value, const Place& place, Map& into) requires ReadableJson<T> {
    into.clear();
    return read_map(value, place, &into, &read_member);
  }
  static void write(std::string& out, const Map& value) requires WritableJson<T> {
    bool is_first = true;
    for (const auto& [name, member] : value) {
      write_before(out, '{', is_first);
      write_key(out, name);
      JsonType<T>::write(out, member);
    }
    write_after(out, "{}", is_first);
  }
  static Schema schema(Schemas& schemas, RulesInUse& rules) {
    Schema schema = map_schema(rules);
    return schema.set("additionalProperties", element_schema<T>(schemas, rules));
  }

 private:
  static bool read_member(void* container, const std::string& key, const Json& value, const Place& place) {
    return JsonType<T>::read(value, place, (*static_cast<Map*>(container))[key]);
  }
};
}  // namespace detail

template <class T>
struct JsonType<std::map<std::string, T>> : detail::MapJsonType<std::map<std::string, T>> {};
template <class T>
struct JsonType<std::unordered_map<std::string, T>>
    : detail::MapJsonType<std::unordered_map<std::string, T>> {
  // Its hash is known: names chosen to have the same one would cost a second for each few thousand.
  static bool read(const Json& value, const Place& place, std::unordered_map<std::string, T>& into) = delete;
};

}  // namespace stile
