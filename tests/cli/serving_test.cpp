// Starting, stopping, and what stands in the way of a start.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "cli/installation.hpp"
#include "support/certificate.hpp"
#include "support/http_client.hpp"
#include "support/network.hpp"
#include "support/process.hpp"
#include "support/served_project.hpp"
#include "support/temporary_directory.hpp"

namespace fs = std::filesystem;
using namespace stile::test;

namespace {

const std::string program = STILE_BINARY_DIR "/bin/stile";

std::vector<std::string> sockets_in(const std::string& run_directory) {
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(run_directory)) {
    if (entry.is_socket()) found.push_back(entry.path());
  }
  return found;
}

// A start that fails: exit 1, one line that names `part`, and nothing left behind.
void check_refused(const std::vector<std::string>& command, const std::string& run_directory,
                   const std::string& part) {
  const auto outcome = run(command);
  INFO(outcome.err << outcome.out);
  CHECK(outcome.exit.signal == 0);
  CHECK(outcome.exit.code == 1);
  CHECK(outcome.out.empty());
  CHECK_THAT(outcome.err, Catch::StartsWith("stile: ") && Catch::Contains(part));
  CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
  if (!fs::exists(run_directory)) return;
  CHECK(sockets_in(run_directory).empty());
  CHECK(processes_of(run_directory).empty());
}

}  // namespace

TEST_CASE("serve prints the endpoints, then the ready line, and answers from then on") {
  const ServedProject served;
  const auto text = served.log();
  const auto row = text.find(served.url("/api/hello\n"));
  REQUIRE(row != std::string::npos);
  CHECK(row < text.find("ready: " + served.url("/api")));
  HttpClient client;
  const auto answer = client.get(served.url("/api/hello"));
  CHECK(answer.status == 200);
  CHECK(answer.body == R"({"message":"Hello, World!"})");
}

TEST_CASE("SIGTERM and Ctrl-C end it with 0, and leave no process and no socket") {
  for (const int number : {SIGTERM, SIGINT}) {
    ServedProject served;
    HttpClient client;
    REQUIRE(client.get(served.url("/api/hello")).status == 200);
    REQUIRE_FALSE(sockets_in(served.run_directory()).empty());
    REQUIRE(served.processes().size() >= 3);  // itself, nginx, a worker
    served.process().signal(number);
    const auto exit = served.process().wait();
    INFO(served.log());
    REQUIRE(exit);
    CHECK(exit->clean());
    CHECK(served.processes().empty());
    CHECK(sockets_in(served.run_directory()).empty());
  }
}

TEST_CASE("It starts again on the run directory and the port that it had") {
  const TemporaryDirectory directory;
  std::string port = "0";
  for (int round = 0; round < 3; ++round) {
    const Process process({program, "serve", "--port", port, "--run-dir", directory.file("run")});
    const auto ready = process.wait_for_line(Stream::out, "ready: ");
    const auto url = ready.substr(7);
    if (port != "0") CHECK(url == "http://127.0.0.1:" + port + "/api");
    port = url.substr(17, url.find('/', 17) - 17);
    HttpClient client;
    CHECK(client.get(url + "/hello").status == 200);
    process.signal(SIGTERM);
    const auto exit = process.wait();
    REQUIRE(exit);
    CHECK(exit->clean());
  }
}

TEST_CASE("Two of them serve side by side, each in its run directory") {
  const ServedProject one;
  const ServedProject other;
  HttpClient client;
  CHECK(one.port() != other.port());
  CHECK(client.get(one.url("/api/hello")).status == 200);
  CHECK(client.get(other.url("/api/hello")).status == 200);
}

TEST_CASE("A port in use is one clear line") {
  const Listener listener;
  const TemporaryDirectory directory;
  check_refused(
      {program, "serve", "--port", std::to_string(listener.port()), "--run-dir", directory.file("run")},
      directory.file("run"), std::to_string(listener.port()) + " is in use");
}

TEST_CASE("A second start on a run directory is one clear line, and the first goes on") {
  const ServedProject served;
  const auto outcome = run({program, "serve", "--port", "0", "--run-dir", served.run_directory()});
  CHECK(outcome.exit.code == 1);
  CHECK_THAT(outcome.err, Catch::StartsWith("stile: ") && Catch::Contains(served.run_directory()) &&
                              Catch::Contains("--run-dir"));
  HttpClient client;
  CHECK(client.get(served.url("/api/hello")).status == 200);
}

TEST_CASE("A configuration that nginx refuses is one clear line with nginx's reason") {
  const TemporaryDirectory directory;
  const auto installed = install_into(directory.file("home"));
  for (const auto& entry : fs::directory_iterator(directory.file("home/nginx"))) {
    std::ofstream(entry.path(), std::ios::app) << "no_such_directive on;\n";
  }
  check_refused({installed, "serve", "--port", "0", "--run-dir", directory.file("run")},
                directory.file("run"), "no_such_directive");
}

TEST_CASE("A certificate or a key that can't be used is one clear line") {
  const TemporaryDirectory directory;
  const Certificate mine;
  const Certificate another;
  const auto refused = [&](const std::string& certificate, const std::string& key, const std::string& part) {
    check_refused({program, "serve", "--port", "0", "--run-dir", directory.file("run"), "--tls-cert",
                   certificate, "--tls-key", key},
                  directory.file("run"), part);
  };
  refused(mine.file(), another.key_file(), "key values mismatch");
  refused(mine.file(), directory.file("none.pem"), "cannot read tls_key " + directory.file("none.pem"));
  refused(directory.write("no.pem", "none"), mine.key_file(), directory.file("no.pem"));
  const auto open_key = directory.write("open.pem", read_file(mine.key_file()));  // mode 0644
  refused(mine.file(), open_key, "tls_key " + open_key + " may be read by others");
}

TEST_CASE("A key with a passphrase is one clear line, and nobody is asked for it") {
  const TemporaryDirectory directory;
  const Certificate certificate;
  check_refused({program, "serve", "--port", "0", "--run-dir", directory.file("run"), "--tls-cert",
                 certificate.file(), "--tls-key", certificate.locked_key_file()},
                directory.file("run"), certificate.locked_key_file());
}

TEST_CASE("A missing nginx is one clear line that says how to install it") {
  // Hidden from this process alone, which takes a mount of its own.
  if (::geteuid() != 0 || !run({"unshare", "--mount", "true"}).exit.clean()) {
    WARN("needs root and mount namespaces: left out");
    return;
  }
  const TemporaryDirectory directory;
  const std::string hide =
      "for f in $(command -v nginx) /usr/sbin/nginx; do mount --bind /dev/null $f; done; exec \"$@\"";
  check_refused({"unshare", "--mount", "sh", "-c", hide, "sh", program, "serve", "--port", "0", "--run-dir",
                 directory.file("run")},
                directory.file("run"), "apt-get install nginx");
}

TEST_CASE("A function is served at a further route and with the numbers of stile.json, without a rebuild") {
  const TemporaryDirectory directory;
  const auto configuration = directory.write(
      "stile.json",
      R"({"routes": {"/greet/{name}": "hello/{name}"}, "functions": {"echo": {"max_body": 10, "instances": 2}}})");
  const ServedProject served({.arguments = {"--config", configuration, "--prefix", "/v2"}});
  HttpClient client;
  CHECK(client.get(served.url("/v2/greet/Ada")).body == R"({"message":"Hello, Ada!"})");
  CHECK(client.get(served.url("/v2/hello/Ada")).body == R"({"message":"Hello, Ada!"})");
  CHECK(client.post(served.url("/v2/echo"), "[1]").status == 200);
  CHECK(client.post(served.url("/v2/echo"), "[1,2,3,4,5,6]").status == 413);
  CHECK(client.get(served.url("/api/hello")).status == 404);
}

TEST_CASE("Without a prefix the endpoints stand at the root") {
  const ServedProject served({.arguments = {"--prefix", "/"}});
  HttpClient client;
  CHECK(client.get(served.url("/hello")).status == 200);
  CHECK(client.get(served.url("/")).status == 200);
}

TEST_CASE("It listens on IPv6 where it is told to") {
  const TemporaryDirectory directory;
  const Process process(
      {program, "serve", "--bind", "::1", "--port", "0", "--run-dir", directory.file("run")});
  const auto url = process.wait_for_line(Stream::out, "ready: http://[::1]:").substr(7);
  HttpClient client;
  CHECK(client.get(url + "/hello").status == 200);
  process.signal(SIGTERM);
  CHECK(process.wait());
}

TEST_CASE("For an nginx of the user's it needs none, and says what that is to include") {
  const TemporaryDirectory directory;
  std::vector<std::string> command{program, "serve", "--no-nginx", "--run-dir", directory.file("run")};
  const bool can_hide = ::geteuid() == 0 && run({"unshare", "--mount", "true"}).exit.clean();
  if (can_hide) {
    const std::vector<std::string> hide{"unshare",
                                        "--mount",
                                        "sh",
                                        "-c",
                                        "mount --bind /dev/null $(command -v nginx || echo /usr/sbin/nginx); "
                                        "exec \"$@\"",
                                        "sh"};
    command.insert(command.begin(), hide.begin(), hide.end());
  }
  const Process process(command);
  const auto files = directory.file("run/nginx");
  CHECK(process.wait_for_line(Stream::out, "ready: ") == "ready: include " + files +
                                                             "/http.conf in nginx's http block, " + files +
                                                             "/server.conf in a server block");
  CHECK_THAT(process.text(Stream::out),
             Catch::Contains("GET, HEAD, OPTIONS") && Catch::Contains("  /api/hello\n"));
  // The same that `stile nginx` prints.
  const auto printed = run({program, "nginx", "--no-nginx", "--run-dir", directory.file("run")});
  CHECK(printed.out == read_file(files + "/http.conf") + "\n" + read_file(files + "/server.conf") + "\n" +
                           read_file(files + "/docs.conf"));
  for (const char* name : {"/http.conf", "/server.conf", "/docs.conf", "/openapi.json"}) {
    const auto mode = fs::status(files + name).permissions();
    CHECK(mode ==
          (fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read | fs::perms::others_read));
  }
  check_refused(
      {program, "serve", "--no-nginx", "--run-dir", directory.file("other"), "--nginx-files", files},
      directory.file("other"), "another stile has its files in " + files);
  process.signal(SIGTERM);
  const auto exit = process.wait();
  REQUIRE(exit);
  CHECK(exit->clean());
  CHECK(sockets_in(directory.file("run")).empty());
  CHECK(fs::exists(files + "/http.conf"));  // nginx still includes it
}

TEST_CASE("Told to stop while the command for nginx runs, it ends both") {
  const TemporaryDirectory directory;
  const Process process(
      {program, "serve", "--no-nginx", "--run-dir", directory.file("run"), "--on-nginx-change",
       "sleep 1000 & echo begun; sleep 1000"},
      {.environment = {{"MARK", directory.path()}}});  // also of what the command has started
  process.wait_for_line(Stream::out, "begun");
  process.signal(SIGTERM);
  const auto exit = process.wait();
  REQUIRE(exit);
  CHECK(exit->clean());
  CHECK(eventually([&] { return processes_of(directory.path()).empty(); }));
  CHECK(fs::exists(directory.file("run/nginx/changed")));  // to be told the next time
}
