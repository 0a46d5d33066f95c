#include "openapi/document.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

using namespace stile;
using Json = nlohmann::json;

namespace {

DeployedFunction function(const std::string& pattern, std::vector<std::string> methods) {
  DeployedFunction result;
  result.manifest.route = Route::parse(pattern);
  result.route = result.manifest.route.below("/api");
  result.manifest.file = "functions" + pattern + ".cpp";
  result.manifest.methods = std::move(methods);
  result.id = pattern.substr(1);
  return result;
}

using Fragments = std::map<std::string, std::string>;  // by pattern

std::string text_of(const Deployment& deployment, const Fragments& fragments = {}) {
  return openapi_document(deployment, [&](const DeployedFunction& one) {
    const auto found = fragments.find(one.manifest.route.pattern());
    return found == fragments.end() ? std::string{} : found->second;
  });
}
Json document_of(const Deployment& deployment, const Fragments& fragments = {}) {
  return Json::parse(text_of(deployment, fragments));
}

/// A function that answers a struct of that name, with what its only member is.
std::string answers(const std::string& name, const std::string& member) {
  return R"({"operations":{"GET":{"responses":{"200":{"description":"OK","content":{"application/json":{"schema":)"
         R"({"$ref":"#/components/schemas/)" +
         name + R"("}}}}},"problems":[404]}},"schemas":{")" + name +
         R"(":{"type":"object","properties":{"x":)" + member + R"(}},"Part":{"type":"string"}}})";
}
std::string answered(const Json& document, const std::string& path) {
  return document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"];
}

}  // namespace

TEST_CASE("an answer that is kept says so in the document, and no other one does") {
  auto kept = function("/kept", {"GET", "HEAD", "OPTIONS"});
  kept.limits.cache = std::chrono::seconds(60);
  const Deployment deployment{"/api", {kept, function("/other", {"GET", "HEAD", "OPTIONS"})}};
  const auto text = answers("Thing", R"({"type":"string"})");
  const auto document = document_of(deployment, {{"/kept", text}, {"/other", text}});
  const auto& headers = document["paths"]["/api/kept"]["get"]["responses"]["200"]["headers"];
  CHECK(headers["Age"]["schema"] == Json{{"type", "integer"}, {"minimum", 0}});
  CHECK(headers["Cache-Status"]["schema"]["type"] == "string");
  CHECK_FALSE(document["paths"]["/api/other"]["get"]["responses"]["200"].contains("headers"));
}

TEST_CASE("the document has each path, with its methods but HEAD and OPTIONS, and its parameters") {
  const Deployment deployment{"/api",
                              {function("/files/{path...}", {"GET", "HEAD", "OPTIONS"}),
                               function("/notes/{id}", {"GET", "HEAD", "DELETE", "OPTIONS"})}};
  const auto document = document_of(deployment);
  CHECK(document["openapi"] == "3.1.0");
  REQUIRE(document["paths"].size() == 2);
  const auto& note = document["paths"]["/api/notes/{id}"];
  CHECK(note.size() == 2);
  CHECK(note["delete"]["parameters"][0]["name"] == "id");
  CHECK(note["delete"]["operationId"] == "deleteNotesById");
  CHECK(note["get"]["parameters"][0]["in"] == "path");
  CHECK(note["get"]["tags"] == Json{"notes"});
  CHECK(document["tags"] == Json{{{"name", "files"}, {"description", "Everything below /files."}},
                                 {{"name", "notes"}, {"description", "Everything below /notes."}}});
  CHECK(document["security"] == Json::array());  // none is needed, as far as Stile knows
  CHECK(document["paths"].contains("/api/files/{path}"));
}

TEST_CASE("the same deployment gives the same bytes, in the order of its routes") {
  const Deployment deployment{"/api", {function("/b", {"GET"}), function("/a", {"GET"})}};
  const Fragments fragments{{"/a", answers("Note", R"({"$ref":"#/components/schemas/Part"})")}};
  const auto text = text_of(deployment, fragments);
  CHECK(text == text_of(deployment, fragments));
  CHECK(text.find("/api/b") < text.find("/api/a"));
}

TEST_CASE("a struct of two functions is one component, two structs of one name are two") {
  const Deployment deployment{"/api",
                              {function("/a", {"GET"}), function("/b", {"GET"}), function("/c", {"GET"})}};
  const std::string part = R"({"$ref":"#/components/schemas/Part"})";
  auto document = document_of(
      deployment,
      {{"/a", answers("Note", part)}, {"/b", answers("Note", part)}, {"/c", answers("Item", part)}});
  CHECK(answered(document, "/api/a") == "#/components/schemas/Note");
  CHECK(answered(document, "/api/b") == "#/components/schemas/Note");
  CHECK(document["components"]["schemas"].size() == 5);  // Note, Item, Part; Problem, Refusal

  document = document_of(deployment,
                         {{"/a", answers("Note", part)}, {"/b", answers("Note", R"({"type":"integer"})")}});
  CHECK(answered(document, "/api/a") == "#/components/schemas/Note_a");
  CHECK(answered(document, "/api/b") == "#/components/schemas/Note_b");
  CHECK(document["components"]["schemas"]["Note_b"]["properties"]["x"]["type"] == "integer");
}

TEST_CASE("structs that differ only in what they refer to are different ones") {
  const Deployment deployment{"/api", {function("/a", {"GET"}), function("/b", {"GET"})}};
  const std::string part = R"({"$ref":"#/components/schemas/Part"})";
  auto other = answers("Note", part);
  const std::string text = R"("Part":{"type":"string"})";
  other.replace(other.find(text), text.size(), R"("Part":{"type":"integer"})");
  const auto document = document_of(deployment, {{"/a", answers("Note", part)}, {"/b", other}});
  const auto& note = document["components"]["schemas"]["Note_b"];
  CHECK(note["properties"]["x"]["$ref"] == "#/components/schemas/Part_b");
  CHECK(document["components"]["schemas"]["Part_b"]["type"] == "integer");
}

TEST_CASE(
    "what refers to a component does so whatever a member is called, and a text that looks like it does "
    "not") {
  const auto with = [](const std::string& type) {
    return answers(
        "Item",
        R"({"type":"object","properties":{"default":{"$ref":"#/components/schemas/Part"},)"
        R"("examples":{"$ref":"#/components/schemas/Part"},"const":{"$ref":"#/components/schemas/Part"},)"
        R"("y":{"type":")" +
            type +
            R"("},"mapping":{"$ref":"#/components/schemas/Part"}},)"
            R"("description":"#/components/schemas/Part","examples":["#/components/schemas/Part"]})");
  };
  const auto part = [](std::string fragment, const std::string& type) {
    const std::string before = R"("Part":{"type":"string"})";
    return fragment.replace(fragment.find(before), before.size(), R"("Part":{"type":")" + type + "\"}");
  };
  const Deployment deployment{"/api", {function("/a", {"GET"}), function("/b", {"GET"})}};
  const auto document = document_of(
      deployment, {{"/a", part(with("number"), "string")}, {"/b", part(with("number"), "integer")}});
  CHECK(answered(document, "/api/a") == "#/components/schemas/Item_a");
  for (const std::string name : {"a", "b"}) {
    const auto& x = document["components"]["schemas"]["Item_" + name]["properties"]["x"];
    for (const char* member : {"default", "examples", "const", "mapping"})
      CHECK(x["properties"][member]["$ref"] == "#/components/schemas/Part_" + name);
    CHECK(x["description"] == "#/components/schemas/Part");
    CHECK(x["examples"][0] == "#/components/schemas/Part");
  }
}

TEST_CASE("a struct called Problem leaves Stile's own its name") {
  const Deployment deployment{"/api", {function("/a", {"GET"})}};
  const auto document = document_of(deployment, {{"/a", answers("Problem", R"({"type":"integer"})")}});
  CHECK(answered(document, "/api/a") == "#/components/schemas/Problem_a");
  CHECK(document["components"]["schemas"]["Problem"]["required"] == Json{"type", "title", "status"});
}

TEST_CASE("problems of a function stand there by status, and any other by its class") {
  const Deployment deployment{"/api", {function("/a", {"GET"})}};
  const auto document = document_of(deployment, {{"/a", answers("Note", "{}")}});
  const auto& responses = document["paths"]["/api/a"]["get"]["responses"];
  CHECK(responses["404"]["$ref"] == "#/components/responses/Problem404");
  CHECK(responses["4XX"]["$ref"] == "#/components/responses/Problem");
  CHECK(document["components"]["responses"]["Problem404"]["content"].contains("application/problem+json"));
}

TEST_CASE("an endpoint with a rate says what is answered beyond it") {
  auto limited = function("/limited", {"GET", "POST"});
  limited.limits.rate = {10, std::chrono::seconds{1}, 0};
  const auto document = document_of({"/api", {limited, function("/free", {"GET"})}});
  for (const auto* method : {"get", "post"})
    CHECK(document["paths"]["/api/limited"][method]["responses"]["429"]["$ref"] ==
          "#/components/responses/Problem429");
  CHECK_FALSE(document["paths"]["/api/free"]["get"]["responses"].contains("429"));
  const auto& headers = document["components"]["responses"]["Problem429"]["headers"];
  for (const auto* name : {"Retry-After", "RateLimit", "RateLimit-Policy"}) CHECK(headers.contains(name));
}

TEST_CASE("a guarded endpoint says how it refuses strangers, and who guesses too often") {
  auto guarded = function("/guarded", {"GET"});
  guarded.manifest.access = AccessPolicy{{{AccessScheme::Kind::api_key, ""}}, {}, {}};
  const auto document = document_of({"/api", {guarded, function("/free", {"GET"})}});
  for (const auto* status : {"401", "429"}) {
    CHECK(document["paths"]["/api/guarded"]["get"]["responses"].contains(status));
    CHECK_FALSE(document["paths"]["/api/free"]["get"]["responses"].contains(status));
  }
  CHECK_FALSE(document["paths"]["/api/guarded"]["get"]["responses"].contains("403"));
}

TEST_CASE("what the project says of its API stands in it") {
  Deployment deployment{"/api", {function("/a", {"GET"})}};
  deployment.api = {"Shop", "2.1.0", "Sells.", "https://shop.example", "MIT", {"https://shop.example"}};
  const auto document = document_of(deployment);
  CHECK(document["info"] == Json{{"title", "Shop"},
                                 {"version", "2.1.0"},
                                 {"description", "Sells."},
                                 {"contact", {{"url", "https://shop.example"}}},
                                 {"license", {{"name", "MIT"}, {"identifier", "MIT"}}}});
  CHECK(document["servers"] == Json{{{"url", "https://shop.example"}}});
}

TEST_CASE("a fragment that is none is an error of the build, named by its function") {
  const Deployment deployment{"/api", {function("/a", {"GET"})}};
  for (const char* text : {"{", "[]", "{}"}) {
    CHECK_THROWS_WITH(text_of(deployment, {{"/a", text}}), Catch::Contains("functions/a.cpp"));
  }
}
