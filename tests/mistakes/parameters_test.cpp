// Mistakes in what a method asks for.
#include <catch2/catch.hpp>

#include "mistakes/mistake.hpp"

using namespace stile::test;

TEST_CASE("a parameter of no known kind is named by its place, with what to write instead") {
  check_mistakes({"a",
                  "Json GET(Query<\"limit\", int>, int offset) { return offset; }\nvoid POST(const Json&) {}",
                  {"the 2nd parameter of GET is of no known kind; write const Request&, Path<\"name\", T>, "
                   "Query<\"name\", T>, QueryOf<T>, Body<T>, Header<\"Name\", T>, Cookie<\"name\", T>, "
                   "Conditional, Local<T> or Shared<T>",
                   "the 1st parameter of POST is of no known kind"}});
}

TEST_CASE("a parameter that can't be passed as it is written is told how") {
  const std::string advice =
      " can't be passed like this; write const Request&, all others without a reference";
  check_mistakes({"a",
                  "Json GET(Request request) { return request.path(); }\n"
                  "void POST(const Request&, Body<Json>& body) { *body = 1; }",
                  {"the 1st parameter of GET" + advice, "the 2nd parameter of POST" + advice}});
}

TEST_CASE("a type that no request can hold is refused") {
  const std::string advice = " has a T that can't be made of what a request holds";
  check_mistakes({"{id}",
                  "struct Point { int x; };\nenum class Color { red };\n"
                  "Json GET(Query<\"at\", Point>) { return 1; }\n"
                  "void POST(Body<std::vector<Point>>) {}\n"
                  "void PUT(const Request&, Query<\"color\", Color>) {}\n"
                  "void PATCH(Path<\"id\", std::optional<int>>) {}",
                  {"the 1st parameter of GET" + advice, "the 1st parameter of POST" + advice,
                   "the 2nd parameter of PUT" + advice, "the 1st parameter of PATCH" + advice}});
}

TEST_CASE("a default must be a value of its type") {
  const std::string advice = " has a default that is no value of its type";
  check_mistakes(
      {"a",
       "void GET(Query<\"limit\", std::uint8_t, 256>) {}\nvoid POST(Query<\"limit\", unsigned, -1>) {}\n"
       "void PUT(Cookie<\"limit\", int, \"20\">) {}\n"
       "void PATCH(Header<\"X-Level\", std::optional<int>, 1>) {}\nvoid DELETE(Query<\"on\", bool, 1>) {}",
       {"the 1st parameter of GET" + advice, "the 1st parameter of POST" + advice,
        "the 1st parameter of PUT" + advice, "the 1st parameter of PATCH" + advice,
        "the 1st parameter of DELETE" + advice}});
}

TEST_CASE("a path parameter must stand in the file's name") {
  const std::string advice =
      " parameter of GET is a Path<\"name\"> whose name does not stand in braces in the file's name";
  check_mistakes({"todos", "void GET(Path<\"todos\", int>) {}", {"the 1st" + advice}});
  check_mistakes({"todos/{id}/{identifier...}",
                  "void GET(Path<\"id\", int>, Path<\"identifier\">, Path<\"ident\">) {}",
                  {"the 3rd" + advice}});
}

TEST_CASE("a default argument of the function is refused, with what to write instead") {
  const std::string advice =
      " has a default argument, which nothing can fill; make it part of the type: Query<\"limit\", int, 20>";
  check_mistakes({"a",
                  "Json GET(Query<\"limit\", int> limit = 20) { return *limit; }\n"
                  "Json POST(const Request&, Query<\"limit\", int> limit = {}) { return *limit; }\n"
                  "Json PUT(Query<\"a\"> = \"x\", Query<\"b\"> = \"y\") { return 1; }",
                  {"GET" + advice, "POST" + advice, "PUT" + advice}});
}

TEST_CASE("of two mistakes in one function the first one is told") {
  check_mistakes({"a",
                  "Json GET(Path<\"id\">, int) { return 1; }",
                  {"the 1st parameter of GET is a Path<\"name\"> whose name does not stand in braces"}});
}
