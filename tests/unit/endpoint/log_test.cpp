#include "stile/log.hpp"

#include <catch2/catch.hpp>

#include "recording_sink.hpp"

using namespace stile;

TEST_CASE("Every level writes one formatted line with the request's id") {
  test::RecordingSink sink;
  const Log log(sink, "r-1");
  log.debug("plain");
  log.info("{} {}", 1, "two");
  log.warning("{:>4}", 3);
  log.error("{{}}");
  const auto lines = sink.lines();
  REQUIRE(lines.size() == 4);
  const std::vector<std::pair<Level, std::string>> expected{
      {Level::debug, "plain"}, {Level::info, "1 two"}, {Level::warning, "   3"}, {Level::error, "{}"}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(lines[i].level == expected[i].first);
    CHECK(lines[i].text == expected[i].second);
    CHECK(lines[i].request_id == "r-1");
  }
}

TEST_CASE("A line may be longer than any buffer") {
  test::RecordingSink sink;
  const std::string text(100'000, 'x');
  Log(sink, "r").info("<{}>", text);
  CHECK(sink.lines().at(0).text == "<" + text + ">");
}
