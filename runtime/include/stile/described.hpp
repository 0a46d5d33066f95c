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
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <stile/json_type.hpp>

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

/// One member of a struct, without its type. `object` is the struct that has it.
struct Member {
  enum class Presence : std::uint8_t { required, defaulted, optional };
  struct Functions {
    bool (*read)(const Json& value, const Place& place, void* object);
    void (*write)(std::string& out, const void* object);
    bool (*is_absent)(const void* object);  ///< nullptr where it never is
    bool (*is_empty)(const void* object);   ///< of an optional: where it must not be null, it is absent then
    Schema (*schema)(Schemas& schemas, RulesInUse& rules);
  };

  std::string name;  ///< in JSON
  std::string key;   ///< "\"name\":", as it is written
  std::string own_name;
  std::vector<Rule> rules;
  Presence presence = Presence::required;
  Functions functions{};
  std::ptrdiff_t shift = 0;  ///< from the struct to the base that has it
};

/// A struct, without its type.
struct Struct {
  struct Check {
    std::function<bool(const void* object)> holds;
    std::string message;
    std::string member;  ///< where it is told; empty for the whole
  };

  std::string name;
  std::string about;
  std::string tag_name;  ///< empty where it has none
  std::string tag;
  bool is_closed = false;
  std::vector<Member> members;
  std::vector<Check> checks;
  void (*with_default)(const std::function<void(const void* object)>& use) = nullptr;
};

// Compiled once, in the library.
bool read_struct(const Json& value, const Place& place, void* object, const Struct& type);
void write_struct(std::string& out, const void* object, const Struct& type);
Schema struct_schema(Schemas& schemas, const Struct& type);
/// Puts names and presence in order, once all is known.
void finish(Struct& type);
bool refuse_tag(const Json& value, const Place& place, std::string_view tag_name,
                const std::string_view* tags, std::size_t count);
Schema variant_schema(const std::vector<Schema>& alternatives, const std::vector<const Struct*>& types);

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
  static bool read(const Json& value, const Place& place, void* object) {
    if constexpr (ReadableJson<V>) {
      return JsonType<V>::read(value, place, static_cast<T*>(object)->*pointer);
    } else {
      return place.refuse(value, "nothing: it is only sent");
    }
  }
  static void write(std::string& out, const void* object) {
    JsonType<V>::write(out, static_cast<const T*>(object)->*pointer);
  }
  static bool is_absent(const void* object) { return (static_cast<const T*>(object)->*pointer).is_absent(); }
  static bool is_empty(const void* object) { return !(static_cast<const T*>(object)->*pointer).has_value(); }
  static Schema schema(Schemas& schemas, RulesInUse& rules) { return JsonType<V>::schema(schemas, rules); }
  static constexpr Member::Functions all() {
    if constexpr (is_change<V>) {
      return {&read, &write, &is_absent, nullptr, &schema};
    } else if constexpr (requires(const V& value) { value.has_value(); }) {
      return {&read, &write, nullptr, &is_empty, &schema};
    } else {
      return {&read, &write, nullptr, nullptr, &schema};
    }
  }
};

/// What of all of a struct STILE_DESCRIBE takes.
struct Closed {};
struct Tag {
  std::string_view name;
  std::string_view value;
};
template <class Predicate>
struct Where {
  Predicate holds;
  std::string_view message;
  std::string_view member;
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

/// Collects what STILE_DESCRIBE lists.
template <class T>
class Describer {
 public:
  explicit Describer(std::string_view name) {
    struct_.name = name.substr(name.rfind(':') + 1);
    struct_.with_default = [](const std::function<void(const void*)>& use) {
      const T object{};
      use(&object);
    };
  }

  template <auto pointer, class... Rules>
  void member(std::string_view own_name, Rules... rules) {
    Member member;
    member.own_name = own_name;
    member.rules = {rules...};
    member.functions = MemberFunctions<T, pointer>::all();
    if (may_be_absent<MemberType<T, pointer>>) member.presence = Member::Presence::optional;
    struct_.members.push_back(std::move(member));
  }
  template <class... Things>
  void whole(Things... things) {
    (add(things), ...);
  }
  Struct take() {
    finish(struct_);
    return std::move(struct_);
  }
  template <class B>
  void base() {
    static_assert(std::is_base_of_v<B, T>, "(public, B) names a struct that is no base");
    const T object{};
    const auto shift = reinterpret_cast<const char*>(static_cast<const B*>(&object)) -
                       reinterpret_cast<const char*>(&object);
    for (Member member : struct_of<B>().members) {
      member.shift += shift;
      struct_.members.push_back(std::move(member));
    }
    for (const auto& check : struct_of<B>().checks) {
      struct_.checks.push_back(
          {[check, shift](const void* whole) { return check.holds(static_cast<const char*>(whole) + shift); },
           check.message, check.member});
    }
  }

 private:
  void add(Closed /*closed*/) { struct_.is_closed = true; }
  void add(Tag tag) {
    struct_.tag_name = tag.name;
    struct_.tag = tag.value;
  }
  template <class Predicate>
  void add(Where<Predicate> check) {
    struct_.checks.push_back({[holds = check.holds](const void* object) {
                                return static_cast<bool>(std::invoke(holds, *static_cast<const T*>(object)));
                              },
                              std::string(check.message), std::string(check.member)});
  }
  void add(const Rule& rule) {
    if (rule.kind == Rule::Kind::name) struct_.name = rule.view();
    if (rule.kind == Rule::Kind::about) struct_.about = rule.view();
  }

  Struct struct_;
};

/// "Note" of a compiler's own spelling of a function of Note.
std::string type_name(std::string_view function);
template <class T>
std::string name_of_type() {
  return type_name(__PRETTY_FUNCTION__);
}

/// Calls member<pointer>(name, rules...), base<B>() and whole(...) for what a struct's description lists.
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
      (visitor.template member<M::pointer>(M::name), ...);
    }(static_cast<bd::describe_members<T, bd::mod_public>*>(nullptr));
  }
}

template <class T>
const Struct& struct_of() {
  static const Struct type = [] {
    Describer<T> describer(name_of_type<T>());
    describe_members_of<T>(describer);
    return describer.take();
  }();
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
    if (value.is_null()) {
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
    out += "null";
  }
  static Schema schema(Schemas& schemas, RulesInUse& rules) {
    return or_null(JsonType<T>::schema(schemas, rules));
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
      return detail::refuse_tag(value, place, tag_name(), tags, sizeof...(T));
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

// ---- the macro: an entry at a time, by __VA_OPT__ ----

#define STILE_PARENS ()
#define STILE_EXPAND(...) STILE_EXPAND4(STILE_EXPAND4(STILE_EXPAND4(STILE_EXPAND4(__VA_ARGS__))))
#define STILE_EXPAND4(...) STILE_EXPAND3(STILE_EXPAND3(STILE_EXPAND3(STILE_EXPAND3(__VA_ARGS__))))
#define STILE_EXPAND3(...) STILE_EXPAND2(STILE_EXPAND2(STILE_EXPAND2(STILE_EXPAND2(__VA_ARGS__))))
#define STILE_EXPAND2(...) STILE_EXPAND1(STILE_EXPAND1(STILE_EXPAND1(STILE_EXPAND1(__VA_ARGS__))))
#define STILE_EXPAND1(...) __VA_ARGS__
#define STILE_FOR_EACH(DO, ...) __VA_OPT__(STILE_EXPAND(STILE_FOR_EACH_STEP(DO, __VA_ARGS__)))
#define STILE_FOR_EACH_STEP(DO, first, ...) \
  DO(first) __VA_OPT__(STILE_FOR_EACH_AGAIN STILE_PARENS(DO, __VA_ARGS__))
#define STILE_FOR_EACH_AGAIN() STILE_FOR_EACH_STEP

// STILE_KIND(entry): STILE_BARE, STILE_RULED, STILE_WHOLE or STILE_BASE.
#define STILE_SECOND(a, b, ...) b
#define STILE_SECOND_OF(...) STILE_SECOND(__VA_ARGS__)
#define STILE_IN_PARENTHESES(...) ~, STILE_KIND_OF_FIRST
#define STILE_KIND(entry) STILE_SECOND_OF(STILE_IN_PARENTHESES entry, STILE_BARE_KIND, ~)(entry)
#define STILE_BARE_KIND(entry) STILE_BARE
#define STILE_KIND_OF_FIRST(entry) STILE_KIND_OF_FIRST_OF entry
#define STILE_KIND_OF_FIRST_OF(first, ...) STILE_SECOND_OF(STILE_KEYWORD_##first, STILE_RULED, ~)
#define STILE_KEYWORD_struct ~, STILE_WHOLE
#define STILE_KEYWORD_public ~, STILE_BASE

#define STILE_CALL(a, b) STILE_CALL_NOW(a, b)
#define STILE_CALL_NOW(a, b) a##b
#define STILE_ENTRY(entry) STILE_CALL(STILE_KIND(entry), _ENTRY)(entry)
#define STILE_BARE_ENTRY(own_name) describer.template member<&Self::own_name>(#own_name);
#define STILE_RULED_ENTRY(entry) STILE_RULED_MEMBER entry
#define STILE_RULED_MEMBER(own_name, ...) \
  describer.template member<&Self::own_name>(#own_name __VA_OPT__(, ) __VA_ARGS__);
#define STILE_WHOLE_ENTRY(entry) STILE_WHOLE_THINGS entry
#define STILE_WHOLE_THINGS(keyword, ...) describer.whole(__VA_ARGS__);
#define STILE_BASE_ENTRY(entry) STILE_BASE_NAME entry
#define STILE_BASE_NAME(keyword, ...) describer.template base<__VA_ARGS__>();

#define STILE_PLACE(entry) STILE_CALL(STILE_KIND(entry), _PLACE)
#define STILE_BARE_PLACE {},
#define STILE_RULED_PLACE {},
#define STILE_BASE_PLACE {},
#define STILE_WHOLE_PLACE

/// Stands beside the struct, in its namespace; see above. That an aggregate takes one value more than it has entries
/// tells that one was forgotten.
#define STILE_DESCRIBE(Type, ...)                                                                          \
  template <std::same_as<Type> T>                                                                          \
  constexpr bool stile_has_more_members(::stile::detail::Of<T>) {                                          \
    return requires { T{STILE_FOR_EACH(STILE_PLACE, __VA_ARGS__){}}; };                                    \
  }                                                                                                        \
  static_assert(!stile_has_more_members(::stile::detail::Of<Type>{}),                                      \
                "STILE_DESCRIBE(" #Type ", ...) leaves out a member, which would be lost without a word"); \
  template <class Describer>                                                                               \
  void stile_describe_members(::stile::detail::Of<Type>, Describer& describer) {                           \
    using Self = Type;                                                                                     \
    using namespace ::stile; /* NOLINT: for the rules */                                                   \
    STILE_FOR_EACH(STILE_ENTRY, __VA_ARGS__)                                                               \
  }
