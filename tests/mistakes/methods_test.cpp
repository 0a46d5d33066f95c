// Mistakes in what a file exports.
#include <catch2/catch.hpp>

#include "mistakes/mistake.hpp"

using namespace stile::test;

TEST_CASE("a file that has no mistake compiles without a warning") {
  for (const std::string& compiler : compilers()) {
    const Compiled compiled = compile(compiler, "good/{id}", R"(
#include <cstddef>
#include <map>
#include <tuple>
#include <boost/describe/enum.hpp>
#include <stile/function.hpp>
using namespace stile;
using namespace std;  // brings std::get, which is none of ours

namespace {
enum class Color { red, green };
BOOST_DESCRIBE_ENUM(Color, red, green)
struct Store { int count = 0; };
void Delete() {}  // a helper; nobody meant a method
}

static optional<Json> GET(Path<"id", int64_t> id, Query<"limit", int, 20> limit, Query<"color", Color, Color::red> color,
                          Query<"ratio", double, 0.5>, Query<"sort", string, "name">, Query<"after", optional<int>>,
                          const Query<"tag", vector<string>>& tags, Header<"X-Trace", optional<string>>) {
  Delete();
  return Json{{"id", *id}, {"sum", *limit + static_cast<int>(*color)}, {"tags", tags.value()}};
}
void POST(const Request& request, Body<map<string, vector<optional<uint8_t>>>> body, Local<Store> store,
          Shared<Store> shared, Cookie<"session"> session) {
  store->count += static_cast<int>(body->size() + session->size()) + shared->count;
  request.log().info("{} entries", body->size());
}
string PUT(Body<Json> json, Body<string>, Body<vector<byte>>) { return json->dump(); }
vector<int> PATCH(Body<Color>) { return {1, 2}; }
Response DELETE() noexcept { return Response::no_content(); }
const Settings settings{.timeout = 5s, .concurrency = 8};
)");
    CAPTURE(compiler, compiled.output);
    CHECK(compiled.succeeded);
    CHECK(compiled.output.empty());
  }
}

TEST_CASE("a file without a method is told which there are") {
  check_mistakes({"plain",
                  "int helper() { return 1; }\nnamespace mine { Json GET() { return 1; } }",
                  {"has no method; write at least one of GET, POST, PUT, PATCH and DELETE as a plain "
                   "function outside of "
                   "any namespace"}});
}

TEST_CASE("a method that is overloaded, a template or no function is refused") {
  const std::string advice = " must be one plain function; here it is overloaded, a template, or no function";
  check_mistakes({"a",
                  "Json GET() { return 1; }\nJson GET(const Request&) { return 1; }\n"
                  "template <class T> Json POST(T) { return 1; }\n"
                  "const int PUT = 1;\n"
                  "const auto PATCH = [] { return Json(1); };\n",
                  {"GET" + advice, "POST" + advice, "PUT" + advice, "PATCH" + advice}});
}

TEST_CASE("a method's name in other letters is a near miss, and so is that of settings") {
  const std::string method = " is no method that can be served; did you mean ";
  check_mistakes(
      {"a",
       "Json GET() { return 1; }\n"
       "void get() {}\nvoid Get(int) {}\nvoid post(Body<Json>) {}\nvoid Post() {}\nvoid put() {}\nvoid Put() "
       "{}\n"
       "void patch() {}\nconst int Patch = 1;\nvoid Delete() {}\nvoid del() {}\n"
       "const Settings setting{.timeout = 5s};\nconst Settings Setting;\nconst Settings SETTINGS;\n"
       "const stile::Settings Settings{.timeout = 5s};\n",
       {"get" + method + "GET? (Where it is a helper of your own, put it into a namespace.)",
        "Get" + method + "GET?", "post" + method + "POST?", "Post" + method + "POST?",
        "put" + method + "PUT?", "Put" + method + "PUT?", "patch" + method + "PATCH?",
        "Patch" + method + "PATCH?", "Delete" + method + "DELETE?", "del" + method + "DELETE?",
        "setting is not looked at; did you mean settings?",
        "Setting is not looked at; did you mean settings?",
        "SETTINGS is not looked at; did you mean settings?",
        "Settings is not looked at; did you mean settings?"}});
}

TEST_CASE("letters in another order, or one too few, are near misses too") {
  const std::string method = " is no method that can be served; did you mean ";
  check_mistakes(
      {"a",
       "Json GET() { return 1; }\nvoid GTE() {}\nvoid PSOT() {}\nvoid PACTH() {}\nvoid DELET() {}\n"
       "const Settings setings{.timeout = 5s};\n",
       {"GTE" + method + "GET?", "PSOT" + method + "POST?", "PACTH" + method + "PATCH?",
        "DELET" + method + "DELETE?", "setings is not looked at; did you mean settings?"}});
}

TEST_CASE(
    "a near miss is told from std::get where using namespace std is in force, and from having no method") {
  check_mistakes({"a",
                  "#include <tuple>\nusing namespace std;\nJson get() { return 1; }",
                  {"get is no method that can be served; did you mean GET?", "has no method"}});
}

TEST_CASE("a method that ends without its result is an error, not undefined behaviour") {
  for (const std::string& compiler : compilers()) {
    const Compiled compiled = compile(compiler, "a/{id}", R"(
#include <stile/function.hpp>
stile::Throws<void, 404> DELETE(stile::Path<"id", int> id) { if (*id == 7) throw stile::Problem{404}; }
)",
                                      Pass::all);
    CAPTURE(compiler, compiled.output);
    CHECK_FALSE(compiled.succeeded);
    REQUIRE(compiled.errors.size() == 1);
    CHECK_THAT(compiled.errors.front(),
               Catch::Contains("-Wreturn-type") || Catch::Contains("-Werror=return-type"));
  }
}

TEST_CASE("methods that Stile answers itself are not written by hand") {
  check_mistakes({"a",
                  "Json GET() { return 1; }\nvoid HEAD() {}\nvoid OPTIONS() {}\nvoid TRACE() {}",
                  {"HEAD is not yours to write: Stile answers HEAD from GET; remove it",
                   "OPTIONS is not yours to write: Stile answers OPTIONS from what the file has; remove it",
                   "TRACE is not served"}});
}

TEST_CASE("settings of another type are refused") {
  const std::string advice =
      "settings must be a constant of type Settings: const Settings settings{.timeout = 5s};";
  check_mistakes({"a", "Json GET() { return 1; }\nconst int settings = 5;", {advice}});
  check_mistakes({"a", "Json GET() { return 1; }\nSettings settings() { return {}; }", {advice}});
}

TEST_CASE("a result that can't become an answer is refused") {
  const std::string advice =
      " returns what can't become an answer; return Json, a described struct, what nlohmann/json converts, a "
      "std::optional of these, Created<T>, Response or void (and throw a Problem)";
  check_mistakes({"a",
                  "struct Todo { int id; };\nTodo GET() { return {1}; }\n"
                  "Problem POST() { return Problem{404}; }\nconst int* PUT() { return nullptr; }\n"
                  "std::vector<Todo> PATCH() { return {}; }\nstd::optional<Todo> DELETE() { return {}; }",
                  {"GET" + advice, "POST" + advice, "PUT" + advice, "PATCH" + advice, "DELETE" + advice}});
}
