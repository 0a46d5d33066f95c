#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "endpoint/dispatcher.hpp"
#include "endpoint/secret_values.hpp"
#include "stile/context.hpp"
#include "stile/json.hpp"
#include "stile/problem.hpp"
#include "stile/rules.hpp"
#include "support/temporary_directory.hpp"

namespace {

// By the environment of this process; no folder has them.
struct Variable {
  Variable(const char* a_name, const std::string& value) : name(a_name) {
    ::setenv("STILE_SECRETS_DIR", "/nowhere/at/all", 1);
    ::setenv(name, value.c_str(), 1);
  }
  ~Variable() {
    ::unsetenv(name);
    ::unsetenv("STILE_SECRETS_DIR");
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  const char* name;
};

}  // namespace

TEST_CASE("The longer of two secrets that begin alike is masked whole") {
  const Variable one("FIRST_KEY", "key-of-fences");
  const Variable other("SECOND_KEY", "key-of-fences-and-stiles");
  CHECK(stile::secret("first_key") == "key-of-fences");
  CHECK(stile::secret("second_key") == "key-of-fences-and-stiles");
  CHECK(stile::has_secrets());
  CHECK(stile::without_secrets("a key-of-fences-and-stiles, key-of-fenceskey-of-fences") == "a ***, ******");
  CHECK(stile::without_secrets("key-of-fence") == "key-of-fence");
}

TEST_CASE("A secret that is short is left, for it would stand in what means something else") {
  const Variable one("SHORT_PIN", "12345");
  CHECK(stile::secret("short_pin") == "12345");
  CHECK(stile::without_secrets("port 12345") == "port 12345");
}

TEST_CASE("A secret stands in no text of a problem, however deep") {
  const Variable one("DEEP_KEY", "hidden-under-a-stone");
  stile::secret("deep_key");
  const auto response = stile::problem_response(
      stile::Problem(502, "with hidden-under-a-stone").with("sent", {{"keys", {"hidden-under-a-stone!", 7}}}),
      "id");
  const auto body = stile::parse_json(response.body());
  CHECK(body.at("detail") == "with ***");
  CHECK(body.at("sent") == stile::Json{{"keys", {"***!", 7}}});
}

TEST_CASE("A secret that is no file of its owner's, or has no name, is refused") {
  const stile::test::TemporaryDirectory directory;
  ::setenv("STILE_SECRETS_DIR", directory.path().c_str(), 1);
  std::filesystem::create_directory(directory.file("folder"));
  CHECK_THROWS_WITH(stile::secret("folder"), Catch::Contains("is no file"));
  CHECK_THROWS_AS(stile::secret("missing_key"), stile::Unavailable);
  CHECK_THROWS_WITH(stile::secret("folder/key"), Catch::Contains("is not declared"));
  CHECK_THROWS_WITH(stile::secret(""), Catch::Contains("is not declared"));
  ::unsetenv("STILE_SECRETS_DIR");
}
