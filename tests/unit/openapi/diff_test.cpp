#include "openapi/diff.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using nlohmann::json;
using stile::openapi::breaking_changes;

namespace {

using Texts = std::vector<std::string>;

Texts texts(const json& before, const json& after) {
  Texts found;
  for (const auto& change : breaking_changes(before, after)) found.push_back(change.text());
  return found;
}

json parsed(const std::string& text) { return json::parse(text); }

// A document with one operation that takes this, or answers with it.
json asking(const json& schema, const json& schemas = json::object()) {
  json document = parsed(
      R"({"openapi": "3.1.0", "paths": {"/x": {"post": {"requestBody": {"content": {}}, "responses": {}}}}})");
  document["paths"]["/x"]["post"]["requestBody"]["content"]["application/json"]["schema"] = schema;
  document["components"]["schemas"] = schemas;
  return document;
}
json answering(const json& schema, const json& schemas = json::object()) {
  json document =
      parsed(R"({"openapi": "3.1.0", "paths": {"/x": {"get": {"responses": {"200": {"content": {}}}}}}})");
  document["paths"]["/x"]["get"]["responses"]["200"]["content"]["application/json"]["schema"] = schema;
  document["components"]["schemas"] = schemas;
  return document;
}

Texts of_request(const std::string& before, const std::string& after) {
  auto found = texts(asking(parsed(before)), asking(parsed(after)));
  for (auto& text : found) text.erase(0, std::string("POST /x: request body ").size());
  return found;
}
Texts of_response(const std::string& before, const std::string& after) {
  auto found = texts(answering(parsed(before)), answering(parsed(after)));
  for (auto& text : found) text.erase(0, std::string("GET /x: response 200 ").size());
  return found;
}

struct Row {
  std::string before;
  std::string after;
  Texts request;  // what breaks there, going from before to after
  Texts response;
  Texts request_back{};  // and going from after to before
  Texts response_back{};
};

void check(const std::vector<Row>& rows) {
  for (const auto& row : rows) {
    INFO(row.before << "\n" << row.after);
    CHECK(of_request(row.before, row.after) == row.request);
    CHECK(of_response(row.before, row.after) == row.response);
    CHECK(of_request(row.after, row.before) == row.request_back);
    CHECK(of_response(row.after, row.before) == row.response_back);
    for (const auto& same : {row.before, row.after}) {
      CHECK(of_request(same, same).empty());
      CHECK(of_response(same, same).empty());
    }
  }
}

json operation(const std::string& text) {
  json document = parsed(R"({"paths": {"/notes/{id}": {}}})");
  document["paths"]["/notes/{id}"]["get"] = parsed(text);
  return document;
}
Texts of_operation(const std::string& before, const std::string& after) {
  auto found = texts(operation(before), operation(after));
  for (auto& text : found) {
    CHECK_THAT(text, Catch::StartsWith("GET /notes/{id}"));
    text.erase(0, std::string("GET /notes/{id}").size());
    text.erase(0, text.find_first_not_of(": "));
  }
  return found;
}
Texts of_parameters(const std::string& before, const std::string& after) {
  return of_operation(R"({"parameters": [)" + before + "]}", R"({"parameters": [)" + after + "]}");
}

}  // namespace

TEST_CASE("Types that go break requests, types that come break responses") {
  check({
      {R"({"type": "string"})",
       R"({"type": "integer"})",
       {"may no longer be string"},
       {"may be integer now"},
       {"may no longer be integer"},
       {"may be string now"}},
      {R"({"type": ["string", "null"]})",
       R"({"type": "string"})",
       {"may no longer be null"},
       {},
       {},
       {"may be null now"}},
      {R"({"type": "string", "nullable": true})",
       R"({"type": "string"})",
       {"may no longer be null"},
       {},
       {},
       {"may be null now"}},
      {R"({"type": "number"})",
       R"({"type": "integer"})",
       {"may no longer be number"},
       {},
       {},
       {"may be number now"}},
      {R"({})",
       R"({"type": ["string", "null"]})",
       {"must be null or string now"},
       {},
       {},
       {"may be anything now, no more than null or string before"}},
      {R"(true)", R"(false)", {"is not taken any more"}, {}, {}, {"may come now, and could not before"}},
      {R"({"type": ["string", "integer"]})", R"({"type": ["integer", "string"]})", {}, {}},
      {R"({"type": "number"})", R"({"type": ["integer", "number"]})", {}, {}},
  });
}

TEST_CASE("Values that go break requests, values that come break responses") {
  check({
      {R"({"enum": ["a", "b"]})",
       R"({"enum": ["a"]})",
       {R"(may no longer be "b")"},
       {},
       {},
       {R"(may be "b" now)"}},
      {R"({"type": "string", "enum": ["a", "b"]})", R"({"enum": ["b", "a"]})", {}, {}},
      {R"({"type": "string"})",
       R"({"type": "string", "enum": ["a"]})",
       {"takes only certain values now"},
       {},
       {},
       {"is no longer one of certain values"}},
      {R"({"const": "a"})", R"({"enum": ["a"]})", {}, {}},
      {R"({"const": 1})",
       R"({"const": 2})",
       {"may no longer be 1"},
       {"may be 2 now"},
       {"may no longer be 2"},
       {"may be 1 now"}},
      {R"({"type": "string", "enum": ["a"]})",
       R"({"type": "string", "maxLength": 5, "pattern": "a"})",
       {},
       {"is no longer one of certain values"},
       {"takes only certain values now"},
       {}},
  });
}

TEST_CASE("Tighter bounds break requests, and no bounds break responses") {
  check({
      {R"({"type": "integer"})",
       R"({"type": "integer", "minimum": 1, "maximum": 5})",
       {"must be at least 1 now", "must be at most 5 now"},
       {}},
      {R"({"type": "integer", "minimum": 0})",
       R"({"type": "integer", "minimum": 1})",
       {"must be at least 1 now"},
       {}},
      {R"({"type": "integer", "minimum": 9007199254740992})",
       R"({"type": "integer", "minimum": 9007199254740993})",
       {"must be at least 9007199254740993 now"},
       {}},
      {R"({"type": "number", "minimum": 0})",
       R"({"type": "number", "exclusiveMinimum": 0})",
       {"must be more than 0 now"},
       {}},
      {R"({"type": "number", "exclusiveMaximum": 5})",
       R"({"type": "number", "maximum": 5})",
       {},
       {},
       {"must be less than 5 now"}},
      {R"({"type": "number", "exclusiveMaximum": 5})",
       R"({"type": "number", "exclusiveMaximum": 4.5})",
       {"must be less than 4.5 now"},
       {}},
      {R"({"type": "string", "maxLength": 10})",
       R"({"type": "string", "minLength": 1, "maxLength": 9})",
       {"must have at least 1 characters now", "must have at most 9 characters now"},
       {}},
      {R"({"type": "array"})",
       R"({"type": "array", "minItems": 1, "maxItems": 9, "uniqueItems": true})",
       {"must have at least 1 items now", "must have at most 9 items now",
        "must not have the same item twice now"},
       {}},
      {R"({"type": "object"})",
       R"({"type": "object", "minProperties": 1, "maxProperties": 2})",
       {"must have at least 1 members now", "must have at most 2 members now"},
       {}},
      {R"({"type": "string"})",
       R"({"type": "string", "minimum": 5, "maxItems": 5})",
       {},
       {}},  // of other types
      {R"({"allOf": [{"type": "integer", "minimum": 3}, {"minimum": 1}]})",
       R"({"type": "integer", "minimum": 2})",
       {},
       {},
       {"must be at least 3 now"}},
      {R"({"type": "integer", "multipleOf": 2})",
       R"({"type": "integer", "multipleOf": 5})",
       {"must be a multiple of 5 now"},
       {},
       {"must be a multiple of 2 now"}},
  });
}

TEST_CASE("Patterns break requests, formats both") {
  check({{R"({"type": "string"})", R"({"type": "string", "pattern": "^a$"})", {"must match now: ^a$"}, {}},
         {R"({"type": "string", "pattern": "^b$"})",
          R"({"type": "string", "pattern": "^a$"})",
          {"must match now, and perhaps did not before: ^a$"},
          {},
          {"must match now, and perhaps did not before: ^b$"}},
         {R"({"type": "string"})",
          R"({"type": "string", "format": "date"})",
          {"must be of the format date now (was any)"},
          {},
          {},
          {"is no longer of the format date (now any)"}},
         {R"({"type": "integer", "format": "int64"})",
          R"({"type": "integer", "format": "int32"})",
          {"must be of the format int32 now (was int64)"},
          {},
          {},
          {"is no longer of the format int32 (now int64)"}},
         {R"({"type": "integer", "format": "uint8"})",
          R"({"type": "integer", "format": "int16"})",
          {},
          {"is no longer of the format uint8 (now int16)"},
          {"must be of the format uint8 now (was int16)"},
          {}}});
}

TEST_CASE(
    "Members that go or are newly required break requests, those that go or may be missing, responses") {
  const std::string plain = R"({"type": "object", "properties": {"title": {"type": "string"}}})";
  check({
      {plain,
       R"({"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]})",
       {R"("/title" is required now)"},
       {},
       {},
       {R"("/title" may be missing now)"}},
      {plain,
       R"({"type": "object", "properties": {"title": {"type": "string"}, "a/b~": {}}, "required": ["a/b~"]})",
       {R"("/a~1b~0" is new, and required)"},
       {},
       {R"("/a~1b~0" is not read any more)"},
       {R"("/a~1b~0" is gone)"}},
      {plain,
       R"({"type": "object", "properties": {"title": {"type": "string"}, "text": {}}})",
       {},
       {},
       {R"("/text" is not read any more)"},
       {R"("/text" is gone)"}},
      {plain,
       R"({"type": "object", "properties": {"title": {"type": ["string", "null"]}}})",
       {},
       {R"("/title" may be null now)"},
       {R"("/title" may no longer be null)"},
       {}},
      {plain,
       R"({"type": "object", "properties": {}, "additionalProperties": false})",
       {R"("/title" is refused now)", "refuses members that it does not know now"},
       {R"("/title" is gone)"}},
      {plain,
       R"({"type": "object", "additionalProperties": {"type": "integer"}})",
       {R"("/title" may no longer be string)", R"("/*" must be integer now)"},
       {R"("/title" may be integer now)"},
       {R"("/title" may no longer be integer)"},
       {R"("/title" may be string now)", R"("/*" may be anything now, no more than integer before)"}},
      {R"({"type": "object", "additionalProperties": {"type": "string"}})",
       R"({"type": "object", "additionalProperties": {"type": "integer"}})",
       {R"("/*" may no longer be string)"},
       {R"("/*" may be integer now)"},
       {R"("/*" may no longer be integer)"},
       {R"("/*" may be string now)"}},
  });
}

TEST_CASE("A closed response may get members, and be opened") {
  check({{R"({"type": "object", "properties": {"a": {}}, "additionalProperties": false})",
          R"({"type": "object", "properties": {"a": {}, "b": {}}, "additionalProperties": false})",
          {},
          {},
          {R"("/b" is refused now)"},
          {R"("/b" is gone)"}},
         {R"({"type": "object", "additionalProperties": false})",
          R"({"type": "object"})",
          {},
          {},
          {"refuses members that it does not know now"},
          {}},
         {R"({"type": "object", "unevaluatedProperties": false})",
          R"({"type": "object"})",
          {},
          {},
          {"refuses members that it does not know now"},
          {}}});
}

TEST_CASE("Items are compared where they stand") {
  check({
      {R"({"type": "array", "items": {"type": "string"}})",
       R"({"type": "array", "items": {"type": ["string", "null"]}})",
       {},
       {R"("/items" may be null now)"},
       {R"("/items" may no longer be null)"},
       {}},
      {R"({"properties": {"tags": {"type": "array"}}})",
       R"({"properties": {"tags": {"type": "array", "items": {"type": "string"}}}})",
       {R"("/tags/items" must be string now)"},
       {},
       {},
       {R"("/tags/items" may be anything now, no more than string before)"}},
      {R"({"type": "array", "prefixItems": [{"type": "string"}], "items": {"type": "integer"}})",
       R"({"type": "array", "prefixItems": [{"type": "string"}, {"type": "string"}], "items": {"type": "integer"}})",
       {R"("/1" may no longer be integer)"},
       {R"("/1" may be string now)"},
       {R"("/1" may no longer be string)"},
       {R"("/1" may be integer now)"}},
      {R"({"type": "array", "prefixItems": [{}, {}], "items": false})",
       R"({"type": "array", "prefixItems": [{}], "items": false})",
       {R"("/1" is not taken any more)"},
       {},
       {},
       {R"("/1" may come now, and could not before)"}},
  });
}

TEST_CASE("Alternatives that go break requests, alternatives that come break responses") {
  const std::string cat =
      R"({"type": "object", "properties": {"kind": {"const": "cat"}, "lives": {"type": "integer"}}})";
  const std::string dog = R"({"type": "object", "properties": {"kind": {"const": "dog"}}})";
  const std::string tagged = R"(, "discriminator": {"propertyName": "kind"}})";
  check({
      {R"({"oneOf": [)" + cat + "," + dog + "]" + tagged,
       R"({"oneOf": [)" + dog + "]" + tagged,
       {R"(may no longer be the alternative "cat")"},
       {},
       {},
       {R"(may be the alternative "cat" now)"}},
      {R"({"oneOf": [)" + cat + "," + dog + "]" + tagged,
       R"({"oneOf": [)" + dog + "," + cat + "]" + tagged,
       {},
       {}},
      {R"({"oneOf": [)" + cat + "," + dog + "]" + tagged, R"({"anyOf": [)" + dog + "," + cat + "]}", {}, {}},
      {R"({"oneOf": [)" + cat + "]" + tagged,
       R"({"oneOf": [{"properties": {"kind": {"const": "cat"}, "lives": {"type": ["integer", "null"]}}, "type": "object"}])" +
           tagged,
       {},
       {R"("/lives" may be null now)"},
       {R"("/lives" may no longer be null)"},
       {}},
      {R"({"anyOf": [{"type": "string"}, {"type": "null"}]})",
       R"({"type": "string"})",
       {"may no longer be null"},
       {},
       {},
       {"may be null now"}},
      {R"({"anyOf": [{"type": "string"}, {"type": "null"}]})", R"({"type": ["null", "string"]})", {}, {}},
      {R"({"anyOf": [{"type": "integer"}, {"type": "string"}]})",
       R"({"anyOf": [{"type": "number"}, {"type": "string"}]})",
       {},
       {"may be number now"},
       {"may no longer be number"},
       {}},
      {R"({"oneOf": [{"type": "string", "maxLength": 5}, {"type": "null"}]})",
       R"({"oneOf": [{"type": "string", "maxLength": 4}, {"type": "null"}]})",
       {"must have at most 4 characters now"},
       {}},
      {R"({"oneOf": [{"type": "string"}], "anyOf": [{"minLength": 1}]})",
       R"({"anyOf": [{"minLength": 1}], "oneOf": [{"type": "string"}]})",
       {},
       {}},
  });
  CHECK(of_request(R"({"oneOf": [{"type": "string"}], "discriminator": {"propertyName": "a"}})",
                   R"({"oneOf": [{"type": "string"}], "discriminator": {"propertyName": "b"}})") ==
        Texts{R"(is told apart by "b" now, by "a" before)"});
}

TEST_CASE("References are followed, and their names are nobody's business") {
  const json note = parsed(R"({"type": "object", "properties": {"title": {"type": "string"}}})");
  const json strict =
      parsed(R"({"type": "object", "properties": {"title": {"type": "string", "minLength": 1}}})");
  const json reference = parsed(R"({"$ref": "#/components/schemas/Note"})");
  const json other = parsed(R"({"$ref": "#/components/schemas/No~1te%20"})");
  CHECK(texts(asking(reference, {{"Note", note}}), asking(other, {{"No/te ", note}})).empty());
  CHECK(texts(asking(reference, {{"Note", note}}), asking(note)).empty());
  CHECK(texts(asking(reference, {{"Note", note}}), asking(other, {{"No/te ", strict}})) ==
        Texts{R"(POST /x: request body "/title" must have at least 1 characters now)"});
  const json all = parsed(R"({"allOf": [{"$ref": "#/components/schemas/Note"}, {"required": ["title"]}]})");
  CHECK(texts(asking(reference, {{"Note", note}}), asking(all, {{"Note", note}})) ==
        Texts{R"(POST /x: request body "/title" is required now)"});
  CHECK(texts(asking(all, {{"Note", note}}), asking(reference, {{"Note", note}})).empty());
  CHECK(texts(asking(reference), asking(reference)).empty());  // it leads nowhere, then as now
  CHECK(texts(asking(reference), asking(note)) ==
        Texts{"POST /x: request body must be object now",
              R"(POST /x: request body may differ: its "$ref" has changed)"});
}

TEST_CASE(
    "An optional reference may become a plain one for requests, and the other way round for responses") {
  const json schemas = parsed(R"({"Note": {"type": "object"}})");
  const json plain = parsed(R"({"$ref": "#/components/schemas/Note"})");
  const json optional = parsed(R"({"anyOf": [{"$ref": "#/components/schemas/Note"}, {"type": "null"}]})");
  CHECK(texts(asking(plain, schemas), asking(optional, schemas)).empty());
  CHECK(texts(answering(optional, schemas), answering(plain, schemas)).empty());
  CHECK(texts(asking(optional, schemas), asking(plain, schemas)) ==
        Texts{"POST /x: request body may no longer be null"});
  CHECK(texts(answering(plain, schemas), answering(optional, schemas)) ==
        Texts{"GET /x: response 200 may be null now"});
}

TEST_CASE("Recursive schemas end, and a change in them is named once") {
  const auto tree = [](const char* type) {
    return parsed(R"({"Tree": {"type": "object", "properties": {"value": {"type": ")" + std::string(type) +
                  R"("}, "left": {"$ref": "#/components/schemas/Tree"},
                      "children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}}}})");
  };
  const json reference = parsed(R"({"$ref": "#/components/schemas/Tree"})");
  CHECK(texts(asking(reference, tree("string")), asking(reference, tree("string"))).empty());
  CHECK(texts(asking(reference, tree("string")), asking(reference, tree("integer"))) ==
        Texts{R"(POST /x: request body "/value" may no longer be string)"});
  const json loop =
      parsed(R"({"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}})");
  const json a = parsed(R"({"$ref": "#/components/schemas/A"})");
  CHECK(texts(asking(a, loop), asking(a, loop)).empty());
  const json within = parsed(R"({"A": {"oneOf": [{"$ref": "#/components/schemas/A"}, {"type": "null"}]}})");
  CHECK(texts(asking(a, within), asking(a, within)).empty());
}

TEST_CASE("What is not understood and differs may break") {
  check({
      {R"({"not": {"type": "string"}})",
       R"({"not": {"type": "integer"}})",
       {R"(may differ: its "not" has changed)"},
       {R"(may differ: its "not" has changed)"},
       {R"(may differ: its "not" has changed)"},
       {R"(may differ: its "not" has changed)"}},
      {R"({"not": {"type": "string", "description": "a"}})",
       R"({"not": {"description": "b", "type": "string"}})",
       {},
       {}},
      {R"({"type": "string"})",
       R"({"type": "string", "contentEncoding": "base64"})",
       {R"(may differ: its "contentEncoding" has changed)"},
       {R"(may differ: its "contentEncoding" has changed)"},
       {R"(may differ: its "contentEncoding" has changed)"},
       {R"(may differ: its "contentEncoding" has changed)"}},
  });
  const json reference = parsed(R"({"not": {"properties": {"title": {"$ref": "#/components/schemas/A"}}}})");
  CHECK(texts(asking(reference, {{"A", {{"type", "null"}}}}), asking(reference, {{"A", {{"type", "null"}}}}))
            .empty());
  CHECK(
      texts(asking(reference, {{"A", {{"type", "null"}}}}), asking(reference, {{"A", {{"type", "string"}}}}))
          .size() == 1);
  CHECK(of_request(R"({"not": {"properties": {"title": {}}}})", R"({"not": {"properties": {}}})").size() ==
        1);
}

TEST_CASE("What only documents say breaks nobody") {
  check({{R"({"type": "string", "description": "a", "example": "b", "default": "c", "title": "d", "x-y": 1})",
          R"({"type": "string", "description": "z", "examples": ["y"], "deprecated": true, "$comment": "x"})",
          {},
          {}}});
  CHECK(of_operation(R"({"summary": "a", "description": "b", "tags": ["c"], "operationId": "d"})",
                     R"({"summary": "z", "deprecated": true, "externalDocs": {"url": "y"}, "x-slow": true})")
            .empty());
  CHECK(of_parameters(
            R"({"in": "query", "name": "a", "description": "b", "example": "c", "schema": {"default": 1}})",
            R"({"in": "query", "name": "a", "deprecated": true, "schema": {"default": 2}})")
            .empty());
}

TEST_CASE("Paths and methods that go break") {
  const json before = parsed(
      R"({"paths": {"/a": {"get": {}, "post": {}, "summary": "x"}, "/b/{id}": {"get": {}}, "/c": {}}})");
  CHECK(texts(before, parsed(R"({"paths": {"/a": {"get": {}}}})")) ==
        Texts{"POST /a: is gone", "/b/{id}: is gone", "/c: is gone"});
  CHECK(
      texts(
          before,
          parsed(
              R"({"paths": {"/c": {}, "/b/{key}": {"get": {}}, "/a": {"post": {}, "get": {}}, "/d": {"get": {}}}})"))
          .empty());
  CHECK(texts(parsed("{}"), before).empty());
  CHECK(texts(before, parsed("{}")).size() == 3);
}

TEST_CASE("Parameters that are not read any more, or newly required, break") {
  const std::string limit =
      R"({"in": "query", "name": "limit", "schema": {"type": "integer", "maximum": 100}})";
  CHECK(of_parameters(limit, "") == Texts{R"(query parameter "limit" is not read any more)"});
  CHECK(of_parameters("", limit).empty());
  CHECK(of_parameters("", R"({"in": "header", "name": "X-Key", "required": true})") ==
        Texts{R"(header parameter "X-Key" is new, and required)"});
  CHECK(
      of_parameters(
          limit,
          R"({"in": "query", "name": "limit", "required": true, "schema": {"type": "integer", "maximum": 50}})") ==
      Texts{R"(query parameter "limit" is required now)",
            R"(query parameter "limit" must be at most 50 now)"});
  CHECK(
      of_parameters(R"({"in": "header", "name": "X-Key"})", R"({"in": "header", "name": "x-key"})").empty());
  CHECK(of_parameters(R"({"in": "query", "name": "a", "schema": {"type": "array"}})",
                      R"({"in": "query", "name": "a", "explode": false, "schema": {"type": "array"}})") ==
        Texts{R"(query parameter "a" is written in another way now)"});
  CHECK(of_parameters(R"({"in": "query", "name": "a", "allowReserved": true})",
                      R"({"in": "query", "name": "a"})") ==
        Texts{R"(query parameter "a" may differ: its "allowReserved" has changed)"});
  CHECK(
      of_parameters(
          R"({"in": "query", "name": "a", "content": {"application/json": {"schema": {"type": "integer"}}}})",
          R"({"in": "query", "name": "a", "content": {"application/json": {"schema": {"type": "string"}}}})") ==
      Texts{R"(query parameter "a" may no longer be integer)"});
  CHECK(of_parameters(R"({"in": "query", "name": "a", "schema": {"properties": {"b": {"type": "string"}}}})",
                      R"({"in": "query", "name": "a", "schema": {"properties": {"b": {"type": "null"}}}})") ==
        Texts{R"(query parameter "a" "/b" may no longer be string)"});
}

TEST_CASE("Parameters of a path are those of each operation, and are told by where they stand in it") {
  const json before =
      parsed(R"({"paths": {"/a/{x}/{y}": {"parameters": [{"in": "path", "name": "x", "required": true,
    "schema": {"type": "string"}}, {"$ref": "#/components/parameters/Y"}], "get": {}}},
    "components": {"parameters": {"Y": {"in": "path", "name": "y", "schema": {"type": "integer"}}}}})");
  const json renamed = parsed(R"({"paths": {"/a/{p}/{q}": {"get": {"parameters": [{"in": "path", "name": "q",
    "schema": {"type": "integer"}}, {"in": "path", "name": "p", "required": true, "schema": {"type": "string"}}]}}}})");
  const json swapped = parsed(R"({"paths": {"/a/{p}/{q}": {"get": {"parameters": [{"in": "path", "name": "p",
    "schema": {"type": "integer"}}, {"in": "path", "name": "q", "required": true, "schema": {"type": "string"}}]}}}})");
  CHECK(texts(before, renamed).empty());
  CHECK(texts(before, swapped).size() == 3);
}

TEST_CASE("Request bodies and their media types") {
  const std::string none = "{}";
  const std::string optional = R"({"requestBody": {"content": {"application/json": {}, "text/plain": {}}}})";
  const std::string required =
      R"({"requestBody": {"required": true, "content": {"Application/JSON; charset=utf-8": {}}}})";
  CHECK(of_operation(none, optional).empty());
  CHECK(of_operation(none, required) == Texts{"request body is new, and required"});
  CHECK(of_operation(optional, none) == Texts{"request body is not read any more"});
  CHECK(of_operation(optional, required) ==
        Texts{"request body is required now", "request body is not taken as text/plain any more"});
  CHECK(of_operation(required, optional).empty());
  CHECK(of_operation(
            optional,
            R"({"requestBody": {"content": {"application/*": {}, "*/*": {"schema": {"type": "null"}}}}})") ==
        Texts{"request body (text/plain) must be null now"});
  CHECK(
      of_operation(
          optional,
          R"({"requestBody": {"content": {"application/json": {"encoding": {"a": 1}}, "text/plain": {}}}})") ==
      Texts{R"(request body (application/json) may differ: its "encoding" has changed)"});
}

TEST_CASE("Responses, their media types and headers") {
  const std::string ok =
      R"({"responses": {"200": {"description": "a", "content": {"application/json": {"schema": {"type": "string"}}},
                             "headers": {"Link": {"required": true, "schema": {"type": "string"}}}}}})";
  CHECK(of_operation(ok, R"({"responses": {"201": {}}})") == Texts{"response 200 is gone"});
  CHECK(of_operation(ok, R"({"responses": {"200": {}}})") ==
        Texts{"response 200 does not come as application/json any more",
              R"(response 200, header "Link" is gone)"});
  CHECK(
      of_operation(
          ok,
          R"({"responses": {"2XX": {"content": {"application/json": {}}, "headers": {"link": {"schema": {}}}}}})") ==
      Texts{"response 200 may be anything now, no more than string before",
            R"(response 200, header "Link" may be missing now)",
            R"(response 200, header "Link" may be anything now, no more than string before)"});
  CHECK(of_operation(R"({"responses": {"2XX": {}, "404": {}, "default": {}}})",
                     R"({"responses": {"200": {}, "202": {}}})")
            .empty());
  CHECK(of_operation(R"({"responses": {"200": {}}})", R"({"responses": {"200": {}, "422": {}, "202": {}}})")
            .empty());
  CHECK(of_operation(R"({"responses": {"303": {}, "404": {}}})", R"({"responses": {}})") ==
        Texts{"response 303 is gone"});
  CHECK(
      of_operation(
          R"({"responses": {"404": {"content": {"application/problem+json": {"schema": {"required": ["status"]}}}}}})",
          R"({"responses": {"404": {"content": {"application/problem+json": {"schema": {}}}}}})") ==
      Texts{R"(response 404 "/status" may be missing now)"});
}

TEST_CASE("Credentials, servers and what else an operation has") {
  CHECK(of_operation("{}", R"({"security": [{"key": []}]})") == Texts{"needs credentials now"});
  CHECK(of_operation("{}", R"({"security": [{"key": []}, {}]})").empty());
  CHECK(of_operation(R"({"security": [{"key": []}]})", "{}").empty());
  CHECK(of_operation(R"({"security": [{"key": []}]})", R"({"security": [{"token": []}]})") ==
        Texts{R"(may not take these credentials any more: {"key":[]})"});
  CHECK(of_operation(R"({"callbacks": {"a": {}}})", "{}") ==
        Texts{R"(may differ: its "callbacks" has changed)"});
  const auto at = [](const std::string& url) {
    return parsed(R"({"paths": {}, "servers": [{"url": ")" + url + R"("}]})");
  };
  CHECK(texts(at("https://a.example/v1"), at("http://b.example:8080/v1/")).empty());
  CHECK(texts(at("https://a.example"), parsed("{}")).empty());
  CHECK(texts(at("/v1"), at("/v2")) == Texts{R"(no server has the base path "/v1" any more)"});
}

TEST_CASE("Documents of any shape are compared without an exception") {
  for (
      const std::string strange :
      {"null", "[]", "5", R"({"paths": []})", R"({"paths": {"/": 5, "": {"get": 5}}})",
       R"({"paths": {"/a": {"parameters": {}, "get": {"parameters": [5, {}], "responses": {"": {}, "200": 5, "2XX": []}, "requestBody": []}}}})",
       R"({"paths": {"/a": {"$ref": "#/paths/~1a"}}})",
       R"({"paths": {"/a": {"get": {"requestBody": {"$ref": "#/x"}, "responses": {"200": {"content": {"a": 5, "": {}}, "headers": {"b": 5}}}}}}})",
       R"({"paths": {"/a": {"get": {"responses": {"200": {"content": {"a/b": {"schema": {"type": 5, "required": 5, "properties": 5,
            "items": 5, "oneOf": 5, "allOf": 5, "enum": 5, "$ref": 5, "minimum": "5", "discriminator": 5, "additionalProperties": 5}}}}}}}}})",
       R"({"servers": [5, {"url": 5}, {"url": "://"}], "security": 5})"}) {
    INFO(strange);
    const json document = parsed(strange);
    CHECK(breaking_changes(document, document).empty());
    CHECK_NOTHROW(breaking_changes(document, parsed("{}")));
    CHECK_NOTHROW(breaking_changes(parsed("{}"), document));
  }
}

TEST_CASE("What comes from a document cannot order a terminal about") {
  const json before = {{"paths", {{"/\x1b[2J\n", json::object()}}}};
  CHECK(texts(before, json::object()) == Texts{"/?[2J?: is gone"});
}

TEST_CASE("Hostile documents end, and what was not compared is said") {
  SECTION("nested schemas") {
    json deep = {{"type", "string"}};
    for (int i = 0; i < 2'000; ++i) deep = json{{"items", std::move(deep)}};
    CHECK(texts(asking(deep), asking(json::object())) ==
          Texts{"the documents are nested too deep to be compared"});
  }
  SECTION("a chain of references and one of members") {
    json chain;
    json members;
    for (int i = 0; i < 20'000; ++i) {
      const auto next = "#/components/schemas/" + std::to_string(i + 1);
      chain[std::to_string(i)] = {{"allOf", json::array({{{"$ref", next}}})}};
      members[std::to_string(i)] = {{"properties", {{"a", {{"$ref", next}}}}}};
    }
    const json first = {{"$ref", "#/components/schemas/0"}};
    CHECK(texts(asking(first, chain), asking(first, chain)).empty());
    CHECK(texts(asking(first, members), asking(first, members)) ==
          Texts{"POST /x: request body is nested too deep to be compared, which may hide a break"});
  }
  SECTION("alternatives of alternatives") {
    json schemas;
    for (int i = 0; i < 60; ++i) {
      json group = json::array();
      for (int k = 0; k < 60; ++k)
        group.push_back({{"properties", {{"a", {{"$ref", "#/components/schemas/" + std::to_string(k)}}}}}});
      schemas[std::to_string(i)] = {{"type", "object"}, {"anyOf", group}, {"title", i}};
    }
    json other = schemas;
    other["59"]["properties"]["a"]["type"] = "null";
    const json first = {{"$ref", "#/components/schemas/0"}};
    CHECK_NOTHROW(texts(asking(first, schemas), asking(first, other)));
    CHECK_NOTHROW(texts(answering(first, schemas), answering(first, other)));
  }
  SECTION("many members and values") {
    json object = {{"type", "object"}};
    json values;
    for (int i = 0; i < 50'000; ++i) {
      object["properties"][std::to_string(i)] = {{"type", "string"}};
      values.push_back(i);
    }
    object["properties"]["values"] = {{"enum", values}};
    CHECK(texts(asking(object), asking(object)).empty());
  }
}

TEST_CASE(
    "A document of hundreds of operations that share a recursive schema is compared without giving up") {
  json document = {{"paths", json::object()}};
  json schemas;
  for (int i = 0; i < 100; ++i) {
    json& schema = schemas["S" + std::to_string(i)] = {{"type", "object"}};
    for (int k = 0; k < 10; ++k) {
      schema["properties"]["m" + std::to_string(k)] = {
          {"$ref", "#/components/schemas/S" + std::to_string((i * 7 + k * 3) % 100)}};
    }
  }
  document["components"]["schemas"] = schemas;
  for (int i = 0; i < 500; ++i) {
    document["paths"]["/p" + std::to_string(i)]["get"]["responses"]["200"]["content"]["application/json"]
            ["schema"] = {{"$ref", "#/components/schemas/S" + std::to_string(i % 100)}};
  }
  CHECK(breaking_changes(document, document).empty());
  json after = document;
  after["components"]["schemas"]["S5"]["properties"]["new"] = {{"type", "string"}};
  CHECK(breaking_changes(document, after).empty());
  after["components"]["schemas"]["S5"]["properties"].erase("m1");
  const auto found = breaking_changes(document, after);
  CHECK(found.size() >= 10);
  for (const auto& change : found) CHECK(change.what == "is gone");
}
