// What <stile/testing.hpp> has for tests of functions.
#include <catch2/catch.hpp>
#include <filesystem>

#include <stile/testing.hpp>

#include "_notes/store.hpp"

using namespace stile::testing;
using stile::Json;

namespace {

// No note can be made there: where one is asked for all the same, the answer is a 503.
class NowhereToKeep {
 public:
  NowhereToKeep() { std::filesystem::remove_all(state_.path()); }

 private:
  TemporaryState state_;
};

}  // namespace

TEST_CASE("methods are said by name or as strings, over several endpoints") {
  const TemporaryState state;
  REQUIRE(call(POST, "/api/notes", Json{{"title", "milk"}}).status == 201);
  const auto answer = call(GET, "/api/notes/1");
  REQUIRE(answer.status == 200);
  CHECK(answer.status() == 200);
  CHECK(call("GET", "/api/notes/1").body() == answer.body());
  CHECK(call(PATCH, "/api/notes/1", Json{{"title", "cream"}}).json()["title"] == "cream");
  CHECK(call(PUT, "/api/notes/1", Sending{.content_type = "text/plain", .body = "x"}).status == 415);
  CHECK(call(HEAD, "/api/hello").status == 200);
  CHECK(call(OPTIONS, "/api/hello").status == 204);
  CHECK(call("TRACE", "/api/hello").status == 405);
  CHECK(call(DELETE, "/api/notes/1").status == 204);
}

TEST_CASE("an object of the test's own stands for all that functions ask for, while it lives") {
  const TemporaryState state;
  NoteStore mine;
  mine.create({"mine", "", {}});
  const NowhereToKeep nowhere;
  CHECK(call(GET, "/api/notes").status == 503);
  {
    const Replace<NoteStore> replaced(mine);
    CHECK(call(GET, "/api/notes").json()["items"].size() == 1);
    CHECK(call(GET, "/api/notes/1").json()["title"] == "mine");
    CHECK(call(DELETE, "/api/notes/1").status == 204);
  }
  CHECK(call(GET, "/api/notes").status == 503);
  CHECK_FALSE(mine.find(1));
}

TEST_CASE("of several objects for one type the youngest counts, and the older one after it") {
  const TemporaryState first_state;
  NoteStore first;
  first.create({"first", "", {}});
  const TemporaryState second_state;
  NoteStore second;
  const Replace<NoteStore> outer(first);
  {
    const Replace<NoteStore> inner(second);
    CHECK(call(GET, "/api/notes").json()["items"].empty());
  }
  CHECK(call(GET, "/api/notes").json()["items"].size() == 1);
}
