// Clients that are slow on purpose: they hold a connection of nginx until its time is up, and nothing of a function.
#include <signal.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include "e2e/hostile.hpp"
#include "support/http2_connection.hpp"
#include "support/network.hpp"
#include "support/process.hpp"

using namespace stile::test;
using namespace std::chrono_literals;

namespace {

constexpr auto cut = 90s;  // nginx's longest time is 30 s

// Sockets that nginx's processes hold, clients' among them.
int sockets_of_nginx(const GridProject& project) {
  int count = 0;
  for (const pid_t pid : project.served().processes("nginx")) {
    std::error_code gone;
    for (const auto& entry :
         std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd", gone)) {
      const auto target = std::filesystem::read_symlink(entry.path(), gone).string();
      if (!gone && target.starts_with("socket:")) ++count;
    }
  }
  return count;
}

// Requests for a path that took so long: slowhttptest asks as others do, too, to see whether it is answered.
int long_requests(const GridProject& project, const std::string& path, double seconds) {
  std::istringstream lines(project.served().log());
  int count = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("{")) continue;
    const auto request = nlohmann::json::parse(line);
    if (request.at("path") == path && request.at("seconds") >= seconds) ++count;
  }
  return count;
}

void check_answers(const GridProject& project) {
  for (int i = 0; i < 20; ++i) REQUIRE(project.client().get(project.url("/api/grid/where")).status == 200);
}

}  // namespace

TEST_CASE("slow headers, slow bodies and slow readers are cut, and others are answered meanwhile") {
  constexpr int attackers = 50;
  constexpr int readers = 5;
  const GridProject project;
  const GridProject secure(HttpVersion::two);
  const auto sockets = sockets_of_nginx(project);
  const auto slow = [](std::vector<std::string> kind, const std::string& url, int connections) {
    const auto number = std::to_string(connections);
    std::vector<std::string> command{"slowhttptest", "-c", number, "-r", number, "-l", "120", "-u", url};
    command.insert(command.end(), kind.begin(), kind.end());
    return command;
  };
  const auto upload = project.url("/api/grid/upload");
  const Process headers(slow({"-H", "-i", "1"}, upload, attackers));
  const Process bodies(slow({"-B", "-i", "40", "-s", "8192"}, upload, attackers));
  const Process reading(slow({"-X", "-w", "512", "-y", "1024", "-n", "100", "-z", "32", "-k", "1"},
                             project.url("/api/grid/long?bytes=8000000"), readers));
  Http2Connection half_headers(secure.port());
  const auto unnamed =
      half_headers.request(http2_request("GET", "/api/grid/where"), end_stream);  // more to come
  Http2Connection half_body(secure.port());
  const auto unsent = half_body.request(http2_request("POST", "/api/grid/where"), end_headers);
  REQUIRE(eventually([&] { return sockets_of_nginx(project) >= sockets + 2 * attackers + readers; }));
  check_answers(project);
  check_answers(secure);

  for (const auto* attack : {&headers, &bodies}) {
    attack->wait_all(cut);
    CHECK_THAT(attack->text(Stream::out), Catch::Contains("No open connections left"));
  }
  check_documented("headers a byte at a time (slowloris)", "no answer after 15 s", false);
  check_documented("a body of which nothing comes for 15 s", "no answer after 15 s", false);

  const auto of_headers = half_headers.answer(unnamed, cut);
  CHECK_FALSE(of_headers.is_whole);
  CHECK(of_headers.reset);
  check_documented("HEADERS whose rest never comes", "the stream's reset after 15 s", false);
  const auto of_body = half_body.answer(unsent, cut);
  CHECK_FALSE(of_body.is_whole);
  CHECK(of_body.reset);
  check_documented("a body of which nothing comes for 15 s, over HTTP/2", "the stream's reset after 15 s",
                   false);

  // The log has a request when its connection is done with.
  REQUIRE(eventually([&] { return long_requests(project, "/api/grid/long", 20) == readers; }, cut));
  CHECK_FALSE(reading.wait(0ms));  // so that it was not the client that left
  check_documented("a client that does not read its answer for 30 s",
                   "a reset; the function was done at once", true);
  reading.signal(SIGKILL);
  check_answers(project);
  CHECK(project.served().processes("grid/upload").empty());
  CHECK(runs(project) == 40);
  CHECK(runs(secure) == 20);
  check_log(project);
}
