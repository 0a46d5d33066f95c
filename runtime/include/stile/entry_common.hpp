// What entry.hpp (of a function's file) and folder_entry.hpp (of a folder's _settings.cpp) share: how a file's exports are
// found and checked. Compile time alone.
//
// How presence is found: ::GET, qualified, is the file's own function where it has one; else the lookup goes
// on through the using-directive below, to a constant of that name in stile::absent.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include <stile/endpoint.hpp>
#include <stile/function.hpp>
#include <stile/signature.hpp>

// Names that somebody meant otherwise: each with what is to be said of it.
#define STILE_NEAR_MISSES(SAY)                                                                   \
  SAY(get, "is no method that can be served; did you mean GET?")                                 \
  SAY(Get, "is no method that can be served; did you mean GET?")                                 \
  SAY(post, "is no method that can be served; did you mean POST?")                               \
  SAY(Post, "is no method that can be served; did you mean POST?")                               \
  SAY(put, "is no method that can be served; did you mean PUT?")                                 \
  SAY(Put, "is no method that can be served; did you mean PUT?")                                 \
  SAY(patch, "is no method that can be served; did you mean PATCH?")                             \
  SAY(Patch, "is no method that can be served; did you mean PATCH?")                             \
  SAY(Delete, "is no method that can be served; did you mean DELETE?")                           \
  SAY(del, "is no method that can be served; did you mean DELETE?")                              \
  SAY(GTE, "is no method that can be served; did you mean GET?")                                 \
  SAY(POTS, "is no method that can be served; did you mean POST?")                               \
  SAY(PSOT, "is no method that can be served; did you mean POST?")                               \
  SAY(PTU, "is no method that can be served; did you mean PUT?")                                 \
  SAY(UPDATE, "is no method that can be served; did you mean PUT or PATCH?")                     \
  SAY(PACTH, "is no method that can be served; did you mean PATCH?")                             \
  SAY(PTACH, "is no method that can be served; did you mean PATCH?")                             \
  SAY(DEL, "is no method that can be served; did you mean DELETE?")                              \
  SAY(DELET, "is no method that can be served; did you mean DELETE?")                            \
  SAY(DELTE, "is no method that can be served; did you mean DELETE?")                            \
  SAY(REMOVE, "is no method that can be served; did you mean DELETE?")                           \
  SAY(HEAD, "is not yours to write: Stile answers HEAD from GET; remove it")                     \
  SAY(OPTIONS, "is not yours to write: Stile answers OPTIONS from what the file has; remove it") \
  SAY(TRACE, "is not served, for it would echo what others must not see; remove it")             \
  SAY(setting, "is not looked at; did you mean settings?")                                       \
  SAY(setings, "is not looked at; did you mean settings?")                                       \
  SAY(settngs, "is not looked at; did you mean settings?")                                       \
  SAY(Setting, "is not looked at; did you mean settings?")                                       \
  SAY(SETTINGS, "is not looked at; did you mean settings?")

namespace stile::absent {

inline constexpr None GET{}, POST{}, PUT{}, PATCH{}, DELETE{}, around{}, settings{};

// These are functions, because functions merge with what another using-directive brings (std::get), and a
// call with a type that nobody else has tells whether it is still this one that is found.
#define STILE_NEAR_MISS(name, advice) NotTaken name(Probe);
STILE_NEAR_MISSES(STILE_NEAR_MISS)
#undef STILE_NEAR_MISS
using stile::Settings;  // the type, so that a variable of that name is told from it

}  // namespace stile::absent

using namespace stile::absent;  // NOLINT(google-build-using-namespace): the lookup goes through here

namespace stile::entry {

using detail::Mistake;

#define STILE_NEAR_MISS(name, advice)                           \
  template <class P>                                            \
  inline constexpr bool free_##name = requires(P probe) {       \
    { ::name(probe) } -> std::same_as<absent::NotTaken>;        \
  };                                                            \
  static_assert(free_##name<absent::Probe>, STILE_FUNCTION_FILE \
                ": " #name " " advice " (Where it is a helper of your own, put it into a namespace.)");
STILE_NEAR_MISSES(STILE_NEAR_MISS)
#undef STILE_NEAR_MISS
#undef STILE_NEAR_MISSES

template <class>
constexpr bool is_type() {
  return true;
}
template <const auto&>
constexpr bool is_type() {
  return false;
}
static_assert(is_type<::Settings>(),
              STILE_FUNCTION_FILE ": Settings is not looked at; did you mean settings?");

#define STILE_PARAMETER_CHECKS(method, position, ordinal)                                                  \
  static_assert(!finding_##method.is(Mistake::unknown, position),                                          \
                STILE_FUNCTION_FILE ": the " ordinal " parameter of " #method                              \
                                    " is of no known kind; write const Request&, Path<\"name\", T>, "      \
                                    "Query<\"name\", T>, QueryOf<T>, Body<T>, Header<\"Name\", T>, "       \
                                    "Cookie<\"name\", T>, Conditional, Local<T> or Shared<T>");            \
  static_assert(!finding_##method.is(Mistake::reference, position),                                        \
                STILE_FUNCTION_FILE ": the " ordinal " parameter of " #method                              \
                                    " can't be passed like this; write const Request&, all others "        \
                                    "without a reference");                                                \
  static_assert(!finding_##method.is(Mistake::unreadable, position),                                       \
                STILE_FUNCTION_FILE ": the " ordinal " parameter of " #method                              \
                                    " has a T that can't be made of what a request holds; a struct needs " \
                                    "STILE_DESCRIBE and a default constructor, an enum "                   \
                                    "BOOST_DESCRIBE_ENUM, a variant's structs a tag; docs/types.md and "   \
                                    "docs/writing-functions.md have tables of types");                     \
  static_assert(                                                                                           \
      !finding_##method.is(Mistake::misfit, position), STILE_FUNCTION_FILE                                 \
      ": the " ordinal " parameter of " #method                                                            \
      " has a default that is no value of its type; "                                                      \
      "where there can be none (a Date, a list, an optional), take a QueryOf<T> with a defaulted member"); \
  static_assert(!finding_##method.is(Mistake::not_in_path, position),                                      \
                STILE_FUNCTION_FILE ": the " ordinal " parameter of " #method                              \
                                    " is a Path<\"name\"> whose name does not stand in braces in the "     \
                                    "file's name; {name}.cpp has a Path<\"name\">");

// One method: what was found, in a class of its own because the name can't be passed to a template; then the
// checks.
#define STILE_METHOD(method)                                                                             \
  struct method_##method {                                                                               \
    template <class Zero>                                                                                \
    static constexpr bool plain = requires(Zero zero) {                                                  \
      detail::deduce(zero, ::method);                                                                    \
    };                                                                                                   \
    template <class... A>                                                                                \
    static constexpr bool callable(detail::Types<A...>) {                                                \
      return requires { ::method(std::declval<A>()...); };                                               \
    }                                                                                                    \
    template <class Zero>                                                                                \
    static constexpr auto signature(Zero zero) {                                                         \
      if constexpr (plain<Zero>) {                                                                       \
        return decltype(detail::deduce(zero, ::method)){};                                               \
      } else {                                                                                           \
        return detail::Missing{};                                                                        \
      }                                                                                                  \
    }                                                                                                    \
    template <class Zero>                                                                                \
    static Response run(Context& context) {                                                              \
      return detail::invoke(Zero{}, ::method, context);                                                  \
    }                                                                                                    \
    template <class Zero>                                                                                \
    static constexpr Endpoint::Handler handler(Zero zero) {                                              \
      if constexpr (decltype(signature(zero))::present) {                                                \
        if constexpr (detail::inspect<method_##method>(signature(Zero{}), STILE_FUNCTION_NAME)           \
                          .is(Mistake::none)) {                                                          \
          return &run<Zero>;                                                                             \
        }                                                                                                \
      }                                                                                                  \
      return nullptr;                                                                                    \
    }                                                                                                    \
    template <class Zero>                                                                                \
    static constexpr bool steps(Zero zero) {                                                             \
      return detail::takes_next(signature(zero));                                                        \
    }                                                                                                    \
    template <class Zero>                                                                                \
    static void tell(detail::Operation& operation) {                                                     \
      detail::document(signature(Zero{}), operation);                                                    \
    }                                                                                                    \
    template <class Zero>                                                                                \
    static constexpr Endpoint::Documenter documenter(Zero zero) {                                        \
      if constexpr (handler(Zero{}) != nullptr) return &tell<Zero>;                                      \
      static_cast<void>(zero);                                                                           \
      return nullptr;                                                                                    \
    }                                                                                                    \
  };                                                                                                     \
  static_assert(method_##method::plain<int>, STILE_FUNCTION_FILE                                         \
                ": " #method                                                                             \
                " must be one plain function; here it is overloaded, a template, or no function");       \
  inline constexpr auto finding_##method =                                                               \
      detail::inspect<method_##method>(method_##method::signature(0), STILE_FUNCTION_NAME);              \
  STILE_PARAMETER_CHECKS(method, 0, "1st")                                                               \
  STILE_PARAMETER_CHECKS(method, 1, "2nd")                                                               \
  STILE_PARAMETER_CHECKS(method, 2, "3rd")                                                               \
  STILE_PARAMETER_CHECKS(method, 3, "4th")                                                               \
  STILE_PARAMETER_CHECKS(method, 4, "5th")                                                               \
  STILE_PARAMETER_CHECKS(method, 5, "6th")                                                               \
  STILE_PARAMETER_CHECKS(method, 6, "7th")                                                               \
  STILE_PARAMETER_CHECKS(method, 7, "8th")                                                               \
  static_assert(finding_##method.position < 8,                                                           \
                STILE_FUNCTION_FILE ": a parameter of " #method                                          \
                                    " after the 8th is of no known kind, or can't be used like this");   \
  static_assert(!finding_##method.is(Mistake::default_argument), STILE_FUNCTION_FILE                     \
                ": " #method                                                                             \
                " has a default argument, which nothing can fill; make it part of the type: "            \
                "Query<\"limit\", int, 20>");                                                            \
  static_assert(!finding_##method.is(Mistake::result), STILE_FUNCTION_FILE                               \
                ": " #method                                                                             \
                " returns what can't become an answer; return Json, a described struct, what "           \
                "nlohmann/json converts, a std::optional of these, Created<T>, Response or void (and "   \
                "throw a Problem)");                                                                     \
  static_assert(!finding_##method.is(Mistake::no_paging), STILE_FUNCTION_FILE                            \
                ": " #method                                                                             \
                " returns a Page and does not ask which one is wanted; take a QueryOf<T> of Paging, of " \
                "CursorPaging, or of a struct that has one of them as its base");

using SettingsType = std::remove_cvref_t<decltype(::settings)>;
inline constexpr bool has_settings = std::is_same_v<SettingsType, Settings>;
static_assert(has_settings || std::is_same_v<SettingsType, absent::None>, STILE_FUNCTION_FILE
              ": settings must be a constant of type Settings: "
              "const Settings settings{.timeout = 5s};");

template <class T>
constexpr bool is_absent() {
  return std::is_same_v<std::remove_cvref_t<T>, absent::None>;
}

constexpr const Settings* settings_of(const Settings& settings) { return &settings; }
template <class Other>
constexpr const Settings* settings_of(const Other& /*absent*/) {
  return nullptr;
}

}  // namespace stile::entry
