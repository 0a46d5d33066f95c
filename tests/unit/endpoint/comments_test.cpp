#include "endpoint/comments.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "manifest/text.hpp"

using namespace stile;

namespace {

const std::string get = "Json GET() { return {}; }\n";

MethodComment of_get(const std::string& source) {
  const auto all = comments_of(source);
  INFO(source);
  REQUIRE(all.count("GET") == 1);
  return all.at("GET");
}

std::string summary(const std::string& comment) { return of_get(comment + "\n" + get).summary; }
std::string description(const std::string& comment) { return of_get(comment + "\n" + get).description; }

}  // namespace

TEST_CASE("What stands above a method is its summary and its description") {
  const auto comment = of_get(
      "#include <stile/function.hpp>\n\n"
      "// Lists the notes, the newest\n"
      "// first. At most `limit` of them.\n"
      "//\n"
      "// - one\n"
      "// - *two*\n" +
      get);
  CHECK(comment.summary == "Lists the notes, the newest first");
  CHECK(comment.description == "At most `limit` of them.\n\n- one\n- *two*");
  CHECK_FALSE(comment.deprecated);
}

TEST_CASE("Every form of comment is read without its marks") {
  CHECK(summary("/// Lists notes.") == "Lists notes");
  CHECK(summary("//! Lists notes.") == "Lists notes");
  CHECK(summary("//Lists notes.") == "Lists notes");
  CHECK(summary("// Lists\r\n// notes.\r") == "Lists notes");
  CHECK(summary("// Lists \\\n notes.") == "Lists notes");
  CHECK(summary("/* Lists notes. */") == "Lists notes");
  CHECK(summary("/** Lists\n * notes.\n */") == "Lists notes");
  CHECK(summary("/*\n   Lists\n   notes.\n*/") == "Lists notes");
  CHECK(summary("/*********\n * Lists notes.\n *********/") == "Lists notes");
  CHECK(summary("//---------\n// Lists notes.\n//---------") == "Lists notes");
  CHECK(summary("/// @brief Lists notes.") == "Lists notes");
  CHECK(summary("/// # Lists notes") == "Lists notes");
  CHECK(summary("  // Lists notes.") == "Lists notes");
}

TEST_CASE("The stars of a list stay where not each line has one") {
  CHECK(description("/* Takes:\n   * one\n   * two\n   and no more */") == "* one\n* two\nand no more");
  CHECK(description("/* Takes:\n * * one\n * * two\n */") == "* one\n* two");
}

TEST_CASE("The first sentence ends where a reader sees it end") {
  CHECK(summary("// Version 1.5 of it. More.") == "Version 1.5 of it");
  CHECK(summary("// Some, e.g. Ada's. More.") == "Some, e.g. Ada's");
  CHECK(summary("// What is `a. B` here? More.") == "What is `a. B` here?");
  CHECK(summary("// No dot") == "No dot");
  CHECK(summary("// And so on...") == "And so on...");
  CHECK(summary("// Takes these:\n// - one. Two.\n// - three") == "Takes these:");
  CHECK(description("// Takes these. Of them:\n// - one. Two.\n// - three") ==
        "Of them:\n- one. Two.\n- three");
  CHECK(description("// One. Two.\n//\n//\n// Three.\n// Four.\n//") == "Two.\n\nThree.\nFour.");
  CHECK(summary("//\n// One. Two.") == "One");
}

TEST_CASE("A blank line, or code, separates a comment from what follows it") {
  CHECK(summary("// About the file.\n") == "");
  CHECK(summary("/* License */\n\n") == "");
  CHECK(summary("// About the file.\n\n// Lists notes.") == "Lists notes");
  CHECK(summary("/* About the file. */\n// Lists notes.") == "Lists notes");
  CHECK(summary("// About limit.\nconst int limit = 5;") == "");
  CHECK(summary("const int limit = 5;  // at most") == "");
  CHECK(summary("const int limit = 5;  // at most\n                      // as many") == "");
  CHECK(summary("const int limit = 5;  // at most\n// Lists notes.") == "Lists notes");
  CHECK(summary("/* of limit */ const int limit = 5;") == "");
  CHECK(summary("/* a */ /* b */") == "");
  CHECK(summary("// Of the include.\n#include <map>") == "");
  CHECK(summary("int x = 5;  ///< at most") == "");
  CHECK(summary("///< of what stands before") == "");
}

TEST_CASE("A declaration may have any form") {
  for (const std::string form :
       {"Json GET() {}", "static Json GET() {}", "auto GET(Path<\"id\"> id) -> Json { return 1; }",
        "std::optional<Note>\nGET(Path<\"id\", std::int64_t> id,\n    Local<NoteStore> notes) { return 1; }",
        "std::map<std::string, std::vector<std::function<int(int)>>> GET() {}", "const Json& GET() {}",
        "Json* GET();", "[[nodiscard]] Json GET();", "[[nodiscard]]\nJson GET();", "alignas(8)\nJson GET();",
        "decltype(make(1)) GET() {}", "std::array<int, std::size_t{3}> GET() {}", "Json GET /* so */ () {}",
        "inline Json\n// within\nGET() {}", "stile::Json GET() noexcept(true) {}",
        "extern \"C\" Json GET() {}", "__attribute__((cold)) Json GET() {}"}) {
    INFO(form);
    const auto comment = of_get("#include <map>\n// Lists notes.\n" + form + "\n");
    CHECK(comment.summary == "Lists notes");
    CHECK_FALSE(comment.deprecated);
  }
}

TEST_CASE("Deprecation is an attribute, with or without a reason") {
  for (const std::string form :
       {"[[deprecated]] Json GET() {}", "[[deprecated(\"use /api/notes\")]]\nJson GET() {}",
        "[[nodiscard, deprecated(\"why\")]] static Json GET();", "[[nodiscard]] [[deprecated]] Json GET();",
        "[[gnu::deprecated]] Json GET();", "__attribute__((deprecated(\"why\"))) Json GET();"}) {
    const auto comment = of_get("// Lists notes.\n" + form + "\n");
    INFO(form);
    CHECK(comment.deprecated);
    CHECK(comment.summary == "Lists notes");
  }
  CHECK_FALSE(of_get("[[deprecated]] void helper() {}\nJson GET() {}").deprecated);
  CHECK_FALSE(of_get("Json GET() {}\n[[deprecated]] void helper() {}").deprecated);
  CHECK_FALSE(of_get("// deprecated\nJson GET(Query<\"deprecated\"> deprecated) {}").deprecated);
}

TEST_CASE("Each method has its own comment") {
  const auto all = comments_of(
      "// Reads.\nJson GET() {}\n\n// Replaces.\nJson PUT() {}\nJson PATCH() {}\n// Removes.\nvoid DELETE() "
      "{}\n"
      "// Makes.\n[[deprecated]] Response POST(Body<Json> body) { return body; }\n");
  CHECK(all.size() == 5);
  CHECK(all.at("GET").summary == "Reads");
  CHECK(all.at("PUT").summary == "Replaces");
  CHECK(all.at("PATCH").summary == "");
  CHECK(all.at("DELETE").summary == "Removes");
  CHECK(all.at("POST").summary == "Makes");
  CHECK(all.at("POST").deprecated);
}

TEST_CASE("Of a declaration and a definition the first that says something counts") {
  CHECK(of_get("// Lists notes.\nJson GET();\n\nJson GET() {}\n").summary == "Lists notes");
  CHECK(of_get("[[deprecated]] Json GET();\n\n// Lists notes.\nJson GET() {}\n").summary == "Lists notes");
  CHECK(of_get("[[deprecated]] Json GET();\n\n// Lists notes.\nJson GET() {}\n").deprecated);
}

TEST_CASE("What is no function at the top level is no method") {
  for (const std::string source : {"namespace a { Json GET() {} }",
                                   "namespace { Json GET() {} }",
                                   "struct A { Json GET(); };",
                                   "Json A::GET() {}",
                                   "const auto a = GET();",
                                   "const int a{GET()};",
                                   "using A = decltype(GET());",
                                   "Json helper() { return GET(); }",
                                   "Json (*pointer)(int) = GET;",
                                   "int GET = 5;",
                                   "Json GETS() {}",
                                   "const char* a = \"Json GET() {}\";",
                                   "const char* a = R\"(\nJson GET() {}\n)\";",
                                   "// Json GET() {}",
                                   "/* Json GET() {} */",
                                   "#define A Json GET() {}",
                                   "#define A \\\n Json GET() {}",
                                   "#if 0\nJson GET() {}\n#endif",
                                   "",
                                   "GET(Note)",
                                   "#if 0\n#if 1\n#endif\nJson GET() {}\n#endif"}) {
    INFO(source);
    CHECK(comments_of("#include <map>\n" + source + "\n").empty());
  }
}

TEST_CASE("What stands before a method does not hide it") {
  for (const std::string before : {"BOOST_DESCRIBE_STRUCT(Note, (), (id))",
                                   "STILE_DESCRIBE(Note, (id, range(1, 5)),\n  title)",
                                   "const int million = 1'000'000;",
                                   "const char quote = '\"';",
                                   "const char quote = '\\'';",
                                   "const char* a = \"\\\"{\";",
                                   "const char* a = R\"x(\n)\" { /* )x\";",
                                   "const auto a = u8R\"({)\";",
                                   "#define A {",
                                   "#define A \"/*\"",
                                   "#define A '\"'",
                                   "#include \"a.hpp\"  /* of\n it */",
                                   "#error don't",
                                   "const Settings settings{.timeout = 5s};",
                                   "struct A { int a = 0; };",
                                   "namespace a { int b() { } }",
                                   "const char* open = \"not closed\n;",
                                   "template <class T> T a(T b) { return b; }",
                                   "#ifdef A\nvoid a() {\n#else\nvoid b() {\n#endif\n}",
                                   "#if 0\nvoid a() {\n#else\nvoid b() {}\n#endif",
                                   "static_assert(sizeof(int) == 4);",
                                   "auto a = [] { return R\"({\"b\": \"})\"; };",
                                   "int a; /* { */"}) {
    INFO(before);
    CHECK(of_get(before + "\n// Lists notes.\n" + get).summary == "Lists notes");
    CHECK(of_get("// Of another thing.\n" + before + "\n" + get).summary == "");
  }
}

TEST_CASE("A method is found behind a macro whose comment is not its own") {
  CHECK(of_get("// A note.\nBOOST_DESCRIBE_STRUCT(Note, (), (id))\nJson GET() {}\n").summary == "");
  CHECK(of_get("MARKED(\"so\") Json GET() {}\n").summary == "");
  CHECK(of_get("// Lists notes.\nMARKED(\"so\") Json GET() {}\n").summary == "Lists notes");
}

TEST_CASE("An example request makes no summary") {
  CHECK(summary("// GET /api/hello/Ada?shout=true") == "");
  CHECK(summary("// `GET /api/hello/Ada`") == "");
  CHECK(summary("// $ curl localhost:8080/api/hello") == "");
  CHECK(summary("// GET https://example.org/api HTTP/1.1\n// Greets.") == "Greets");
  CHECK(summary("// Greets.\n// GET /api/hello/Ada") == "Greets");
  CHECK(description("// Greets.\n// GET /api/hello/Ada") == "");
  CHECK(summary("// GET /api/notes: the newest ones. More.") == "The newest ones");
  CHECK(summary("// GET /api/notes \u2192 lists notes") == "Lists notes");
  CHECK(summary("// POST any JSON, and get it back.") == "POST any JSON, and get it back");
  CHECK(description("// Greets. Say:\n// GET /api/hello/Ada") == "Say:\nGET /api/hello/Ada");
  CHECK(description("// Greets.\n//\n//     GET /api/hello/Ada\n") == "");  // of a blank line's comment
  CHECK(description("// Greets.\n//\n//     GET /api/hello/Ada") == "    GET /api/hello/Ada");
}

TEST_CASE("What is not meant for callers is left out") {
  CHECK(summary("// Json GET(Path<\"id\"> id);") == "");
  CHECK(summary("// Json GET() {\n//   // old\n//   return {{\"a\",\n//            1}};\n// }") == "");
  CHECK(summary("// Json GET() { return 1; }") == "");
  CHECK(summary("// Finds a note;\n// nothing where there is none.") ==
        "Finds a note; nothing where there is none");
  CHECK(summary("// The note at /api/notes/{id}") == "The note at /api/notes/{id}");
  CHECK(summary("// NOLINTNEXTLINE(misc-unused)") == "");
  CHECK(summary("// Lists notes.\n// clang-format off") == "Lists notes");
  CHECK(summary("// TODO: make it faster.\n// Much faster.") == "");
  CHECK(description("// Lists notes. All.\n// TODO(me): fewer.\n// Really.\n//\n// More.") ==
        "All.\n\nMore.");
}

TEST_CASE("A fence keeps what it holds") {
  const std::string fenced = "```json\n{\"a\": 1};\n\nGET /api\n```";
  CHECK(description("// Takes this.\n//\n// ```json\n// {\"a\": 1};\n//\n// GET /api\n// ```") == fenced);
}

TEST_CASE("A comment of any bytes becomes printable UTF-8") {
  const auto strange = summary(
      "// a\xFF"
      "b\x01"
      "c\xC3\xA9 \xE2\x82");
  CHECK(strange ==
        "a\xEF\xBF\xBD"
        "b c\xC3\xA9 \xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(invalid_utf8_at(strange) == std::string::npos);
  CHECK(summary("\xEF\xBB\xBF// Lists notes.") == "Lists notes");
}

TEST_CASE("A source of a megabyte of anything is read in no time that grows faster") {
  for (const std::string piece :
       {"(", ")",       "([{",  "[)",   "/*",   "//\n",       "R\"x(",   "\"",
        "'", "#if 0\n", "\\\n", "\xFF", "GET(", "A GET();\n", "// a;\n", "#if 1\n#else\n",
        "`", ". ",      "* ",   "{}",   "\n"}) {
    std::string source;
    while (source.size() < 1'000'000) source += piece;
    CHECK_NOTHROW(comments_of(source + get));
    CHECK_NOTHROW(comments_of("/*" + source + "*/\n" + get));
  }
}
