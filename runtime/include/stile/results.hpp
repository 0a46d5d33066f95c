// What a function may return, and the answer that becomes of it: void is 204, an empty optional 404, a Response itself,
// Created<T> 201, anything else that JSON can be made of 200. Pure; any thread.
#pragma once

#include <array>
#include <concepts>
#include <exception>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <stile/context.hpp>
#include <stile/json_type.hpp>
#include <stile/operation.hpp>
#include <stile/problem.hpp>
#include <stile/response.hpp>

namespace stile {

/// 201 with Location: `return Created<Note>{"/api/notes/7", note};`
template <class T>
struct Created {
  std::string location;
  T value;
};

/// A result of type R, and the statuses of the problems that the function throws, for the document:
/// `Throws<Note, 404, 409> PUT(...)`. It is made of whatever R is made of.
template <class R, int... statuses>
class Throws {
 public:
  static_assert(((statuses >= 400 && statuses <= 599) && ...), "a problem's status is 400 to 599");
  template <class U = R>
  requires(std::convertible_to<U, R> && !std::same_as<std::remove_cvref_t<U>, Throws>)
      Throws(U&& result)  // NOLINT: implicit, and never where a copy is meant
      : result_(std::forward<U>(result)) {}
  /// `return {"/api/notes/7", note};`
  template <class First, class... More>
  requires(!std::convertible_to<First, R> && !std::same_as<std::remove_cvref_t<First>, Throws> &&
           requires(First && first, More&&... more) {
             R{std::forward<First>(first), std::forward<More>(more)...};
           }) Throws(First&& first, More&&... more)  // NOLINT: implicit, as R's
      : result_{std::forward<First>(first), std::forward<More>(more)...} {}
  R& result() { return result_; }

 private:
  R result_;
};
/// Of a function that has nothing to return: `return {};`
template <int... statuses>
class Throws<void, statuses...> {};

namespace detail {

template <class R>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// Whether it is a page of a list, in whatever form.
template <class R>
inline constexpr bool wants_page = false;
template <class T>
inline constexpr bool wants_page<std::optional<T>> = wants_page<T>;
template <class T, int... statuses>
inline constexpr bool wants_page<Throws<T, statuses...>> = wants_page<T>;

// Compiled once, in the library.
Response json_response(std::string text);
Response created_response(std::string_view location, std::string text);
void document_any(Operation& operation);
void document_json(Operation& operation, const Schema& schema);
void document_created(Operation& operation, const Schema& schema);
void document_nothing(Operation& operation);

/// What nlohmann/json converts: a pointer other than text would become true; an exception is to be thrown.
template <class R>
concept ConvertibleToJson = std::is_constructible_v<Json, R> && !std::is_base_of_v<std::exception, R> &&
                            (!std::is_pointer_v<R> || std::is_same_v<R, const char*>);

template <class T>
std::string result_text(const T& value) {
  if constexpr (WritableJson<T>) {
    return json_text(value);
  } else {
    return print_json(Json(value));
  }
}
template <class T>
Schema result_schema(Operation& operation) {
  if constexpr (WritableJson<T>) {
    RulesInUse rules({});
    return JsonType<T>::schema(operation.schemas(), rules);
  } else {
    return {};
  }
}

/// make() turns a result into an answer, document() tells of it. `known` is false for what is no answer.
template <class R>
struct Result {
  static constexpr bool known = WritableJson<R> || ConvertibleToJson<R>;
  static Response make(const R& result, Context& /*context*/) { return json_response(result_text(result)); }
  static void document(Operation& operation) { document_json(operation, result_schema<R>(operation)); }
};

template <>
struct Result<void> {
  static constexpr bool known = true;
  static void document(Operation& operation) { document_nothing(operation); }
};

template <>
struct Result<Response> {
  static constexpr bool known = true;
  static Response make(Response result, Context& /*context*/) { return result; }
  static void document(Operation& operation) { document_any(operation); }
};

template <class T>
struct Result<std::optional<T>> {
  static constexpr bool known = Result<T>::known;
  static Response make(std::optional<T> result, Context& context) {
    if (!result) throw Problem{404};
    return Result<T>::make(*std::move(result), context);
  }
  static void document(Operation& operation) {
    Result<T>::document(operation);
    operation.add_problem(404);
  }
};

template <class T>
struct Result<Created<T>> {
  static constexpr bool known = WritableJson<T> || ConvertibleToJson<T>;
  static Response make(const Created<T>& result, Context& /*context*/) {
    return created_response(result.location, result_text(result.value));
  }
  static void document(Operation& operation) { document_created(operation, result_schema<T>(operation)); }
};

template <class R, int... statuses>
struct Result<Throws<R, statuses...>> {
  static constexpr bool known = Result<R>::known;
  static Response make(Throws<R, statuses...> result, Context& context) {
    if constexpr (std::is_void_v<R>) {
      return Response::no_content();
    } else {
      return Result<R>::make(std::move(result.result()), context);
    }
  }
  static void document(Operation& operation) {
    Result<R>::document(operation);
    (operation.add_problem(statuses), ...);
  }
};

}  // namespace detail
}  // namespace stile
