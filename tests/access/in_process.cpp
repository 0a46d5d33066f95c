// Guarded functions called in process, as their authors test them.
#include <catch2/catch.hpp>
#include <stile/testing.hpp>

using namespace stile;
using namespace stile::testing;

TEST_CASE("in a test a caller is said, not proven") {
  const auto answer = call(GET, "/api/key", Sending{.caller = Caller{.id = "7", .name = "ada"}});
  CHECK(answer.status == 200);
  CHECK(answer.json().at("name") == "ada");
  CHECK(call(GET, "/api/key").status == 401);
}

TEST_CASE("in a test scopes and roles are asked for all the same") {
  CHECK(call(GET, "/api/own", Sending{.caller = Caller{.id = "7", .roles = {"reader"}}}).status == 403);
  CHECK(call(GET, "/api/own", Sending{.caller = Caller{.id = "7", .roles = {"owner"}}}).status == 200);
}

TEST_CASE("in a test the folders' settings and steps hold") {
  CHECK(call(GET, "/api/staff/list", Sending{.caller = Caller{.id = "7"}}).status == 403);
  const auto answer =
      call(GET, "/api/staff/list", Sending{.caller = Caller{.id = "7", .name = "eve", .scopes = {"staff"}}});
  CHECK(answer.status == 200);
  CHECK(answer.header("X-Staff") == "eve");
}
