#include "stile/access.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <optional>
#include <stdexcept>
#include <string>

#include "endpoint/dispatcher.hpp"
#include "endpoint/document.hpp"
#include "stile/operation.hpp"

using namespace stile;
using Catch::Contains;

namespace {

std::optional<Caller> nobody(const Request& /*request*/) { return std::nullopt; }

// A function below a folder, with what each says of access.
struct Nested {
  Settings farther;
  Settings nearer;
  Folder folder{.file = "functions/admin/_settings.cpp", .settings = &farther};
  std::array<const Folder*, 1> folders{&folder};
  Endpoint endpoint{
      .file = "functions/admin/a.cpp", .name = "admin/a", .settings = &nearer, .folders = folders};

  Nested(std::optional<Access> of_folder, std::optional<Access> of_function) {
    farther.access = std::move(of_folder);
    nearer.access = std::move(of_function);
  }
  std::string access() const {
    const auto manifest = describe(endpoint);
    return manifest.access ? manifest.access->in_words() : "";
  }
  std::string complaint() const {
    try {
      describe(endpoint);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  }
};

}  // namespace

TEST_CASE("what nobody says of access is unset, what a folder says holds below") {
  CHECK(Nested({}, {}).access().empty());
  CHECK(Nested(Access::everyone(), {}).access() == "everyone");
  CHECK(Nested(Access::api_key().scope("a"), {}).access() == "API key, scope a");
  CHECK(Nested({}, Access::jwt()).access() == "JWT");
}

TEST_CASE("a function may ask for more than its folder") {
  CHECK(Nested(Access::everyone(), Access::api_key()).access() == "API key");
  CHECK(Nested(Access::api_key().scope("a"), Access::api_key().scope("b")).access() ==
        "API key, scope b, scope a");
  CHECK(Nested(Access::api_key().scope("a"), Access::api_key().scope("a")).access() == "API key, scope a");
  CHECK(Nested(Access::api_key() | Access::jwt(), Access::jwt()).access() == "JWT");
  CHECK(Nested(Access::api_key().role({"x", "y"}), Access::api_key().role("x")).access() ==
        "API key, role x, role x or y");
}

TEST_CASE("a function that asks for less, or for something else, has to say so") {
  const std::string words =
      "access: everyone lets in whom functions/admin/_settings.cpp does not (API key, scope a); ask for no "
      "less, or say that this is meant, by .despite_folder() at its end";
  CHECK(Nested(Access::api_key().scope("a"), Access::everyone()).complaint() == words);
  CHECK_THAT(Nested(Access::api_key(), Access::jwt()).complaint(), Contains("access: JWT lets in whom"));
  CHECK_THAT(Nested(Access::jwt(), Access::api_key() | Access::jwt()).complaint(), Contains("lets in whom"));
  CHECK_THAT(Nested(Access::cookie("a", nobody), Access::cookie("b", nobody)).complaint(),
             Contains("lets in whom"));
  CHECK(Nested(Access::api_key().scope("a"), Access::everyone().despite_folder()).access() == "everyone");
  CHECK(Nested(Access::api_key().scope("a"), Access::jwt().despite_folder()).access() == "JWT");
}

TEST_CASE("access that can't be is refused where the function is built") {
  CHECK_THAT(Nested({}, Access::everyone().scope("a")).complaint(),
             Contains("everyone may call, so nobody can be asked for a"));
  CHECK_THAT(Nested({}, Access::api_key().scope("a b")).complaint(), Contains("\"a b\" is no scope or role"));
  CHECK_THAT(Nested({}, Access::api_key().scope("")).complaint(), Contains("is no scope or role"));
  CHECK_THAT(Nested({}, Access::header("X Y", nobody)).complaint(),
             Contains("\"X Y\" is no name of a header or cookie"));
  CHECK_THAT(Nested({}, Access::header("X_Y", nobody)).complaint(), Contains("a header X_Y proves nothing"));
  CHECK_THAT(Nested({}, Access::api_key() | Access::api_key()).complaint(), Contains("twice"));
  CHECK_THAT(Nested({}, Access::api_key().role(std::initializer_list<std::string>{})).complaint(),
             Contains("one role of none"));
}

TEST_CASE("everyone beside another way is everyone") {
  CHECK((Access::everyone() | Access::jwt()).in_words() == "everyone");
}

TEST_CASE("who asks for a caller has to be guarded, who takes what is handed on needs a step that does") {
  Schemas schemas;
  detail::Operation open(schemas, "GET", false);
  CHECK_THROWS_WITH(open.want_caller(), Contains("it takes a Caller, and everyone may call it"));
  CHECK_NOTHROW(detail::Operation(schemas, "GET", true).want_caller());
  CHECK_THROWS_WITH(open.want(detail::handed_type<int>()),
                    Contains("Handed<int> is asked for, and no step above hands it on"));
  open.hand(detail::handed_type<int>());
  CHECK_NOTHROW(open.want(detail::handed_type<int>()));
  CHECK_THROWS_WITH(open.want({&typeid(int), 8, 8}),
                    Contains("there are two types int, of 4 and of 8 bytes"));
}

TEST_CASE("what a step asks for in vain is said of the step's own file") {
  const Folder folder{.file = "functions/admin/_settings.cpp",
                      .documenter = [](detail::Operation& operation) { operation.want_caller(); }};
  const Folder* const folders[]{&folder};
  Endpoint endpoint{.file = "functions/admin/ping.cpp", .name = "admin/ping", .folders = folders};
  endpoint.documenters.front() = [](detail::Operation&) {};
  CHECK_THROWS_WITH(document(endpoint, ""),
                    Contains("GET: the step of functions/admin/_settings.cpp: it takes a Caller") &&
                        Contains("std::optional<Caller>"));
}

TEST_CASE("what proves who calls is masked wherever requests are kept") {
  const Settings settings{.access = Access::header("X-Pin", nobody) | Access::cookie("session", nobody)};
  const Endpoint endpoint{.file = "functions/a.cpp", .name = "a", .settings = &settings};
  CHECK(secret_parameters(endpoint) == std::vector<std::string>{"X-Pin", "session"});
}

TEST_CASE("callers are counted only where they are known") {
  Settings settings{.caller_rate = Rate{.requests = 2}};
  const Endpoint endpoint{.file = "functions/a.cpp", .name = "a", .settings = &settings};
  CHECK_THROWS_WITH(describe(endpoint), Contains("caller_rate: everyone may call"));
  settings.access = Access::jwt();
  CHECK(describe(endpoint).caller_rate->requests == 2);
  settings.caller_rate->burst = 3'000'000;
  CHECK_THROWS_WITH(describe(endpoint), Contains("caller_rate.burst"));
  settings.cache = 60s;
  settings.caller_rate.reset();
  CHECK_THROWS_WITH(check_cache(describe(endpoint), 60s),
                    Contains("cache: who calls is asked of each request"));
}
