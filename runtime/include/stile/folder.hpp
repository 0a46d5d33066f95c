// What a folder's _settings.cpp may have beside `settings`: a step around all functions below.
//
//     Response around(Next<Tenant> next, Header<"X-Tenant"> name) {
//       Response response = next(find_tenant(*name));  // or an answer of its own, or throw Problem(...)
//       return response.header("X-Served-For", *name);
//     }
//
// The outermost folder's step comes first. A step runs for requests that have a method which the endpoint has: not for
// OPTIONS, 404 and 405. Runs on the handler's thread.
#pragma once

#include <cstddef>
#include <typeinfo>

#include <stile/context.hpp>
#include <stile/extract.hpp>
#include <stile/operation.hpp>
#include <stile/response.hpp>

namespace stile {

/// The parameter of a step by which it asks what is below, and hands it one value of each of these types.
template <class... T>
class Next {
 public:
  explicit Next(Context& context) : below_(context.below), handed_(context.handed) {}

  /// The answer of what is below: never throws, what fails there comes as its problem. May be left out, and may be called
  /// again.
  Response operator()(const T&... values) const {
    const std::size_t before = handed_->size();
    (handed_->push_back({detail::handed_type<T>(), &values}), ...);
    Response response = below_->answer();
    handed_->resize(before);
    return response;
  }

 private:
  detail::Below* below_;
  std::vector<detail::HandedValue>* handed_;
};

/// A parameter: the value of this type that a step around the function's folder has handed on, the nearest step's.
template <class T>
class Handed {
 public:
  /// `value` is borrowed.
  explicit Handed(const T& value) : value_(&value) {}
  const T& operator*() const { return *value_; }
  const T* operator->() const { return value_; }

 private:
  const T* value_;
};

namespace detail {

template <class T>
inline constexpr bool is_next = false;
template <class... T>
inline constexpr bool is_next<Next<T...>> = true;

/// Throws std::logic_error where there is none: the build refuses that.
const void* handed_value(const Context& context, const HandedType& type);

template <class... T>
struct Extract<Next<T...>> : NoInput {
  static Next<T...> first(Context& context) { return Next<T...>(context); }
  static Next<T...> second(Context& /*context*/, Next<T...> next) { return next; }
  static void document(Operation& operation) { (operation.hand(handed_type<T>()), ...); }
};

/// What the step made it of, the step has declared.
template <class T>
struct Extract<Handed<T>> : NoInput {
  static Nothing first(Context& /*context*/) { return {}; }
  static Handed<T> second(Context& context, Nothing /*nothing*/) {
    return Handed<T>(*static_cast<const T*>(handed_value(context, handed_type<T>())));
  }
  static void document(Operation& operation) { operation.want(handed_type<T>()); }
};

}  // namespace detail
}  // namespace stile
