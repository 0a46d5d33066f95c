// From text and from JSON to C++ values, strictly: all of the text, within the type's range, no silent loss.
// Pure; any thread. Specialise FromJson<T> for a type of your own, and Body<T> takes it.
#pragma once

#include <boost/describe/enumerators.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include <stile/json.hpp>

namespace stile {

/// Where a JSON value stands in the body. Lives on the stack of the conversion, as a chain up to the whole.
class JsonPlace {
 public:
  JsonPlace() = default;
  JsonPlace member(std::string_view key) const { return {this, key, 0}; }
  JsonPlace element(std::size_t index) const { return {this, {}, index}; }
  /// A JSON Pointer (RFC 6901); empty for the whole body.
  std::string pointer() const;
  /// Throws Problem 400: says where, what came, and what was `expected` ("a string").
  [[noreturn]] void refuse(const Json& came, std::string_view expected) const;
  /// The same for a value that is not there.
  [[noreturn]] void refuse_missing() const;

 private:
  JsonPlace(const JsonPlace* parent, std::string_view key, std::size_t index)
      : parent_(parent), key_(key), index_(index) {}
  const JsonPlace* parent_ = nullptr;
  std::string_view key_;  // data() is null for an element
  std::size_t index_ = 0;
};

/// Converts text: read() gives nothing where it is no T; expected() then says what would be one.
template <class T>
struct FromText;

/// Converts JSON: read() throws as JsonPlace::refuse() does.
template <class T>
struct FromJson;

template <class T>
concept ReadableText = requires(std::string_view text) {
  { FromText<T>::read(text) } -> std::same_as<std::optional<T>>;
  { FromText<T>::expected() } -> std::convertible_to<std::string>;
};

template <class T>
concept ReadableJson = requires(const Json& value, const JsonPlace& place) {
  { FromJson<T>::read(value, place) } -> std::same_as<T>;
};

namespace detail {

template <class T>
concept Integer =
    std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> && !std::same_as<T, wchar_t> &&
    !std::same_as<T, char8_t> && !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

template <class T>
concept DescribedEnum = std::is_enum_v<T> && requires {
  typename boost::describe::describe_enumerators<T>;
};

// Compiled once, in the library.
std::optional<std::int64_t> read_signed(std::string_view text);
std::optional<std::uint64_t> read_unsigned(std::string_view text);
bool read_floating(std::string_view text, float& value);
bool read_floating(std::string_view text, double& value);
bool read_floating(std::string_view text, long double& value);
std::optional<bool> read_bool(std::string_view text);
std::optional<std::string> read_utf8(std::string_view text);
std::string expected_integer(std::int64_t low, std::uint64_t high);
std::int64_t signed_of(const Json& value, const JsonPlace& place, std::int64_t low, std::int64_t high);
std::uint64_t unsigned_of(const Json& value, const JsonPlace& place, std::uint64_t high);
double double_of(const Json& value, const JsonPlace& place);
const std::string& string_of(const Json& value, const JsonPlace& place);

/// Calls visit(name, value) for each enumerator.
template <class T, template <class...> class List, class... E, class Visit>
constexpr void visit_enumerators(List<E...>* /*enumerators*/, Visit visit) {
  (visit(std::string_view(E::name), E::value), ...);
}
template <DescribedEnum T>
std::optional<T> enumerator_of(std::string_view name) {
  std::optional<T> found;
  visit_enumerators<T>(static_cast<boost::describe::describe_enumerators<T>*>(nullptr),
                       [&](std::string_view each, T value) {
                         if (each == name) found = value;
                       });
  return found;
}
template <DescribedEnum T>
std::string expected_enumerator() {
  std::string names;
  visit_enumerators<T>(
      static_cast<boost::describe::describe_enumerators<T>*>(nullptr),
      [&](std::string_view each, T) { names.append(names.empty() ? "" : ", ").append(each); });
  return "one of: " + names;
}

}  // namespace detail

template <>
struct FromText<std::string> {
  static std::optional<std::string> read(std::string_view text) { return detail::read_utf8(text); }
  static std::string expected() { return "UTF-8 text"; }
};

template <>
struct FromText<bool> {
  static std::optional<bool> read(std::string_view text) { return detail::read_bool(text); }
  static std::string expected() { return "true or false"; }
};

template <detail::Integer T>
struct FromText<T> {
  using Limits = std::numeric_limits<T>;
  static std::optional<T> read(std::string_view text) {
    if constexpr (std::signed_integral<T>) {
      const auto value = detail::read_signed(text);
      if (value && *value >= Limits::min() && *value <= Limits::max()) return static_cast<T>(*value);
    } else {
      const auto value = detail::read_unsigned(text);
      if (value && *value <= Limits::max()) return static_cast<T>(*value);
    }
    return std::nullopt;
  }
  static std::string expected() {
    return detail::expected_integer(static_cast<std::int64_t>(Limits::min()), Limits::max());
  }
};

template <std::floating_point T>
struct FromText<T> {
  static std::optional<T> read(std::string_view text) {
    T value{};
    return detail::read_floating(text, value) ? std::optional(value) : std::nullopt;
  }
  static std::string expected() { return "a number"; }
};

template <detail::DescribedEnum T>
struct FromText<T> {
  static std::optional<T> read(std::string_view text) { return detail::enumerator_of<T>(text); }
  static std::string expected() { return detail::expected_enumerator<T>(); }
};

template <>
struct FromJson<Json> {
  static Json read(const Json& value, const JsonPlace& /*place*/) { return value; }
};

template <>
struct FromJson<std::string> {
  static std::string read(const Json& value, const JsonPlace& place) {
    return detail::string_of(value, place);
  }
};

template <>
struct FromJson<bool> {
  static bool read(const Json& value, const JsonPlace& place) {
    if (!value.is_boolean()) place.refuse(value, "true or false");
    return value.get<bool>();
  }
};

template <detail::Integer T>
struct FromJson<T> {
  static T read(const Json& value, const JsonPlace& place) {
    using Bounds = std::numeric_limits<T>;
    if constexpr (std::signed_integral<T>) {
      return static_cast<T>(detail::signed_of(value, place, Bounds::min(), Bounds::max()));
    } else {
      return static_cast<T>(detail::unsigned_of(value, place, Bounds::max()));
    }
  }
};

template <std::floating_point T>
struct FromJson<T> {
  static T read(const Json& value, const JsonPlace& place) {
    const double number = detail::double_of(value, place);
    if (number > static_cast<double>(std::numeric_limits<T>::max()) ||
        number < static_cast<double>(std::numeric_limits<T>::lowest())) {
      place.refuse(value, "a number that fits");
    }
    return static_cast<T>(number);
  }
};

template <detail::DescribedEnum T>
struct FromJson<T> {
  static T read(const Json& value, const JsonPlace& place) {
    const auto found =
        value.is_string() ? detail::enumerator_of<T>(detail::string_of(value, place)) : std::nullopt;
    if (!found) place.refuse(value, detail::expected_enumerator<T>());
    return *found;
  }
};

template <ReadableJson T>
struct FromJson<std::optional<T>> {
  static std::optional<T> read(const Json& value, const JsonPlace& place) {
    if (value.is_null()) return std::nullopt;
    return FromJson<T>::read(value, place);
  }
};

template <ReadableJson T>
struct FromJson<std::vector<T>> {
  static std::vector<T> read(const Json& value, const JsonPlace& place) {
    if (!value.is_array()) place.refuse(value, "an array");
    std::vector<T> values;
    values.reserve(value.size());
    for (const Json& element : value)
      values.push_back(FromJson<T>::read(element, place.element(values.size())));
    return values;
  }
};

namespace detail {
template <class Map>
struct MapFromJson {
  static Map read(const Json& value, const JsonPlace& place) {
    if (!value.is_object()) place.refuse(value, "an object");
    Map values;
    for (auto member = value.begin(); member != value.end(); ++member) {
      const JsonPlace here = place.member(member.key());
      values.emplace(member.key(), FromJson<typename Map::mapped_type>::read(member.value(), here));
    }
    return values;
  }
};
}  // namespace detail

template <ReadableJson T>
struct FromJson<std::map<std::string, T>> : detail::MapFromJson<std::map<std::string, T>> {};
template <ReadableJson T>
struct FromJson<std::unordered_map<std::string, T>>
    : detail::MapFromJson<std::unordered_map<std::string, T>> {};

/// A member of a JSON object, for a FromJson of your own: a missing one is refused, or nothing where T is an
/// optional.
template <ReadableJson T>
T read_member(const Json& object, std::string_view name, const JsonPlace& place) {
  if (!object.is_object()) place.refuse(object, "an object");
  const auto member = object.find(name);
  if (member != object.end()) return FromJson<T>::read(*member, place.member(name));
  if constexpr (requires {
                  typename T::value_type;
                  T(std::nullopt);
                }) {
    return std::nullopt;
  } else {
    place.member(name).refuse_missing();
  }
}

}  // namespace stile
