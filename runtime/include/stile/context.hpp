// What a handler works with besides the request: objects made once per thread (Local) or per worker (Shared).
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <typeinfo>
#include <unordered_map>
#include <utility>
#include <vector>

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

namespace detail {
/// Which page of a list was asked for (paging.hpp).
struct PageAsked {
  std::uint32_t limit = 0;
  std::uint64_t offset = 0;
  /// Of a list by cursors, else nullptr: makes one of a position. A pointer, so that only such functions link OpenSSL.
  std::string (*seal)(const Request& request, const std::string& position) = nullptr;
};
}  // namespace detail

struct Caller;
class Response;

namespace detail {

/// What is below a step around a folder: further steps, then the function.
class Below {
 public:
  /// Always an answer: what fails there has become a problem by then.
  virtual Response answer() = 0;

 protected:
  ~Below() = default;
};

/// A value that a step hands on, and its type; it lives until the step has its answer.
struct HandedType {
  const std::type_info* type;
  std::size_t size;
  std::size_t alignment;

  /// By name, as two files see it. Throws std::logic_error where they mean two types that have one name.
  bool is_same(const HandedType& other) const;
};
template <class T>
HandedType handed_type() {
  return {&typeid(T), sizeof(T), alignof(T)};
}
struct HandedValue {
  HandedType type;
  const void* value;
};

}  // namespace detail

class Context {
 public:
  Context(const Request& a_request, Locals& a_locals, Shareds& a_shareds)
      : request(a_request), locals(a_locals), shareds(a_shareds) {}
  const Request& request;
  Locals& locals;
  Shareds& shareds;
  detail::Faults faults{};  ///< what of the request was refused
  std::optional<detail::PageAsked> page{};
  std::vector<std::pair<std::string, std::string>>
      headers{};                                       ///< of an answer that is no problem, beside its own
  const Caller* caller = nullptr;                      ///< nullptr where everyone may call
  detail::Below* below = nullptr;                      ///< of a step
  std::vector<detail::HandedValue>* handed = nullptr;  ///< by the steps above; nullptr where there are none
};

namespace detail {
template <class T>
inline constexpr char type_key = 0;  // its address names the type

[[noreturn]] void rethrow_as_unavailable();  // the current exception

/// Where a test has put an object in the place of those of a type: asked before one is made, not each time that it is
/// used. nullptr in whatever serves. Set before any thread asks.
using Replacement = std::shared_ptr<void> (*)(const std::type_info& type);
extern Replacement replacement;

template <class T>
std::shared_ptr<void> make_object() {
  static_assert(std::default_initializable<T>,
                "an object of Local<T> or Shared<T> needs a default constructor");
  if (replacement != nullptr) {
    if (auto object = replacement(typeid(T))) return object;
  }
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
