#include "supervisor/log.hpp"

#include <catch2/catch.hpp>
#include <string>

using stile::supervisor::escaped;
using namespace std::string_literals;

TEST_CASE("what a terminal would obey is escaped in the log, and all else stands as it came") {
  CHECK(escaped("") == "");
  CHECK(escaped("plain \t text \xc3\xa9 \xe2\x82\xac \xc2\xa0") ==
        "plain \t text \xc3\xa9 \xe2\x82\xac \xc2\xa0");
  CHECK(escaped("\x1b[31mred\x7f\r\0"s) == "\\x1b[31mred\\x7f\\x0d\\x00");
  CHECK(escaped("\xc2\x9b"s + "31mred") == "\\xc2\\x9b31mred");
  CHECK(escaped("\xc2\x80\xc2\x9f\xc2") == "\\xc2\\x80\\xc2\\x9f\xc2");
}
