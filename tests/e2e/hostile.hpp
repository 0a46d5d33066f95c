// What the tests of hostile clients have in common. Any thread.
#pragma once

#include <string>

#include "e2e/grid_project.hpp"

namespace stile::test {

/// Serves grid/where, which counts how often it runs, as docs/hostile-http.md supposes: also at /api/shelf/{any} and
/// /api/files/{path...}.
inline constexpr const char* hostile_routes =
    R"({"routes": {"/shelf/{any}": "grid/where", "/files/{path...}": "grid/where"}})";

/// How often grid/where has run.
std::size_t runs(const GridProject& project);

/// Checks that docs/hostile-http.md has the row: what is sent, what it gets ("400", "no answer"), whether the function
/// runs.
void check_documented(const std::string& what, const std::string& gets, bool does_run);

/// Checks that each line of the log so far is JSON, or written by Stile itself, and holds no byte that is not printable.
void check_log(const GridProject& project);

}  // namespace stile::test
