// What a function may return, and the answer that becomes of it: void is 204, an empty optional 404, a
// Response itself, anything that nlohmann/json converts 200 with that JSON. Pure; any thread.
#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include <stile/json.hpp>
#include <stile/problem.hpp>
#include <stile/response.hpp>

namespace stile::detail {

template <class R>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class R>
constexpr bool is_result() {
  if constexpr (std::is_void_v<R> || std::is_same_v<R, Response>) {
    return true;
  } else if constexpr (is_optional<R>) {
    return is_result<typename R::value_type>();
  } else {
    // A pointer other than text would become true; an exception is to be thrown.
    return std::is_constructible_v<Json, R> && !std::is_base_of_v<std::exception, R> &&
           (!std::is_pointer_v<R> || std::is_same_v<R, const char*>);
  }
}

template <class R>
Response to_response(R&& result) {
  using Plain = std::remove_cvref_t<R>;
  if constexpr (std::is_same_v<Plain, Response>) {
    return std::forward<R>(result);
  } else if constexpr (is_optional<Plain>) {
    if (!result) throw Problem{404};
    return to_response(*std::forward<R>(result));
  } else if constexpr (std::is_same_v<Plain, Json>) {
    return Response::json(result);
  } else {
    return Response::json(Json(std::forward<R>(result)));
  }
}

}  // namespace stile::detail
