// What a function looks like, seen at compile time: its parameters and result, what is wrong with them, and
// how to call it with a request. Used by entry.hpp alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include <stile/extract.hpp>
#include <stile/folder.hpp>
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
  result,
  no_paging
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
  if (!Result<std::remove_cvref_t<R>>::known) return {Mistake::result, 0};
  if (wants_page<std::remove_cvref_t<R>> && !(Extract<std::remove_cvref_t<A>>::takes_page || ...))
    return {Mistake::no_paging, 0};
  return {};
}
template <class Method>
constexpr Finding inspect(Missing /*signature*/, std::string_view /*file_name*/) {
  return {};
}

/// Whether it is a step around others (folder.hpp).
template <class R, class... A>
constexpr bool takes_next(Signature<R, A...> /*signature*/) {
  return (is_next<std::remove_cvref_t<A>> || ...);
}
constexpr bool takes_next(Missing /*signature*/) { return false; }

template <class R, class... A>
constexpr bool returns_response(Signature<R, A...> /*signature*/) {
  return std::is_same_v<R, Response>;
}
constexpr bool returns_response(Missing /*signature*/) { return false; }

/// What first() made of a function's parameters, in their order: arguments in parentheses have no order, those of a
/// constructor in braces have.
template <class... A>
struct FirstSteps {
  explicit FirstSteps(Context& /*context*/) {}
};
template <class A, class... Rest>
struct FirstSteps<A, Rest...> {
  explicit FirstSteps(Context& context) : first(Extract<A>::first(context)), rest(context) {}
  decltype(Extract<A>::first(std::declval<Context&>())) first;
  FirstSteps<Rest...> rest;
};

/// Calls with what second() makes of each, in their order too: Local and Shared objects are made by then.
template <class R, class... Done, class F>
R call_function(F* function, Context& /*context*/, FirstSteps<>& /*none*/, Done&&... done) {
  return function(std::forward<Done>(done)...);
}
template <class R, class... Done, class F, class A, class... Rest>
R call_function(F* function, Context& context, FirstSteps<A, Rest...>& steps, Done&&... done) {
  return call_function<R>(function, context, steps.rest, std::forward<Done>(done)...,
                          Extract<A>::second(context, steps.first));
}

/// A refused request never reaches the function.
template <class R, class... A>
Response invoke(int /*zero*/, R (*function)(A...), Context& context) {
  FirstSteps<std::remove_cvref_t<A>...> steps(context);
  if (!context.faults.empty()) throw context.faults.problem();
  if constexpr (std::is_void_v<R>) {
    call_function<R>(function, context, steps);
    return Response::no_content();
  } else {
    return Result<std::remove_cvref_t<R>>::make(call_function<R>(function, context, steps), context);
  }
}

template <class Kind>
void document_parameter(Operation& operation) {
  if constexpr (!Kind::unnamed_input.empty()) operation.add_unnamed_input(Kind::unnamed_input);
  Kind::document(operation);
}

template <class R, class... A>
void document(Signature<R, A...> /*signature*/, Operation& operation) {
  (document_parameter<Extract<std::remove_cvref_t<A>>>(operation), ...);
  Result<std::remove_cvref_t<R>>::document(operation);
}

}  // namespace stile::detail
