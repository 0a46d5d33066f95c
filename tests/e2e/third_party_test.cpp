// A function that asks an HTTP API of somebody else's (functions/weather), through nginx.
#include <catch2/catch.hpp>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "support/http_client.hpp"
#include "support/network.hpp"
#include "support/served_project.hpp"
#include "support/third_party.hpp"

using namespace stile::test;
using nlohmann::json;

namespace {

const std::string sunny = R"({"temperature": 21.5, "sky": "sunny"})";
const std::string secret = "secret-of-theirs";

std::string city_of(const std::string& line) {
  const auto begin = line.find("city=") + 5;
  return line.substr(begin, line.find(' ', begin) - begin);
}

std::string by_city(const std::string& line) {
  const auto city = city_of(line);
  if (city == "Silent") return {};
  if (city == "Broken") return http_answer(500, secret);
  if (city == "Garbage") return http_answer(200, secret);
  if (city == "Unknown") return http_answer(404, secret);
  if (city == "Elsewhere") return http_answer(302, secret, "Location: file:///etc/passwd\r\n");
  if (city == "Endless") return http_answer(200, std::string(2U << 20U, 'x'));
  if (city == "Half") return "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nConnection: close\r\n\r\n{";
  if (city == "NoHttp") return secret + "\r\n\r\n";
  return http_answer(200, sunny);
}

class WeatherServed {
 public:
  explicit WeatherServed(const std::string& url, const std::string& limits)
      : project_(
            {.arguments = {"--config", directory_.write("stile.json", R"({"functions": {"weather/{city}": )" +
                                                                          limits + "}}")},
             .process = {.environment = {{"WEATHER_URL", url}}}}) {}
  HttpResponse get(const std::string& city) { return HttpClient().get(project_.url("/api/weather/" + city)); }
  void check_problem(const std::string& city, int status) {
    CAPTURE(city);
    const auto response = get(city);
    CHECK(response.status == status);
    CHECK(response.header("Content-Type") == "application/problem+json");
    CHECK(json::parse(response.body)["status"] == status);
    for (const auto* word : {"secret", "127.0.0.1", "http:"})
      CHECK_THAT(response.body, !Catch::Contains(word));
  }
  const ServedProject& project() const { return project_; }

 private:
  TemporaryDirectory directory_;
  ServedProject project_;
};

}  // namespace

TEST_CASE(
    "what a third party answers is passed on, and what is no answer is a 502 that shows nothing of it") {
  ThirdParty third_party(by_city);
  WeatherServed served(third_party.url(), R"({"timeout": "20s"})");
  const auto response = served.get("Graz");
  CHECK(response.status == 200);
  CHECK(json::parse(response.body) == json{{"city", "Graz"}, {"celsius", 21.5}, {"sky", "sunny"}});
  served.check_problem("Unknown", 404);
  for (const auto* city : {"Broken", "Garbage", "Elsewhere", "Endless", "Half", "NoHttp"})
    served.check_problem(city, 502);
  CHECK(served.get("Graz").status == 200);
  served.project().wait_for_log("status 500");  // which the log has
}

TEST_CASE("a third party that is not there is a 502") {
  WeatherServed served("http://127.0.0.1:" + std::to_string(free_port()), R"({"timeout": "20s"})");
  served.check_problem("Graz", 502);
}

TEST_CASE(
    "a third party that does not answer before the function's deadline is a 504 of the function's own") {
  ThirdParty third_party(by_city);
  WeatherServed served(third_party.url(), R"({"timeout": "2s"})");
  served.check_problem("Silent", 504);
  CHECK(json::parse(served.get("Silent").body)["detail"] == "another service took too long");
  CHECK(served.get("Graz").status == 200);
}

TEST_CASE("connections to a third party are kept, one for each thread") {
  ThirdParty third_party(by_city);
  WeatherServed served(third_party.url(), R"({"timeout": "20s", "concurrency": 2})");
  for (int i = 0; i < 20; ++i) REQUIRE(served.get("Graz").status == 200);
  std::vector<std::thread> callers;
  std::atomic<int> answered = 0;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      for (int i = 0; i < 10; ++i) answered += served.get("Graz").status == 200 ? 1 : 0;
    });
  }
  for (auto& caller : callers) caller.join();
  CHECK(answered == 40);
  CHECK(third_party.requests() == 60);
  CHECK(third_party.connections() <= 2);
}
