// What the documents for authors show compiles as it stands there.
#include <catch2/catch.hpp>
#include <sstream>

#include "mistakes/authoring.hpp"
#include "support/temporary_directory.hpp"

using namespace stile::test;

namespace {

struct Snippet {
  std::string path;  ///< what its first line says: "functions/todos/{id}.cpp"
  std::string source;
};

std::vector<Snippet> snippets(const std::string& document) {
  std::vector<Snippet> found;
  std::istringstream lines(read_file(document));
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (inside && found.back().path.empty()) {
      REQUIRE_THAT(line, Catch::StartsWith("// "));
      found.back().path = line.substr(3);
    }
    if (line == "```") inside = false;
    if (inside) found.back().source += line + "\n";
    if (line == "```cpp") {
      inside = true;
      found.emplace_back();
    }
  }
  return found;
}

bool is_function(const Snippet& snippet) { return snippet.path.starts_with("functions/"); }

std::string function_name(const std::string& path) {
  const std::string_view folder = "functions/";
  const std::string_view suffix = ".cpp";
  return path.substr(folder.size(), path.size() - folder.size() - suffix.size());
}

}  // namespace

TEST_CASE("every snippet of the documents for authors compiles without a warning") {
  const std::string document = GENERATE("writing-functions.md", "types.md", "secrets.md", "cors.md",
                                        "limits.md", "caching.md", "access.md", "folders.md");
  const auto all = snippets(STILE_SOURCE_DIR "/docs/" + document);
  REQUIRE(all.size() >= 2);
  for (const Snippet& snippet : all) {
    const Compiled compiled = is_function(snippet)
                                  ? compile(compilers().front(), function_name(snippet.path), snippet.source)
                                  : compile_alone(compilers().front(), snippet.source);
    CAPTURE(snippet.path, compiled.output);
    CHECK(compiled.succeeded);
    CHECK(compiled.output.empty());
  }
}
