// STILE_DESCRIBE, as described.hpp explains it: goes through its entries, one at a time, by __VA_OPT__. Macros alone; what
// they call is in described.hpp.
#pragma once

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
#define STILE_BARE_ENTRY(own_name) describer.template member<&Self::own_name>(#own_name, {});
#define STILE_RULED_ENTRY(entry) STILE_RULED_MEMBER entry
#define STILE_RULED_MEMBER(own_name, ...)                                         \
  {                                                                               \
    static constexpr auto stile_rules = ::stile::detail::list_rules(__VA_ARGS__); \
    describer.template member<&Self::own_name>(#own_name, stile_rules);           \
  }
#define STILE_WHOLE_ENTRY(entry) STILE_WHOLE_THINGS entry
#define STILE_WHOLE_THINGS(keyword, ...)                     \
  {                                                          \
    static constexpr ::std::tuple stile_things{__VA_ARGS__}; \
    describer.whole(stile_things);                           \
  }
#define STILE_BASE_ENTRY(entry) STILE_BASE_NAME entry
#define STILE_BASE_NAME(keyword, ...) describer.template base<__VA_ARGS__>();

#define STILE_PLACE(entry) STILE_CALL(STILE_KIND(entry), _PLACE)
#define STILE_BARE_PLACE {},
#define STILE_RULED_PLACE {},
#define STILE_BASE_PLACE {},
#define STILE_WHOLE_PLACE

/// Stands beside the struct, in its namespace; described.hpp says what may stand in it. That an aggregate takes one value more than it has entries
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
    using Self [[maybe_unused]] = Type;                                                                    \
    using namespace ::stile; /* NOLINT: for the rules */                                                   \
    STILE_FOR_EACH(STILE_ENTRY, __VA_ARGS__)                                                               \
  }
