#include <cstdlib>

#include "_http/client.hpp"

#include <stile/function.hpp>

using namespace stile;

struct Weather {
  std::string city;
  double celsius = 0;
  std::string sky;
};
STILE_DESCRIBE(Weather, (city, example("Graz")), (celsius, example("21.5")), (sky, example("sunny")))

namespace {

// Where the service is: WEATHER_URL in the environment of `stile serve`. No such host is there without it.
std::string service() {
  const char* url = std::getenv("WEATHER_URL");
  return url == nullptr ? "http://weather.invalid" : url;
}

Weather read_weather(const std::string& body) {
  const Json said = Json::parse(body, nullptr, false);
  const auto member = [&](const char* name) { return said.is_object() ? said.value(name, Json()) : Json(); };
  const Json celsius = member("temperature");
  const Json sky = member("sky");
  if (!celsius.is_number() || !sky.is_string())
    throw Problem{502, "another service answered with something else"};
  return {.city = {}, .celsius = celsius.get<double>(), .sky = sky.get<std::string>()};
}

}  // namespace

// Tells the weather in a city, as another service knows it.
Throws<Weather, 404, 502, 504> GET(const Request& request, Path<"city"> city, Local<HttpClient> http) {
  const HttpAnswer answer = http->get(service() + "/now?city=" + percent_encoded(*city), request);
  if (answer.status == 404) throw Problem{404, "no such city"};
  Weather weather = read_weather(answer.body);
  weather.city = *city;
  return weather;
}

const Settings settings{.timeout = 5s, .environment = {"WEATHER_URL"}};
