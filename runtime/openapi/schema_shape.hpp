// What schemas of an OpenAPI document (JSON Schema 2020-12; 3.0's nullable too) say together, with $ref and allOf taken
// in. Knows no direction and compares nothing. Pure; any thread.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace stile::openapi {

/// Schemas all of which hold, as a document has them: borrowed from it. None: anything is allowed.
using Schemas = std::vector<const nlohmann::json*>;

/// What `reference` ("#/components/schemas/Note", RFC 6901 in a fragment) stands for in `document`; nullptr where it
/// leads nowhere, or out of the document.
const nlohmann::json* look_up(const nlohmann::json& document, std::string_view reference);

/// `value`, or what its $ref leads to over at most 32 others. Where that leads nowhere: the value itself.
const nlohmann::json& dereferenced(const nlohmann::json& document, const nlohmann::json& value);

/// JSON as text, in one line: for comparing and for showing. What is no UTF-8 is replaced.
std::string printed(const nlohmann::json& value);

/// What Schemas say together, by keyword. Where they contradict each other `types` is empty or `never` true.
struct Shape {
  bool never = false;                           ///< nothing is allowed
  std::set<std::string> types;                  ///< all but "integer" where none is named
  std::optional<std::set<std::string>> values;  ///< of enum and const, printed
  std::map<std::string, Schemas> members;
  std::set<std::string> required;
  bool closed = false;  ///< other members are refused
  Schemas additional;   ///< what other members are
  std::vector<Schemas> prefix;
  Schemas items;  ///< what comes behind the prefix
  bool unique = false;
  std::map<std::string_view, nlohmann::json>
      bounds;  ///< by keyword: "minimum", "maxLength", ...; the tightest
  std::set<std::string> patterns, formats, multiples;
  std::vector<const nlohmann::json*> groups;      ///< the arrays of oneOf and anyOf
  const nlohmann::json* discriminator = nullptr;  ///< of the first group
  std::map<std::string, const nlohmann::json*>
      others;  ///< keywords that mean something which is not known here
};

/// `chosen` are groups that are left out, because one of their alternatives is among `schemas`.
Shape shape_of(const nlohmann::json& document, const Schemas& schemas, const Schemas& chosen = {});

/// Whether a keyword says nothing about what is valid: "title", "x-anything".
bool is_annotation(std::string_view keyword);

}  // namespace stile::openapi
