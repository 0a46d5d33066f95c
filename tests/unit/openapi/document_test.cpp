#include "openapi/document.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace stile;

namespace {

DeployedFunction function(const std::string& route, std::vector<std::string> methods) {
  DeployedFunction result;
  result.route = Route::parse(route);
  result.manifest.file = "functions" + route + ".cpp";
  result.manifest.methods = std::move(methods);
  return result;
}

}  // namespace

TEST_CASE("the document has each path, with its methods but HEAD and OPTIONS, and its parameters") {
  const Deployment deployment{"/api",
                              {function("/api/files/{path...}", {"GET", "HEAD", "OPTIONS"}),
                               function("/api/notes/{id}", {"GET", "HEAD", "DELETE", "OPTIONS"})}};
  const auto document = nlohmann::json::parse(openapi_document(deployment));
  CHECK(document["openapi"] == "3.1.0");
  REQUIRE(document["paths"].size() == 2);
  const auto& note = document["paths"]["/api/notes/{id}"];
  CHECK(note.size() == 2);
  CHECK(note["delete"]["parameters"][0]["name"] == "id");
  CHECK(note["get"]["parameters"][0]["in"] == "path");
  CHECK(document["paths"].contains("/api/files/{path}"));
  CHECK(openapi_document(deployment) == openapi_document(deployment));
}
