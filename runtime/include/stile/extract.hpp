// From a request to a function's parameters. Used by entry.hpp alone; a function's author needs none of it.
// Pure but for what making a Local or Shared object does; runs on the handler's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <stile/context.hpp>
#include <stile/conversion.hpp>
#include <stile/parameters.hpp>
#include <stile/request.hpp>

namespace stile::detail {

enum class In : std::uint8_t { path, query, header, cookie };

struct Source {
  In in;
  std::string_view name;
};

// Compiled once, in the library. The views live as long as the request.
std::vector<std::string_view> find_values(const Request& request, Source source);
/// The only value; nothing where there is none. Throws Problem 400 where there are several.
std::optional<std::string_view> find_value(const Request& request, Source source);
[[noreturn]] void refuse_missing(Source source);
[[noreturn]] void refuse_text(Source source, std::string_view came, std::string_view expected);
const std::string& utf8_body(const Request& request);
std::vector<std::byte> body_bytes(const Request& request);

template <class T>
T convert(Source source, std::string_view text) {
  auto value = FromText<T>::read(text);
  if (!value) refuse_text(source, text, FromText<T>::expected());
  return *std::move(value);
}

/// How a T is made of the values of one name: just one, at most one, or any number.
template <class T>
struct Gather {
  static constexpr bool known = ReadableText<T>;
  template <Fallback fallback>
  static constexpr bool default_fits = fallback.kind == Fallback::Kind::none || fallback.template fits<T>();

  template <Fallback fallback>
  static T from(const Request& request, Source source) {
    if (const auto text = find_value(request, source)) return convert<T>(source, *text);
    if constexpr (fallback.kind == Fallback::Kind::none) {
      refuse_missing(source);
    } else {
      return fallback.template as<T>();
    }
  }
};

template <class T>
struct Gather<std::optional<T>> {
  static constexpr bool known = ReadableText<T>;
  template <Fallback fallback>
  static constexpr bool default_fits = fallback.kind == Fallback::Kind::none;

  template <Fallback fallback>
  static std::optional<T> from(const Request& request, Source source) {
    if (const auto text = find_value(request, source)) return convert<T>(source, *text);
    return std::nullopt;
  }
};

template <class T>
struct Gather<std::vector<T>> {
  static constexpr bool known = ReadableText<T>;
  template <Fallback fallback>
  static constexpr bool default_fits = fallback.kind == Fallback::Kind::none;

  template <Fallback fallback>
  static std::vector<T> from(const Request& request, Source source) {
    std::vector<T> values;
    for (const std::string_view text : find_values(request, source))
      values.push_back(convert<T>(source, text));
    return values;
  }
};

/// One kind of parameter: `known` says whether P is one, `convertible` whether its T can be made,
/// `default_fits` its default, `path_name` what must stand in braces in the file's name.
struct UnknownParameter {
  static constexpr bool known = false;
};
struct KnownParameter {
  static constexpr bool known = true;
  static constexpr bool convertible = true;
  static constexpr bool default_fits = true;
  static constexpr std::string_view path_name{};
};

template <class P>
struct Extract : UnknownParameter {};

template <>
struct Extract<Request> : KnownParameter {
  static const Request& from(Context& context) { return context.request; }
};

template <Literal name, class T>
struct Extract<Path<name, T>> : KnownParameter {
  static constexpr bool convertible = ReadableText<T>;
  static constexpr std::string_view path_name = name.view();
  static Path<name, T> from(Context& context) {
    return Gather<T>::template from<Fallback{}>(context.request, {In::path, name.view()});
  }
};

template <class T, Fallback fallback>
struct TextParameter : KnownParameter {
  static constexpr bool convertible = Gather<T>::known;
  static constexpr bool default_fits = Gather<T>::template default_fits<fallback>;
};

template <Literal name, class T, Fallback fallback>
struct Extract<Query<name, T, fallback>> : TextParameter<T, fallback> {
  static Query<name, T, fallback> from(Context& context) {
    return Gather<T>::template from<fallback>(context.request, {In::query, name.view()});
  }
};

template <Literal name, class T, Fallback fallback>
struct Extract<Header<name, T, fallback>> : TextParameter<T, fallback> {
  static Header<name, T, fallback> from(Context& context) {
    return Gather<T>::template from<fallback>(context.request, {In::header, name.view()});
  }
};

template <Literal name, class T, Fallback fallback>
struct Extract<Cookie<name, T, fallback>> : TextParameter<T, fallback> {
  static Cookie<name, T, fallback> from(Context& context) {
    return Gather<T>::template from<fallback>(context.request, {In::cookie, name.view()});
  }
};

template <class T>
struct Extract<Body<T>> : KnownParameter {
  static constexpr bool convertible = ReadableJson<T>;
  static Body<T> from(Context& context) {
    if constexpr (std::same_as<T, Json>) {
      return context.request.json();
    } else {
      return FromJson<T>::read(context.request.json(), JsonPlace{});
    }
  }
};

/// An optional body may be left out.
template <class T>
struct Extract<Body<std::optional<T>>> : Extract<Body<T>> {
  static Body<std::optional<T>> from(Context& context) {
    if (context.request.body().empty()) return {};
    return std::optional<T>(Extract<Body<T>>::from(context).value());
  }
};

template <>
struct Extract<Body<std::string>> : KnownParameter {
  static Body<std::string> from(Context& context) { return utf8_body(context.request); }
};

template <>
struct Extract<Body<std::vector<std::byte>>> : KnownParameter {
  static Body<std::vector<std::byte>> from(Context& context) { return body_bytes(context.request); }
};

template <class T>
struct Extract<Local<T>> : KnownParameter {
  static Local<T> from(Context& context) { return context.locals.get<T>(); }
};

template <class T>
struct Extract<Shared<T>> : KnownParameter {
  static Shared<T> from(Context& context) { return context.shareds.get<T>(); }
};

}  // namespace stile::detail
