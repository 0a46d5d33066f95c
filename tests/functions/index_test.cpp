#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>

#include <stile/testing.hpp>

using stile::Json;
using stile::testing::call;

namespace {

class EndpointsFile {
 public:
  EndpointsFile(const std::filesystem::path& path, const std::string& text) {
    std::ofstream(path) << text;
    ::setenv("STILE_ENDPOINTS", path.c_str(), 1);
  }
  ~EndpointsFile() { ::unsetenv("STILE_ENDPOINTS"); }
  EndpointsFile(const EndpointsFile&) = delete;
  EndpointsFile& operator=(const EndpointsFile&) = delete;
};

}  // namespace

TEST_CASE("index lists what is served, in its order") {
  const stile::testing::TemporaryState state;
  const EndpointsFile list(
      state.path() / "endpoints.json",
      R"([{"path": "/api/hello", "methods": ["GET", "HEAD"]}, {"path": "/api", "methods": []}])");
  const Json expected = {{"endpoints",
                          {{{"path", "/api/hello"}, {"methods", {"GET", "HEAD"}}},
                           {{"path", "/api"}, {"methods", Json::array()}}}}};
  CHECK(call("GET", "/api").json() == expected);
}

TEST_CASE("index lists nothing where nobody has said what is served") {
  CHECK(call("GET", "/api").json() == Json{{"endpoints", Json::array()}});
}

TEST_CASE("a broken list of endpoints is a bug of the server: 500, its cause in the log alone") {
  const stile::testing::TemporaryState state;
  const EndpointsFile list(state.path() / "endpoints.json", R"([{"path": 7, "methods": []}])");
  const auto answer = call("GET", "/api");
  CHECK(answer.status() == 500);
  CHECK(answer.body().find("endpoints") == std::string::npos);
  REQUIRE(answer.log().size() == 1);
  CHECK(answer.log().front().find("expected a string") != std::string::npos);
}
