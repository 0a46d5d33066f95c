#include "cli/logs.hpp"

#include <catch2/catch.hpp>

using stile::cli::is_line_of;

TEST_CASE("a function's lines are its own, those of its workers' ends, and those of its requests") {
  const auto is_todo = [](const char* line) { return is_line_of(line, "todos/{id}", "todos.id"); };
  CHECK(is_todo("2026-11-24T09:32:39.612Z info todos/{id} 7846 hello"));
  CHECK(is_todo("2026-11-24T09:32:39.612Z error stile - todos/{id} ended by signal 9 (Killed) (pid 7)"));
  CHECK(is_todo(R"({"time":"x","path":"/api/todos/7","function":"todos.id","seconds":0.1})"));
  CHECK_FALSE(is_todo("2026-11-24T09:32:39.612Z info todos 7846 todos/{id} in the text"));
  CHECK_FALSE(is_todo("2026-11-24T09:32:39.612Z error stile - todos/{id}x ended"));
  CHECK_FALSE(is_todo("2026-11-24T09:32:39.612Z info stile - reload: replaced todos/{id}"));
  CHECK_FALSE(is_todo(R"({"time":"x","path":"/api/todos/7","function":"todos","seconds":0.1})"));
  CHECK_FALSE(is_todo(""));
  CHECK_FALSE(is_todo("GET  http://127.0.0.1:8080/api/todos/{id}"));
}
