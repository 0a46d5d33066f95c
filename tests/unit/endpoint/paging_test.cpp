#include "stile/paging.hpp"

#include <catch2/catch.hpp>

#include "recording_sink.hpp"
#include "stile/text_type.hpp"

using namespace stile;

namespace {

enum class Field { name, price };
BOOST_DESCRIBE_ENUM(Field, name, price)

struct List : Paging {
  Sort<Field> sort{{{Field::price, true}}};
  std::optional<std::string> word;
  std::vector<int> numbers;
};
STILE_DESCRIBE(List, (public, Paging), (sort, defaulted), (word, length(1, 3)),
               (numbers, items(0, 2), unique_items), (struct, closed))

/// A function's answer to such a request, or what it was refused for.
struct Asked {
  explicit Asked(std::string_view uri) : request({.method = "GET", .uri = uri}, sink) {}
  test::RecordingSink sink;
  Request request;
  Locals locals;
  Shareds shareds;
  Context context{request, locals, shareds};
};

List read(Asked& asked) { return *detail::Extract<QueryOf<List>>::first(asked.context); }
List read(std::string_view uri) {
  Asked asked(uri);
  auto list = read(asked);
  CHECK(asked.context.faults.empty());
  return list;
}
Json errors(std::string_view uri) {
  Asked asked(uri);
  read(asked);
  return asked.context.faults.empty() ? Json::array() : asked.context.faults.problem().members()["errors"];
}

/// The links of a page of `count` items.
Json page(std::string_view uri, std::size_t count, std::optional<std::uint64_t> total,
          bool has_more = false) {
  Asked asked(uri);
  read(asked);
  REQUIRE(asked.context.faults.empty());
  const Page<int> page{std::vector<int>(count, 1), total, {}, has_more};
  const auto response = detail::Result<Page<int>>::make(page, asked.context);
  Json body = parse_json(response.body());
  body["Link"] = std::string(response.header("Link").value_or(""));
  return body;
}

}  // namespace

TEST_CASE("a query is read as a struct, with what its members are where they are left out") {
  const auto empty = read("/x");
  CHECK(empty.limit == 50);
  CHECK(empty.offset == 0);
  CHECK(empty.sort.fields == std::vector<Sort<Field>::By>{{Field::price, true}});
  const auto full = read("/x?limit=7&offset=3&sort=-name,price&word=a%20b&numbers=1&numbers=2");
  CHECK(full.limit == 7);
  CHECK(full.offset == 3);
  CHECK(full.sort.fields == std::vector<Sort<Field>::By>{{Field::name, true}, {Field::price, false}});
  CHECK(full.word == "a b");
  CHECK(full.numbers == std::vector{1, 2});
}

TEST_CASE("every fault of a query is named, what is not described too where it is closed") {
  const auto all = errors("/x?limit=0&offset=-1&sort=size&word=four&numbers=1&numbers=1&numbers=x&other=1");
  std::vector<std::string> names;
  for (const auto& error : all)
    names.push_back(error["name"].get<std::string>() + error.value("pointer", ""));
  CHECK(names == std::vector<std::string>{"limit", "offset", "sort", "word", "numbers", "numbers/1",
                                          "numbers/2", "other"});
  CHECK(all[0]["expected"] == "an integer from 1 to 500");
  CHECK(errors("/x?limit=1&limit=2")[0]["came"] == "2 values");
}

TEST_CASE("a field that is sorted by twice counts once, and what is no field is refused") {
  CHECK(read("/x?sort=name,price,-name").sort.fields.size() == 2);
  for (const char* sort : {"", ",", "name,", "-", "--name", "Name", "name%20", "name,size"}) {
    CAPTURE(sort);
    CHECK(errors(std::string("/x?sort=") + sort).size() == 1);
  }
}

TEST_CASE("pages link to their neighbours, and keep the rest of the query") {
  const auto first = page("/x?limit=2&word=a%26b", 2, 5);
  CHECK(first["next"] == "/x?limit=2&word=a%26b&offset=2");
  CHECK(first["previous"] == nullptr);
  CHECK(first["total"] == 5);
  const auto middle = page("/x?limit=2&offset=3", 2, 6);
  CHECK(middle["next"] == "/x?limit=2&offset=5");
  CHECK(middle["previous"] == "/x?limit=2&offset=1");
  CHECK(middle["Link"] ==
        R"(</x?limit=2&offset=5>; rel="next", </x?limit=2&offset=1>; rel="prev", </x?limit=2>; rel="first")");
  const auto last = page("/x?limit=2&offset=1", 2, 3);
  CHECK(last["next"] == nullptr);
  CHECK(last["previous"] == "/x?limit=2");
}

TEST_CASE("where the total is not known the function says whether there is more") {
  CHECK(page("/x?limit=2", 2, std::nullopt, true)["next"] == "/x?limit=2&offset=2");
  const auto last = page("/x?limit=2", 2, std::nullopt, false);
  CHECK(last["next"] == nullptr);
  CHECK_FALSE(last.contains("total"));
}

TEST_CASE("no link leads beyond the last offset that may be asked for") {
  CHECK(page("/x?limit=500&offset=999999500", 500, 2'000'000'000)["next"] ==
        "/x?limit=500&offset=1000000000");
  CHECK(page("/x?limit=500&offset=1000000000", 500, 2'000'000'000)["next"] == nullptr);
}

TEST_CASE("a link that a client made too long for a header stands in the body alone") {
  const auto answer = page("/x?limit=1&word=abc", 1, 2);
  CHECK_FALSE(answer["Link"] == "");
  const auto long_one = page("/x?limit=1&numbers=1&numbers=" + std::string(4'100, '0') + "2", 1, 2);
  CHECK(long_one["Link"] == "");
  CHECK(long_one["next"].get<std::string>().size() > 4'100);
}

TEST_CASE("nothing that a client sends ends a link early") {
  CHECK(page("/a>b\"c/d%3E?limit=1&word=%3E%22%0A", 1, 2)["Link"] ==
        R"(</a%3Eb%22c/d%3E?limit=1&word=%3E%22%0A&offset=1>; rel="next")");
}

TEST_CASE("the parameters of a query stand in the document with their defaults") {
  Schemas schemas;
  detail::Operation operation(schemas, "GET", false);
  detail::Extract<QueryOf<List>>::document(operation);
  Schema told;
  operation.tell(told);
  const Json parameters = Json::parse(*told.find("parameters"));
  REQUIRE(parameters.size() == 5);
  CHECK(parameters[0]["schema"]["default"] == 50);
  CHECK(parameters[0]["schema"]["maximum"] == 500);
  CHECK(parameters[2]["name"] == "sort");
  CHECK(parameters[2]["schema"]["default"] == "-price");
  CHECK(parameters[4]["schema"]["uniqueItems"] == true);
  for (const auto& parameter : parameters) CHECK_FALSE(parameter.contains("required"));
}
