// Structs as JSON objects: STILE_DESCRIBE lists a struct's members, each with its rules, and parsing, checking, writing and
// JSON Schema follow. One of BOOST_DESCRIBE_STRUCT will do where nothing is to be said of a member. Pure; any thread.
//
//   struct NewOrder {
//     std::string article;
//     int count = 1;
//     std::optional<std::string> remark;
//   };
//   STILE_DESCRIBE(NewOrder, (article, pattern("[A-Z]{3}-[0-9]{4}")), (count, range(1, 100), defaulted), remark)
//
// An entry is a member, a member in parentheses with its rules, `(public, Base)` for a base that is described too, or
// `(struct, ...)` with what is said of all: closed, tag(), where(), name(), about().
#pragma once

#include <boost/describe/bases.hpp>
#include <boost/describe/class.hpp>
#include <boost/describe/members.hpp>
#include <boost/pfr/tuple_size.hpp>
#include <concepts>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include <stile/describe.hpp>
#include <stile/json_type.hpp>
#include <stile/struct_table.hpp>

namespace stile {

/// A member that tells three things apart, for PATCH: it was left out, it was null, it has a value.
template <class T>
class Change {
 public:
  Change() = default;
  Change(std::nullptr_t) : state_(State::null) {}  // NOLINT: implicit, as the next
  Change(T value) : state_(State::value), value_(std::move(value)) {}

  bool is_absent() const { return state_ == State::absent; }
  bool is_null() const { return state_ == State::null; }
  bool has_value() const { return state_ == State::value; }
  /// Only where has_value().
  const T& operator*() const { return value_; }
  const T* operator->() const { return &value_; }
  /// What `before` becomes by it.
  std::optional<T> applied_to(std::optional<T> before) const {
    if (is_absent()) return before;
    return has_value() ? std::optional<T>(value_) : std::nullopt;
  }

 private:
  enum class State : std::uint8_t { absent, null, value };
  State state_ = State::absent;
  T value_{};
};

namespace detail {

template <class T, auto pointer>
using MemberType = std::remove_cvref_t<decltype(std::declval<T&>().*pointer)>;

template <class T>
inline constexpr bool is_change = false;
template <class T>
inline constexpr bool is_change<Change<T>> = true;
template <class T>
inline constexpr bool may_be_absent<Change<T>> = true;

template <class T, auto pointer>
struct MemberFunctions {
  using V = MemberType<T, pointer>;
  static bool read(const Json& value, const Place& place, void* object) requires ReadableJson<V> {
    return JsonType<V>::read(value, place, static_cast<T*>(object)->*pointer);
  }
  static void write(std::string& out, const void* object) {
    JsonType<V>::write(out, static_cast<const T*>(object)->*pointer);
  }
  static bool is_absent(const void* object) { return (static_cast<const T*>(object)->*pointer).is_absent(); }
  static bool is_empty(const void* object) { return !(static_cast<const T*>(object)->*pointer).has_value(); }
  static Schema schema(Schemas& schemas, RulesInUse& rules) { return JsonType<V>::schema(schemas, rules); }
  static constexpr Member::Functions all() {
    Member::Functions functions{nullptr, &write, nullptr, nullptr, &schema};
    if constexpr (ReadableJson<V>) functions.read = &read;
    if constexpr (is_change<V>) functions.is_absent = &is_absent;
    if constexpr (requires(const V& value) { value.has_value(); }) functions.is_empty = &is_empty;
    return functions;
  }
};

template <class T>
struct Of {};  ///< names a type for overloads, with none of a pointer's conversions

}  // namespace detail

/// Members that are not described are refused, where they are usually ignored.
inline constexpr detail::Closed closed{};
/// An alternative of a variant is known by this member: tag("type", "circle").
constexpr detail::Tag tag(std::string_view name, std::string_view value) { return {name, value}; }
/// Holds for all of the struct, or it is refused with the message: where(&Period::is_ordered, "from is not after to"),
/// where([](const Period& p) { return p.from <= p.to; }, "from is not after to", "from"). The last names the member at which
/// it is told. Only asked where every member is sound.
template <class Predicate>
constexpr detail::Where<Predicate> where(Predicate holds, std::string_view message,
                                         std::string_view member = {}) {
  return {holds, message, member};
}
namespace detail {

template <class T>
concept DescribedByStile = requires(Of<T> type) {
  stile_describe_members(type, type);
};
template <class T>
concept DescribedByBoost = std::is_class_v<T> && requires {
  typename boost::describe::describe_members<T, boost::describe::mod_public>;
};
template <class T>
concept Described = DescribedByStile<T> || DescribedByBoost<T>;

template <class T>
const Struct& struct_of();

/// From which no pointer leads to the whole.
template <class B, class T>
concept is_virtual_base = std::is_base_of_v<B, T> && !requires(B * base) {
  static_cast<T*>(base);
};

/// Has the builder take what STILE_DESCRIBE lists.
template <class T>
class Describer {
 public:
  explicit Describer(StructBuilder& builder) : builder_(builder) {}

  template <auto pointer>
  void member(std::string_view own_name, std::span<const Rule> rules) {
    using V = MemberType<T, pointer>;
    constexpr bool has_form = WritableJson<V>;
    static_assert(has_form,
                  "this member's type has no form in JSON: STILE_DESCRIBE its struct, BOOST_DESCRIBE_ENUM "
                  "its enum, or take "
                  "a type that docs/types.md lists");
    if constexpr (has_form) {
      static constexpr auto functions = MemberFunctions<T, pointer>::all();
      builder_.add_member(own_name,
                          may_be_absent<V> ? Member::Presence::optional : Member::Presence::required,
                          functions, rules);
    }
  }
  template <class B>
  void base() {
    static_assert(std::is_base_of_v<B, T>, "(public, B) names a struct that is no base");
    static_assert(Described<B>, "(public, B) names a struct that is not described: STILE_DESCRIBE it too");
    static_assert(!is_virtual_base<B, T>, "(public, B) names a virtual base, which can't be described");
    if constexpr (std::is_base_of_v<B, T> && Described<B> && !is_virtual_base<B, T>) add_base<B>();
  }
  /// They are of static storage.
  template <class... Things>
  void whole(const std::tuple<Things...>& things) {
    std::apply([&](const auto&... thing) { (add(thing), ...); }, things);
  }

 private:
  template <class B>
  void add_base() {
    // Where it lies says no object, but room for one.
    alignas(T) static const std::byte room[sizeof(T)]{};
    const auto* whole = reinterpret_cast<const T*>(room);
    builder_.add_base(struct_of<B>(),
                      reinterpret_cast<const std::byte*>(static_cast<const B*>(whole)) - room);
  }
  template <class Thing>
  void add(const Thing& thing) {
    builder_.add(thing);
  }
  template <class Predicate>
  void add(const Where<Predicate>& check) {
    constexpr bool is_predicate = std::is_invocable_r_v<bool, const Predicate&, const T&>;
    static_assert(
        is_predicate,
        "where() takes a const member function of the struct, or a function of a const struct&, that "
        "says whether it holds");
    if constexpr (is_predicate) {
      builder_.add_check(
          [](const void* predicate, const void* object) -> bool {
            return std::invoke(*static_cast<const Predicate*>(predicate), *static_cast<const T*>(object));
          },
          &check.holds, check.message, check.member);
    }
  }

  StructBuilder& builder_;
};

/// Calls member<pointer>(name, rules), base<B>() and whole(tuple) for what a struct's description lists.
template <Described T, class Visitor>
void describe_members_of(Visitor& visitor) {
  if constexpr (DescribedByStile<T>) {
    stile_describe_members(Of<T>{}, visitor);
  } else {
    namespace bd = boost::describe;
    [&]<template <class...> class List, class... B>(List<B...>*) {
      (visitor.template base<typename B::type>(), ...);
    }(static_cast<bd::describe_bases<T, bd::mod_public>*>(nullptr));
    [&]<template <class...> class List, class... M>(List<M...>*) {
      (visitor.template member<M::pointer>(M::name, std::span<const Rule>()), ...);
    }(static_cast<bd::describe_members<T, bd::mod_public>*>(nullptr));
  }
}

template <class T>
const Struct& struct_of() {
  static const Struct type = make_struct(
      __PRETTY_FUNCTION__,
      [](const Struct::UseDefault& use) {
        T object{};
        use(&object);
      },
      [](StructBuilder& builder) {
        Describer<T> describer(builder);
        describe_members_of<T>(describer);
      });
  return type;
}

/// By how many values an aggregate takes; what has bases can't be counted that way.
template <class T, std::size_t members, std::size_t bases>
constexpr bool boost_forgets_one() {
  if constexpr (!std::is_aggregate_v<T> || bases > 0) {
    return false;
  } else {
    return boost::pfr::tuple_size_v<T> > members;
  }
}

}  // namespace detail

template <detail::Described T>
struct JsonType<T> {
  static bool read(const Json& value, const Place& place, T& into) {
    check();
    return detail::read_struct(value, place, &into, detail::struct_of<T>());
  }
  static void write(std::string& out, const T& value) {
    check();
    detail::write_struct(out, &value, detail::struct_of<T>());
  }
  static Schema schema(Schemas& schemas, RulesInUse& /*rules*/) {
    const auto& type = detail::struct_of<T>();
    return schemas.reference(type.name, &type, [&] { return detail::struct_schema(schemas, type); });
  }

 private:
  static constexpr void check() {
    static_assert(std::default_initializable<T>, "a described struct needs a default constructor");
    if constexpr (detail::DescribedByBoost<T>) {
      static_assert(!forgets_one(),
                    "BOOST_DESCRIBE_STRUCT leaves out a member of this struct, which would be lost");
    }
  }
  static constexpr bool forgets_one() {
    namespace bd = boost::describe;
    return []<template <class...> class L, class... M, class... B>(L<M...>*, L<B...>*) {
      return detail::boost_forgets_one<T, sizeof...(M), sizeof...(B)>();
    }(static_cast<bd::describe_members<T, bd::mod_public>*>(nullptr),
           static_cast<bd::describe_bases<T, bd::mod_any_access>*>(nullptr));
  }
};

template <class T>
struct JsonType<Change<T>> {
  static bool read(const Json& value, const Place& place, Change<T>& into) requires ReadableJson<T> {
    if (value.is_null() && detail::is_null_allowed(place)) {
      into = nullptr;
      return true;
    }
    T read{};
    if (!JsonType<T>::read(value, place, read)) return false;
    into = std::move(read);
    return true;
  }
  static void write(std::string& out, const Change<T>& value) requires WritableJson<T> {
    if (value.has_value()) return JsonType<T>::write(out, *value);
    detail::write_null(out);
  }
  static Schema schema(Schemas& schemas, RulesInUse& rules) {
    return detail::nullable_schema(JsonType<T>::schema(schemas, rules), rules);
  }
};

/// One of several structs, each with a tag() of its own under one name.
template <detail::Described... T>
struct JsonType<std::variant<T...>> {
  using V = std::variant<T...>;
  static bool read(const Json& value, const Place& place, V& into) {
    const std::string_view tags[] = {detail::struct_of<T>().tag...};
    const auto* tag = value.is_object() ? find_tag(value) : nullptr;
    bool is_sound = false;
    if (tag == nullptr ||
        !((detail::struct_of<T>().tag == *tag && (is_sound = read_one<T>(value, place, into), true)) || ...))
      return detail::refuse_tag(value, place, tag_name(), tags);
    return is_sound;
  }
  static void write(std::string& out, const V& value) {
    std::visit([&](const auto& one) { JsonType<std::remove_cvref_t<decltype(one)>>::write(out, one); },
               value);
  }
  static Schema schema(Schemas& schemas, RulesInUse& rules) {
    return detail::variant_schema({JsonType<T>::schema(schemas, rules)...}, {&detail::struct_of<T>()...});
  }

 private:
  static const std::string& tag_name() {
    return detail::struct_of<std::variant_alternative_t<0, V>>().tag_name;
  }
  static const std::string* find_tag(const Json& value) {
    const auto found = value.find(tag_name());
    return found != value.end() && found->is_string() ? &found->template get_ref<const std::string&>()
                                                      : nullptr;
  }
  template <class One>
  static bool read_one(const Json& value, const Place& place, V& into) {
    return JsonType<One>::read(value, place, into.template emplace<One>());
  }
};

}  // namespace stile
