// The kinds of parameter that a function may have: each says what it needs from the request, and holds it
// converted. Values; how they are filled is in extract.hpp. All but Local and Shared can be made from a plain
// value, so a function can be tested as a plain call: GET(7, store).
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>

#include <stile/literal.hpp>
#include <stile/rules.hpp>

namespace stile {

namespace detail {

template <class T>
class Held;
template <class U, class T>
concept Makes = std::convertible_to<U, T> && !std::derived_from<std::remove_cvref_t<U>, Held<T>>;

/// What all of them share: read it with *p, p->member, p.value() or where a T is expected.
template <class T>
class Held {
 public:
  using Type = T;
  Held() = default;
  /// Implicit, so that GET(7) is a call; never where a copy is meant, which clang-tidy can't see.
  template <Makes<T> U = T>
  Held(U&& value) : value_(std::forward<U>(value)) {}  // NOLINT(bugprone-forwarding-reference-overload)

  T& operator*() & { return value_; }
  const T& operator*() const& { return value_; }
  T* operator->() { return &value_; }
  const T* operator->() const { return &value_; }
  const T& value() const& { return value_; }
  T&& value() && { return std::move(value_); }
  operator const T&() const { return value_; }  // NOLINT: implicit

 private:
  T value_{};
};

/// Borrows an object that the worker keeps.
template <class T>
class Borrowed {
 public:
  using Type = T;
  Borrowed(T& object) : object_(&object) {}  // NOLINT: implicit, for tests
  T& operator*() const { return *object_; }
  T* operator->() const { return object_; }
  T& value() const { return *object_; }
  operator T&() const { return *object_; }  // NOLINT: implicit

 private:
  T* object_;
};

}  // namespace detail

namespace detail {

/// What may stand behind a parameter's type: its default, or a rule. All members are public, because only such a class
/// can be a template argument.
struct Option {
  Fallback fallback{};
  Rule rule{};

  template <class V>
  requires std::constructible_from<Fallback, V>
  constexpr Option(V value) : fallback(value) {}  // NOLINT: implicit, as all of them
  template <std::size_t N>
  constexpr Option(const char (&text)[N]) : fallback(text) {}
  constexpr Option(Rule a_rule) : rule(a_rule) {}
  constexpr Option(Secret a_rule) : rule(a_rule) {}  // clang makes no Rule of it in a template argument
};

}  // namespace detail

/// {name} or {name...} of the file's path, percent-decoded once. Rules may follow: Path<"id", int, at_least(1)>.
template <detail::Literal name, class T = std::string, detail::Option... options>
class Path : public detail::Held<T> {
  using detail::Held<T>::Held;
};

/// ?name=... An optional may be missing, a vector may be repeated. Behind the type stand a default for a missing one, and
/// rules: Query<"limit", int, 50, range(1, 500)>.
template <detail::Literal name, class T = std::string, detail::Option... options>
class Query : public detail::Held<T> {
  using detail::Held<T>::Held;
};

/// The whole query, each member of the described struct a parameter. Members are of types that Query takes.
template <class T>
class QueryOf : public detail::Held<T> {
  using detail::Held<T>::Held;
};

/// A header, by its usual name in any case: Header<"X-Trace">. Optional, vector, default and rules as in Query.
template <detail::Literal name, class T = std::string, detail::Option... options>
class Header : public detail::Held<T> {
  using detail::Held<T>::Held;
};

/// A cookie. Optional, vector, default and rules as in Query.
template <detail::Literal name, class T = std::string, detail::Option... options>
class Cookie : public detail::Held<T> {
  using detail::Held<T>::Held;
};

/// The body: as it came for std::string (must be UTF-8) and std::vector<std::byte>, else JSON converted to T.
template <class T>
class Body : public detail::Held<T> {
  using detail::Held<T>::Held;
};

/// The handler thread's own T, made by its default constructor when first asked for and kept: needs no lock.
template <class T>
class Local : public detail::Borrowed<T> {
  using detail::Borrowed<T>::Borrowed;
};

/// The worker's one T, made likewise, used by all its threads at once: T does its own locking.
template <class T>
class Shared : public detail::Borrowed<T> {
  using detail::Borrowed<T>::Borrowed;
};

}  // namespace stile
