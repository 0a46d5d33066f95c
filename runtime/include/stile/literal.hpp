// Texts and numbers as template arguments: the "limit" and the 20 of Query<"limit", int, 20>. Compile time
// alone.
#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace stile::detail {

template <std::size_t N>
struct Literal {
  char text[N]{};
  consteval Literal(const char (&literal)[N]) {
    std::copy_n(literal, N, text);
  }  // NOLINT: implicit on purpose
  constexpr std::string_view view() const { return {text, N - 1}; }
};

/// A bound of a rule: nothing, an integer or a floating number.
struct Number {
  enum class Kind : std::uint8_t { none, negative, integer, floating };
  Kind kind = Kind::none;
  std::uint64_t bits = 0;  // a floating number's too: clang 14 takes none as a template argument

  constexpr Number() = default;
  template <std::integral V>
  requires(!std::same_as<V, bool>) constexpr Number(V value)  // NOLINT: implicit, as the next
      : kind(std::cmp_less(value, 0) ? Kind::negative : Kind::integer),
        bits(static_cast<std::uint64_t>(value)) {}
  template <std::floating_point V>
  constexpr Number(V value)
      : kind(Kind::floating), bits(std::bit_cast<std::uint64_t>(static_cast<double>(value))) {}

  constexpr bool is_set() const { return kind != Kind::none; }
  constexpr double as_double() const {
    if (kind == Kind::floating) return std::bit_cast<double>(bits);
    return kind == Kind::negative ? static_cast<double>(static_cast<std::int64_t>(bits))
                                  : static_cast<double>(bits);
  }
};

/// What a parameter is where the request has none. Holds any of: nothing, a bool, an integer, a floating
/// number, an enumerator, a text of at most 63 bytes. Its members are public because only such a class can be
/// a template argument.
struct Fallback {
  enum class Kind : std::uint8_t { none, boolean, negative, integer, floating, enumerator, text };
  Kind kind = Kind::none;
  std::uint64_t bits = 0;  // a floating number's too: clang 14 takes none as a template argument
  char literal[64]{};

  constexpr Fallback() = default;
  template <std::same_as<bool> V>
  constexpr Fallback(V value) : kind(Kind::boolean), bits(value ? 1 : 0) {}  // NOLINT: implicit, as all below
  template <std::integral V>
  requires(!std::same_as<V, bool>) constexpr Fallback(V value)
      : kind(std::cmp_less(value, 0) ? Kind::negative : Kind::integer),
        bits(static_cast<std::uint64_t>(value)) {}
  template <std::floating_point V>
  constexpr Fallback(V value)
      : kind(Kind::floating), bits(std::bit_cast<std::uint64_t>(static_cast<double>(value))) {}
  template <class V>
  requires std::is_enum_v<V>
  constexpr Fallback(V value) : kind(Kind::enumerator), bits(static_cast<std::uint64_t>(value)) {}
  template <std::size_t N>
  requires(N <= 64) constexpr Fallback(const char (&value)[N]) : kind(Kind::text) {
    std::copy_n(value, N, literal);
  }

  /// Whether it is a value of T, without loss.
  template <class T>
  constexpr bool fits() const {
    if constexpr (std::same_as<T, bool>) {
      return kind == Kind::boolean;
    } else if constexpr (std::integral<T>) {
      return (kind == Kind::negative && std::in_range<T>(static_cast<std::int64_t>(bits))) ||
             (kind == Kind::integer && std::in_range<T>(bits));
    } else if constexpr (std::floating_point<T>) {
      return kind == Kind::floating || kind == Kind::integer || kind == Kind::negative;
    } else if constexpr (std::is_enum_v<T>) {
      return kind == Kind::enumerator;
    } else {
      return std::same_as<T, std::string> && kind == Kind::text;
    }
  }

  /// The value; only where fits<T>().
  template <class T>
  constexpr T as() const {
    if constexpr (std::same_as<T, bool>) {
      return bits != 0;
    } else if constexpr (std::floating_point<T>) {
      if (kind == Kind::floating) return static_cast<T>(std::bit_cast<double>(bits));
      return kind == Kind::negative ? static_cast<T>(static_cast<std::int64_t>(bits)) : static_cast<T>(bits);
    } else if constexpr (std::same_as<T, std::string>) {
      return T(literal);
    } else {
      return static_cast<T>(bits);
    }
  }
};

}  // namespace stile::detail
