// What a function looks like, seen at compile time: its parameters and result, what is wrong with them, and
// how to call it with a request. Used by entry.hpp alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include <stile/extract.hpp>
#include <stile/results.hpp>

namespace stile::absent {
struct None {};      ///< a method that a file does not export
struct Probe {};     ///< what near misses are called with
struct NotTaken {};  ///< what they return
}  // namespace stile::absent

namespace stile::detail {

template <class... T>
struct Types {};

/// `int` keeps these calls dependent, so that they can be asked about in a requires-expression.
template <class R, class... A>
struct Signature {
  static constexpr bool present = true;
};
struct Missing {
  static constexpr bool present = false;
};
template <class R, class... A>
Signature<R, A...> deduce(int, R (*)(A...));
Missing deduce(int, const absent::None&);

enum class Mistake : std::uint8_t {
  none,
  unknown,
  reference,
  unreadable,
  misfit,
  not_in_path,
  default_argument,
  result
};

struct Finding {
  Mistake mistake = Mistake::none;
  std::size_t position = 0;
  constexpr bool is(Mistake a_mistake) const { return mistake == a_mistake; }
  constexpr bool is(Mistake a_mistake, std::size_t a_position) const {
    return mistake == a_mistake && position == a_position;
  }
};

/// Whether "todos/{id}" has {id} or {id...}.
constexpr bool has_parameter(std::string_view file_name, std::string_view parameter) {
  for (std::size_t brace = file_name.find('{'); brace != std::string_view::npos;
       brace = file_name.find('{', brace + 1)) {
    const std::string_view rest = file_name.substr(brace + 1);
    if (!rest.starts_with(parameter)) continue;
    const std::string_view end = rest.substr(parameter.size());
    if (end.starts_with("}") || end.starts_with("...}")) return true;
  }
  return false;
}

template <class A>
constexpr Mistake mistake_of_parameter(std::string_view file_name) {
  using Kind = Extract<std::remove_cvref_t<A>>;
  if constexpr (!Kind::known) {
    return Mistake::unknown;
  } else if constexpr (std::is_same_v<std::remove_cvref_t<A>, Request>) {
    return std::is_same_v<A, const Request&> ? Mistake::none : Mistake::reference;
  } else if constexpr (std::is_lvalue_reference_v<A> && !std::is_const_v<std::remove_reference_t<A>>) {
    return Mistake::reference;
  } else if constexpr (!Kind::convertible) {
    return Mistake::unreadable;
  } else if constexpr (!Kind::default_fits) {
    return Mistake::misfit;
  } else {
    return Kind::path_name.empty() || has_parameter(file_name, Kind::path_name) ? Mistake::none
                                                                                : Mistake::not_in_path;
  }
}

/// Whether a function with a name of its own can be called without its last argument. `Method` is a class of
/// entry.hpp.
template <class Method, class... Front, class Last>
constexpr bool has_default_argument(Types<Front...> front, Types<Last> /*last*/) {
  return Method::callable(front);
}
template <class Method, class... Front, class Next, class... Rest>
constexpr bool has_default_argument(Types<Front...> /*front*/,
                                    Types<Next, Rest...> /*rest*/) requires(sizeof...(Rest) > 0) {
  return has_default_argument<Method>(Types<Front..., Next>{}, Types<Rest...>{});
}

/// The first thing that is wrong with a function, if anything is.
template <class Method, class R, class... A>
constexpr Finding inspect(Signature<R, A...> /*signature*/, [[maybe_unused]] std::string_view file_name) {
  constexpr std::size_t count = sizeof...(A);
  if constexpr (count > 0) {
    const Mistake mistakes[count] = {mistake_of_parameter<A>(file_name)...};
    for (std::size_t i = 0; i < count; ++i) {
      if (mistakes[i] != Mistake::none) return {mistakes[i], i};
    }
    if (has_default_argument<Method>(Types<>{}, Types<A...>{})) return {Mistake::default_argument, 0};
  }
  if (!is_result<std::remove_cvref_t<R>>()) return {Mistake::result, 0};
  return {};
}
template <class Method>
constexpr Finding inspect(Missing /*signature*/, std::string_view /*file_name*/) {
  return {};
}

/// Calls the function with its parameters made in their order: arguments in parentheses have no order, those
/// of a constructor in braces have.
template <class R>
struct Call {
  R result;
  template <class... A, class... P>
  explicit Call(R (*function)(A...), P&&... parameters) : result(function(std::forward<P>(parameters)...)) {}
};
template <>
struct Call<void> {
  template <class... A, class... P>
  explicit Call(void (*function)(A...), P&&... parameters) {
    function(std::forward<P>(parameters)...);
  }
};

template <class R, class... A>
Response invoke(int /*zero*/, R (*function)(A...), [[maybe_unused]] Context& context) {
  if constexpr (std::is_void_v<R>) {
    Call<void>{function, Extract<std::remove_cvref_t<A>>::from(context)...};
    return Response::no_content();
  } else {
    Call<R> call{function, Extract<std::remove_cvref_t<A>>::from(context)...};
    return to_response(std::forward<R>(call.result));
  }
}

}  // namespace stile::detail
