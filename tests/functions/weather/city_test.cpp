#include <catch2/catch.hpp>
#include <cstdlib>

#include <stile/testing.hpp>

#include "_http/client.hpp"

using namespace stile::testing;
using stile::Json;

namespace {

class FakeClient : public HttpClient {
 public:
  HttpAnswer get(const std::string& url, const stile::Request& /*request*/) override {
    asked = url;
    return answer;
  }
  HttpAnswer answer{200, R"({"temperature": 21.5, "sky": "sunny"})"};
  std::string asked;
};

}  // namespace

TEST_CASE("the weather is what the service says") {
  FakeClient fake;
  const Replace<HttpClient> client(fake);
  const auto answer = call(GET, "/api/weather/Z%C3%BCrich%26x=1");
  REQUIRE(answer.status == 200);
  CHECK(answer.json() == Json{{"city", "Z\u00FCrich&x=1"}, {"celsius", 21.5}, {"sky", "sunny"}});
  CHECK_THAT(fake.asked, Catch::EndsWith("/now?city=Z%C3%BCrich%26x%3D1"));
}

TEST_CASE("a city that the service does not know is 404") {
  FakeClient fake;
  fake.answer = {404, "<p>secret</p>"};
  const Replace<HttpClient> client(fake);
  CHECK(call(GET, "/api/weather/Nowhere").json()["detail"] == "no such city");
}

TEST_CASE("an answer of another form is a 502 that does not show it") {
  FakeClient fake;
  const Replace<HttpClient> client(fake);
  for (const char* body :
       {"", "secret", "[]", "null", R"({"temperature": 21.5})", R"({"temperature": "21.5", "sky": "secret"})",
        R"({"temperature": 1, "sky": "secret")", "{\"temperature\": 1, \"sky\": \"\xFF\"}"}) {
    CAPTURE(body);
    fake.answer.body = body;
    const auto answer = call(GET, "/api/weather/Graz");
    CHECK(answer.status == 502);
    CHECK_THAT(answer.body(), !Catch::Contains("secret"));
  }
}

TEST_CASE("a service that is not there is a 502 that does not name it") {
  ::setenv("WEATHER_URL", "http://127.0.0.1:1", 1);  // where nobody listens
  const auto answer = call(GET, "/api/weather/Graz");
  ::unsetenv("WEATHER_URL");
  CHECK(answer.status == 502);
  CHECK_THAT(answer.body(), !Catch::Contains("127.0.0.1"));
  REQUIRE(answer.log().size() == 1);
  CHECK_THAT(answer.log().front(), Catch::StartsWith("W http://127.0.0.1:1/now?city=Graz: "));
}
