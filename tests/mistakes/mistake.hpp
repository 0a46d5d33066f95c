// The mistakes of one file, and the sentences that each compiler must say about them: these and nothing else,
// for what a compiler adds of its own is what a plain sentence spares its reader.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "mistakes/authoring.hpp"

namespace stile::test {

struct MistakenFile {
  std::string name;    ///< of the function: "todos/{id}"
  std::string source;  ///< what follows `#include <stile/function.hpp>` and `using namespace stile;`
  std::vector<std::string>
      sentences;  ///< one for each line with "error:", in order; each begins with the file's name
};

inline void check_mistakes(const MistakenFile& file) {
  for (const std::string& compiler : compilers()) {
    const Compiled compiled = compile(
        compiler, file.name, "#include <stile/function.hpp>\nusing namespace stile;\n" + file.source + "\n");
    CAPTURE(compiler, file.source, compiled.output);
    CHECK_FALSE(compiled.succeeded);
    REQUIRE(compiled.errors.size() == file.sentences.size());
    for (std::size_t i = 0; i < file.sentences.size(); ++i) {
      CHECK_THAT(compiled.errors[i],
                 Catch::Contains("functions/" + file.name + ".cpp: " + file.sentences[i]));
    }
  }
}

}  // namespace stile::test
