// Rules of parameters, where they are not those of a body.
#include <catch2/catch.hpp>

#include "described_reading.hpp"

using namespace stile;
using namespace stile::test;

struct Isbn {
  std::string digits;
};
template <>
struct stile::TextForm<Isbn> {
  static std::optional<Isbn> read(std::string_view text) { return Isbn{std::string(text)}; }
  static std::string print(const Isbn& value) { return value.digits; }
  static constexpr std::string_view expected = "an ISBN";
  static constexpr std::string_view format{};
};

namespace {

struct Codes {
  std::vector<int> codes{1};
};
STILE_DESCRIBE(Codes, (codes, defaulted, items(1, 2)))

struct Span {
  int from = 0;
  int to = 0;
};
STILE_DESCRIBE(Span, from, to,
               (struct, where([](const Span& s) { return s.from <= s.to; },
                              "a span that does not end before it begins")))

}  // namespace

TEST_CASE("rules of a text are checked of a type of one's own that is one") {
  using Book = Query<"isbn", Isbn, length(3, 5), pattern("[0-9]+")>;
  CHECK(Asked<Book>("/?isbn=1234").errors().empty());
  CHECK(Asked<Book>("/?isbn=12").errors()[0]["expected"] ==
        "a string of 3 to 5 characters that matches [0-9]+");
  CHECK(Asked<Book>("/?isbn=abc").errors().size() == 1);
  CHECK(told<Book>()[0]["schema"]["maxLength"] == 5);
}

TEST_CASE("a parameter that must come several times is required") {
  CHECK(told<Query<"n", std::vector<int>, items(1, 2)>>()[0]["required"] == true);
  CHECK_FALSE(told<Query<"n", std::vector<int>, items(0, 2)>>()[0].contains("required"));
  CHECK_FALSE(told<QueryOf<Codes>>()[0].contains("required"));
}

TEST_CASE("what holds for the whole of a query is told of the whole") {
  const Asked<QueryOf<Span>> asked("/?from=3&to=1");
  const Problem problem = asked.context.faults.problem();
  CHECK(problem.detail() ==
        "the query is \"from=3&to=1\"; expected a span that does not end before it begins");
  CHECK(asked.errors() == Json{{{"in", "query"},
                                {"came", "\"from=3&to=1\""},
                                {"expected", "a span that does not end before it begins"}}});
}

TEST_CASE("a list of a query keeps its default where it is left out, and is what came where it is not") {
  CHECK(Asked<QueryOf<Codes>>("/").value.codes == std::vector{1});
  CHECK(Asked<QueryOf<Codes>>("/?codes=2").value.codes == std::vector{2});
  CHECK(Asked<QueryOf<Codes>>("/?codes=2&codes=3&codes=4").errors()[0]["name"] == "codes");
}

TEST_CASE("a floating parameter keeps its bounds as a double") {
  using Share = Query<"f", float, range(0, 0.1)>;
  CHECK(Asked<Share>("/?f=0.1").errors().empty());
  CHECK_FALSE(Asked<Share>("/?f=0.10000001").errors().empty());
}
