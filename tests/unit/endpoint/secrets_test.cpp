// What is marked secret is told to nobody: in refusals, in the document.
#include <catch2/catch.hpp>

#include "described_reading.hpp"

using namespace stile;
using namespace stile::test;

namespace {

struct Card {
  std::string number;
  int code = 0;
};
STILE_DESCRIBE(Card, (number, length(1, 4)), (code, range(0, 999)), (struct, tag("kind", "card")))

struct Account {
  std::string password;
  std::optional<Card> card;
  std::optional<std::variant<Card>> other;
  std::vector<std::string> codes;
  std::map<std::string, Card> cards;
  std::optional<std::string> pin;
  std::string token = "hunter2";

  bool is_good() const { return password != "correct horse"; }
};
STILE_DESCRIBE(Account, (password, secret), (card, secret), (other, secret),
               (codes, defaulted, each(length(1, 3)), each(secret)), (cards, defaulted, secret),
               (pin, secret), (token, secret, defaulted),
               (struct, where(&Account::is_good, "a better password", "password")))

struct Login {
  std::string password;
  bool is_good() const { return password != "correct horse"; }
};
STILE_DESCRIBE(Login, (password, secret), (struct, where(&Login::is_good, "a better password", "password")))

}  // namespace

TEST_CASE("a secret is masked where it is refused, and all that it holds") {
  for (const auto* body :
       {R"({"password":"correct horse"})",
        R"({"password":"x","card":{"kind":"card","number":"TELLTALE","code":1234}})",
        R"({"password":"x","other":{"kind":"card","number":"TELLTALE","code":"TELLTALE"}})",
        R"({"password":"x","other":{"kind":"TELLTALE"}})", R"({"password":"x","codes":["TELLTALE"]})",
        R"({"password":"x","cards":{"a":{"kind":"card","number":"TELLTALE","code":"TELLTALE"}}})"}) {
    const Json errors = errors_of<Account>(body);
    CAPTURE(body, errors.dump());
    REQUIRE_FALSE(errors.empty());
    for (const auto& error : errors) CHECK(error["came"] == "***");
  }
}

TEST_CASE("a secret parameter is masked where the whole query is refused for it") {
  const Asked<QueryOf<Login>> asked("/?password=correct%20horse");
  REQUIRE(asked.errors().size() == 1);
  CHECK(asked.errors()[0]["came"] == "***");
  CHECK(asked.errors()[0]["name"] == "password");
}

TEST_CASE("the document says that a text is secret, and not what a secret's default is") {
  const Json properties = properties_of<Account>();
  CHECK(properties["password"]["format"] == "password");
  CHECK(properties["pin"]["format"] == "password");
  CHECK_FALSE(properties["token"].contains("default"));
  CHECK_FALSE(told<Query<"key", std::string, "hunter2", secret>>()[0]["schema"].contains("default"));
}
