// What the build makes of one function file: its methods, as pointers that take a whole request. The generated source
// of each function defines one constant of this type (see function.hpp and entry.hpp). Pure data; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <stile/settings.hpp>

namespace stile {

class Context;
class Response;
namespace detail {
class Operation;
}

enum class Method : std::uint8_t { GET, POST, PUT, PATCH, DELETE };
inline constexpr std::array<std::string_view, 5> method_names{"GET", "POST", "PUT", "PATCH", "DELETE"};

struct Folder;

struct Endpoint {
  /// Extracts the parameters, runs the function, turns its result into a Response. Throws what the function throws.
  using Handler = Response (*)(Context&);

  /// Tells what the method takes and answers. Throws std::invalid_argument where its author contradicts himself.
  using Documenter = void (*)(detail::Operation&);

  std::string_view file;                     ///< "functions/todos/{id}.cpp"
  std::string_view name;                     ///< "todos/{id}"
  std::array<Handler, 5> handlers{};         ///< by Method; nullptr where the file exports none
  std::array<Documenter, 5> documenters{};   ///< likewise
  const Settings* settings = nullptr;        ///< nullptr where the file has none
  std::span<const Folder* const> folders{};  ///< those above it that say something, the outermost first
};

/// What a folder's _settings.cpp says of all functions below (folder.hpp).
struct Folder {
  std::string_view file;                      ///< "functions/admin/_settings.cpp"
  Endpoint::Handler around = nullptr;         ///< nullptr where there is no step
  Endpoint::Documenter documenter = nullptr;  ///< of what the step takes
  const Settings* settings = nullptr;
};

namespace detail {
template <const Folder*... F>
inline constexpr std::array<const Folder*, sizeof...(F)> folders{F...};
}  // namespace detail

}  // namespace stile
