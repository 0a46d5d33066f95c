// What a handler works with besides the request: objects made once per thread (Local) or per worker (Shared).
#pragma once

#include <concepts>
#include <exception>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

#include <stile/place.hpp>
#include <stile/request.hpp>

namespace stile {

/// Thrown where making a Local or Shared object failed: answered with 503, its cause logged; tried again next
/// time.
class Unavailable : public std::exception {
 public:
  explicit Unavailable(std::string cause) : cause_(std::move(cause)) {}
  ~Unavailable() override;
  const char* what() const noexcept override { return cause_.c_str(); }

 private:
  std::string cause_;
};

/// Objects by type, each made when first asked for. Not thread-safe: one for each handler thread.
class Locals {
 public:
  template <class T>
  T& get();
  /// Puts an object there, for tests.
  template <class T>
  void set(std::shared_ptr<T> object);

 private:
  std::unordered_map<const void*, std::shared_ptr<void>> objects_;
};

/// The same, one for all threads of a worker. Thread-safe: an object is made once, others wait for it.
class Shareds {
 public:
  template <class T>
  T& get();

 private:
  std::mutex mutex_;
  Locals objects_;
};

class Context {
 public:
  Context(const Request& a_request, Locals& a_locals, Shareds& a_shareds)
      : request(a_request), locals(a_locals), shareds(a_shareds) {}
  const Request& request;
  Locals& locals;
  Shareds& shareds;
  detail::Faults faults{};  ///< what of the request was refused
};

namespace detail {
template <class T>
inline constexpr char type_key = 0;  // its address names the type

[[noreturn]] void rethrow_as_unavailable();  // the current exception

template <class T>
std::shared_ptr<void> make_object() {
  static_assert(std::default_initializable<T>,
                "an object of Local<T> or Shared<T> needs a default constructor");
  try {
    return std::make_shared<T>();
  } catch (...) {
    rethrow_as_unavailable();
  }
}
}  // namespace detail

template <class T>
T& Locals::get() {
  auto& object = objects_[&detail::type_key<T>];
  if (!object) object = detail::make_object<T>();
  return *static_cast<T*>(object.get());
}

template <class T>
void Locals::set(std::shared_ptr<T> object) {
  objects_[&detail::type_key<T>] = std::move(object);
}

template <class T>
T& Shareds::get() {
  const std::lock_guard lock(mutex_);
  return objects_.get<T>();
}

}  // namespace stile
