// What a container asks of the server: to be process 1, to say how it is, to leave in time, to need nothing but its folders.
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <future>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "cli/installation.hpp"
#include "support/http_client.hpp"
#include "support/network.hpp"
#include "support/process.hpp"
#include "support/served_project.hpp"
#include "support/temporary_directory.hpp"

namespace fs = std::filesystem;
using namespace stile::test;

namespace {

const std::string program = STILE_BINARY_DIR "/bin/stile";

Outcome health_of(const std::string& run_directory) {
  return run({program, "health", "--run-dir", run_directory});
}

std::vector<pid_t> children_of(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children");
  std::vector<pid_t> children;
  for (pid_t child = 0; in >> child;) children.push_back(child);
  return children;
}

std::string name_of(pid_t pid) {
  std::string name;
  std::ifstream("/proc/" + std::to_string(pid) + "/comm") >> name;
  return name;
}

// `stile serve` as process 1 of a namespace of its own, as a container's runtime starts it. An orphan of somebody else's
// ends in there meanwhile.
class Container {
 public:
  explicit Container(const std::vector<std::string>& arguments = {})
      : process_(command(directory_.file("run"), arguments)) {
    const auto ready = process_.wait_for_line(Stream::out, "ready: ");
    url_ = ready.substr(7, ready.rfind('/') - 7);
  }
  std::string url(const std::string& path) const { return url_ + path; }
  std::string run_directory() const { return directory_.file("run"); }
  const Process& process() const { return process_; }
  pid_t init() const { return children_of(process_.pid()).at(0); }

  static bool is_possible() { return run({"unshare", "--pid", "--fork", "true"}).exit.clean(); }

 private:
  static std::vector<std::string> command(const std::string& run_directory,
                                          const std::vector<std::string>& arguments) {
    std::vector<std::string> all{"unshare",
                                 "--pid",
                                 "--fork",
                                 "--kill-child",
                                 "--mount-proc",
                                 "sh",
                                 "-c",
                                 "(sh -c 'exit 7' &); exec \"$@\"",
                                 "sh",
                                 program,
                                 "serve",
                                 "--port",
                                 "0",
                                 "--run-dir",
                                 run_directory};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return all;
  }

  TemporaryDirectory directory_;
  Process process_;
  std::string url_;
};

}  // namespace

TEST_CASE("as process 1 it serves, reaps strangers' children and ends with 0 on SIGTERM") {
  if (!Container::is_possible()) {
    WARN("needs root and namespaces: left out");
    return;
  }
  Container container;
  HttpClient client;
  CHECK(client.get(container.url("/api/hello")).status == 200);
  const pid_t init = container.init();
  CHECK(eventually([&] {
    const auto children = children_of(init);
    return children.size() == 1 && name_of(children.front()) == "stile";  // the stranger's is gone
  }));
  ::kill(init, SIGTERM);
  CHECK(container.process().wait_all().clean());
  CHECK_THAT(container.process().text(Stream::out), Catch::Contains("stopped"));
}

TEST_CASE("the end of the server ends process 1, and says how") {
  if (!Container::is_possible()) {
    WARN("needs root and namespaces: left out");
    return;
  }
  Container container;
  ::kill(children_of(container.init()).at(0), SIGKILL);
  const auto exit = container.process().wait();
  REQUIRE(exit);
  CHECK(exit->code == 128 + SIGKILL);
}

TEST_CASE("a start that fails in a container has its exit code and its line") {
  if (!Container::is_possible()) {
    WARN("needs root and namespaces: left out");
    return;
  }
  const Listener listener;
  const TemporaryDirectory directory;
  const auto outcome = run({"unshare", "--pid", "--fork", "--mount-proc", program, "serve", "--port",
                            std::to_string(listener.port()), "--run-dir", directory.file("run")});
  CHECK(outcome.exit.code == 1);
  CHECK_THAT(outcome.err, Catch::StartsWith("stile: ") && Catch::Contains("is in use"));
}

TEST_CASE("/healthz and /readyz are nginx's own, on the port and for the health verb") {
  const ServedProject served;
  HttpClient client;
  for (const char* path : {"/healthz", "/readyz"}) {
    CAPTURE(path);
    const auto answer = client.get(served.url(path));
    CHECK(answer.status == 200);
    CHECK(answer.header("Content-Type") == "application/json");
    CHECK(nlohmann::json::parse(answer.body) == nlohmann::json{{"status", "ok"}});
    CHECK(client.request("HEAD", served.url(path)).status == 200);
    const auto refused = client.request("POST", served.url(path));
    CHECK(refused.status == 405);
    CHECK(refused.header("Allow") == "GET, HEAD");
  }
  CHECK(health_of(served.run_directory()).exit.clean());
  const auto malformed = client.get(served.url("/healthz"), {{"Host", "user@a"}});
  CHECK(malformed.status == 400);
  CHECK(malformed.header("Content-Type") == "application/problem+json");
  CHECK(client.get(served.url("/api/healthz")).status == 404);
  // Probes are in no access log, where a later request is.
  served.wait_for_log(R"("path":"/api/healthz")");
  CHECK(served.log().find(R"("method":"GET","path":"/readyz")") == std::string::npos);
  CHECK(served.log().find(R"("method":"HEAD","path":"/readyz")") == std::string::npos);
}

TEST_CASE("the health verb fails, and says why, where nobody serves") {
  const TemporaryDirectory directory;
  const auto outcome = health_of(directory.path());
  CHECK(outcome.exit.code == 1);
  CHECK_THAT(outcome.err, Catch::StartsWith("stile: ") && Catch::Contains(directory.path()));
}

TEST_CASE("from SIGTERM on it is not ready, and serves until the drain delay is over") {
  ServedProject served({.arguments = {"--drain-delay", "24h"}});
  HttpClient client;
  REQUIRE(client.get(served.url("/api/hello")).status == 200);
  served.process().signal(SIGTERM);
  served.wait_for_log("stopping in 86400000 ms");
  const auto answer = client.get(served.url("/readyz"));
  CHECK(answer.status == 503);
  CHECK(answer.header("Content-Type") == "application/problem+json");
  CHECK(nlohmann::json::parse(answer.body).at("detail") == "The server is starting or stopping.");
  CHECK(client.get(served.url("/healthz")).status == 200);
  CHECK(client.get(served.url("/api/hello")).status == 200);
  CHECK(HttpClient().get(served.url("/api/hello")).status == 200);  // a new connection too
  const auto outcome = health_of(served.run_directory());
  CHECK(outcome.exit.code == 1);
  CHECK_THAT(outcome.err, Catch::Contains("not ready"));
  served.process().signal(SIGTERM);  // a second one ends it at once
  const auto exit = served.process().wait();
  REQUIRE(exit);
  CHECK(exit->clean());
  CHECK(served.processes().empty());
}

TEST_CASE("after the drain delay it leaves by itself") {
  ServedProject served({.arguments = {"--drain-delay", "50ms"}});
  CHECK(served.stop().clean());
}

TEST_CASE("what still runs when the drain's time is up is ended") {
  ServedProject served({.arguments = {"--functions-build", STILE_E2E_FUNCTIONS, "--drain-timeout", "50ms"}});
  const auto gate = served.state_directory() + "/gate";
  REQUIRE(::mkfifo(gate.c_str(), 0666) == 0);
  REQUIRE(::chmod(gate.c_str(), 0666) == 0);  // for the account that runs functions
  auto request = std::async(std::launch::async, [&] {
    try {
      return HttpClient().get(served.url("/api/faults/gate?name=gate")).status;
    } catch (const std::exception&) {
      return 0;  // the connection ended without an answer
    }
  });
  REQUIRE(
      eventually([&] { return std::ifstream(gate + ".ran").peek() != std::ifstream::traits_type::eof(); }));
  CHECK(served.stop().clean());  // long before the function's own 30 s
  CHECK_THAT(served.log(), Catch::Contains("their time is up"));
  CHECK(request.get() != 200);
  CHECK(served.processes().empty());
}

TEST_CASE("as any user it serves from a read-only root, with two folders to write") {
  if (::geteuid() != 0 || !run({"unshare", "--mount", "true"}).exit.clean()) {
    WARN("needs root and mount namespaces: left out");
    return;
  }
  const TemporaryDirectory directory;
  const auto installed = install_into(directory.file("home"));
  for (const char* folder : {"run", "state"}) fs::create_directory(directory.file(folder));
  fs::permissions(directory.path(), fs::perms::others_exec, fs::perm_options::add);
  std::ostringstream script;
  script << "set -e; mount -t tmpfs -o mode=1777 run " << directory.file("run")
         << "; mount -t tmpfs -o mode=1777 state " << directory.file("state")
         << "; mount -o remount,bind,ro /; ! touch / 2>/dev/null; "
         << "exec setpriv --reuid=54321 --regid=0 --clear-groups env -u HOME STILE_RUN_DIR="
         << directory.file("run/server") << " STILE_STATE_DIR=" << directory.file("state/data") << " PORT=0 "
         << installed << " serve";
  const Process process({"unshare", "--mount", "sh", "-c", script.str()});
  const auto ready = process.wait_for_line(Stream::out, "ready: ");
  HttpClient client;
  CHECK(client.get(ready.substr(7) + "/hello").status == 200);
  CHECK(client.post(ready.substr(7) + "/notes", R"({"title":"kept"})").status == 201);
  process.signal(SIGTERM);
  const auto exit = process.wait();
  REQUIRE(exit);
  CHECK(exit->clean());
}
