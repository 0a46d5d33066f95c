// A described struct read from JSON, and what is told of it: for the tests of rules and refusals.
#pragma once

#include <catch2/catch.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "recording_sink.hpp"
#include "stile/context.hpp"
#include "stile/described.hpp"
#include "stile/extract.hpp"

namespace stile::test {

/// The "errors" of reading it; empty where nothing was refused.
template <class T>
Json errors_of(std::string_view json, T& into) {
  detail::Faults faults;
  const bool is_sound = JsonType<T>::read(parse_json(json), Place(faults, {detail::In::body, {}}), into);
  CHECK(is_sound == faults.empty());
  return faults.empty() ? Json::array() : faults.problem().members()["errors"];
}
template <class T>
Json errors_of(std::string_view json) {
  T ignored{};
  return errors_of(json, ignored);
}

/// What was refused: "pointer: expected" of each.
template <class T>
std::vector<std::string> refused(std::string_view json, T& into) {
  std::vector<std::string> texts;
  const Json errors = errors_of(json, into);
  for (const Json& error : errors)
    texts.push_back(error["pointer"].get<std::string>() + ": " + error["expected"].get<std::string>());
  return texts;
}
template <class T>
std::vector<std::string> refused(std::string_view json) {
  T ignored{};
  return refused(json, ignored);
}

template <class T>
T read(std::string_view json) {
  T value{};
  CHECK(refused(json, value).empty());
  return value;
}

template <class T>
Json schema_of(Schemas& schemas) {
  RulesInUse rules({});
  return Json::parse(JsonType<T>::schema(schemas, rules).text());
}
/// The schema of a struct's members.
template <class T>
Json properties_of() {
  Schemas schemas;
  schema_of<T>(schemas);
  return Json::parse(schemas.all().at(detail::struct_of<T>().name)).at("properties");
}

/// What is wrong with what its author says of it; empty where nothing is.
template <class T>
std::string mistake() {
  Schemas schemas;
  try {
    schema_of<T>(schemas);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return {};
}

/// What a parameter P is read from, with what it was refused for.
template <class P>
struct Asked {
  explicit Asked(std::string_view uri) : request({.method = "GET", .uri = uri}, sink) {
    value = *detail::Extract<P>::first(context);
  }
  Json errors() const {
    return context.faults.empty() ? Json::array() : context.faults.problem().members()["errors"];
  }

  RecordingSink sink;
  Request request;
  Locals locals;
  Shareds shareds;
  Context context{request, locals, shareds};
  std::remove_cvref_t<decltype(*std::declval<P&>())> value{};
};
/// What is told of a parameter, or what is wrong with it.
template <class P>
Json told() {
  Schemas schemas;
  detail::Operation operation(schemas, "GET", false);
  Schema schema;
  detail::Extract<P>::document(operation);
  operation.tell(schema);
  return Json::parse(schema.text())["parameters"];
}
template <class... P>
std::string parameter_mistake() {
  Schemas schemas;
  detail::Operation operation(schemas, "GET", false);
  try {
    (detail::Extract<P>::document(operation), ...);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return {};
}

}  // namespace stile::test
