// Who runs what: started as root, nothing but the supervisor and nginx's master is root's.
#include <grp.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/installation.hpp"
#include "posix/account.hpp"
#include "support/http_client.hpp"
#include "support/process.hpp"
#include "support/served_project.hpp"
#include "support/temporary_directory.hpp"

namespace fs = std::filesystem;
using namespace stile::test;

namespace {

bool is_root(const char* what) {
  if (::geteuid() == 0) return true;
  WARN("only root can try " << what << ": left out");
  return false;
}

std::string new_note(HttpClient& client, const std::string& base) {
  return client.post(base + "/notes", R"({"title": "a", "text": "b"})").body;
}

}  // namespace

TEST_CASE("Started as root, functions and nginx's workers run as the account, and keep their state") {
  if (!is_root("changing accounts")) return;
  ServedProject served;
  HttpClient client;
  CHECK(client.get(served.url("/api/hello")).status == 200);
  CHECK_THAT(new_note(client, served.url("/api")), Catch::Contains("\"a\""));
  const auto account = stile::posix::find_account("www-data");
  const auto workers = served.processes("hello");
  REQUIRE_FALSE(workers.empty());
  for (const pid_t pid : workers) CHECK(user_of(pid) == account.user);
  const auto nginx = served.processes("nginx");
  REQUIRE(nginx.size() >= 2);
  CHECK(std::count_if(nginx.begin(), nginx.end(), [](pid_t pid) { return user_of(pid) == 0; }) == 1);
  CHECK(std::count_if(nginx.begin(), nginx.end(), [&](pid_t pid) { return user_of(pid) == account.user; }) >=
        1);
  CHECK(served.stop().clean());
}

TEST_CASE("A checkout that only root can read is served all the same") {
  if (!is_root("hiding a folder from an account")) return;
  const TemporaryDirectory directory;
  const fs::path home = directory.file("root");
  const auto installed = install_into(home);
  fs::permissions(home, fs::perms::owner_all);
  for (const auto& entry : fs::recursive_directory_iterator(home)) {
    fs::permissions(entry.path(), fs::perms::owner_all);  // as umask 077 leaves them
  }
  const mode_t before = ::umask(077);
  const ServedProject served({.program = installed});
  ::umask(before);
  HttpClient client;
  CHECK(client.get(served.url("/api/hello")).status == 200);
  CHECK_THAT(new_note(client, served.url("/api")), Catch::Contains("\"a\""));
}

TEST_CASE("Root as the account of functions is refused") {
  if (!is_root("running functions as root")) return;
  const TemporaryDirectory directory;
  const auto outcome = run({STILE_BINARY_DIR "/bin/stile", "serve", "--port", "0", "--user", "root",
                            "--run-dir", directory.file("run")});
  CHECK(outcome.exit.code == 1);
  CHECK_THAT(outcome.err, Catch::Contains("never run as root") && Catch::Contains("--user"));
}

TEST_CASE("An ordinary user serves with its own account alone") {
  if (!is_root("becoming somebody else")) return;
  const TemporaryDirectory directory;
  const auto installed = install_into(directory.file("home"));
  fs::create_directory(directory.file("own"));
  fs::permissions(directory.file("own"), fs::perms::all);
  auto command = as_nobody();
  const std::vector<std::string> serve{installed, "serve",     "--port",
                                       "0",       "--run-dir", directory.file("own/run")};
  command.insert(command.end(), serve.begin(), serve.end());
  const Process process(command);
  const auto url = process.wait_for_line(Stream::out, "ready: ").substr(7);
  HttpClient client;
  CHECK(client.get(url + "/hello").status == 200);
  CHECK_THAT(new_note(client, url), Catch::Contains("\"a\""));
  const auto everybody = processes_of(directory.path());
  CHECK(everybody.size() >= 3);
  for (const pid_t pid : everybody) CHECK(user_of(pid) == 65534);
  process.signal(SIGTERM);
  const auto exit = process.wait();
  REQUIRE(exit);
  CHECK(exit->clean());
  CHECK(processes_of(directory.path()).empty());
}

TEST_CASE("The functions' sockets are for the group that is named, and no other") {
  const auto gid = ::geteuid() == 0 ? stile::posix::find_group("daemon") : ::getegid();
  const std::string name = ::getgrgid(gid)->gr_name;
  const ServedProject served({.arguments = {"--socket-group", name}, .own_nginx = false});
  std::size_t sockets = 0;
  for (const auto& entry : fs::directory_iterator(served.run_directory() + "/sockets")) {
    struct stat status {};
    REQUIRE(::stat(entry.path().c_str(), &status) == 0);
    CHECK(status.st_gid == gid);
    CHECK((status.st_mode & 0777) == 0660);
    ++sockets;
  }
  CHECK(sockets >= 6);
}

TEST_CASE("A group that can't have the sockets is one clear line") {
  const TemporaryDirectory directory;
  const auto refused = [&](std::vector<std::string> command, const std::vector<std::string>& arguments) {
    command.insert(command.end(), arguments.begin(), arguments.end());
    const auto outcome = run(command);
    CHECK(outcome.exit.code == 1);
    CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
    return outcome.err;
  };
  const std::vector<std::string> serve{STILE_BINARY_DIR "/bin/stile", "serve", "--run-dir",
                                       directory.file("run")};
  CHECK_THAT(refused(serve, {"--no-nginx", "--socket-group", "nobodys-group"}),
             Catch::Contains("no group 'nobodys-group'") && Catch::Contains("--socket-group"));
  if (!is_root("what an ordinary user may not")) return;
  CHECK_THAT(refused(serve, {"--port", "0", "--socket-group", "daemon"}),
             Catch::Contains("www-data is not in the group daemon"));
  CHECK_THAT(refused(serve, {"--no-nginx", "--nginx-files", directory.file("run/state/nginx")}),
             Catch::Contains("others may replace"));
  fs::permissions(directory.path(), fs::perms::all);
  const auto installed = install_into(directory.file("home"));
  auto as_user = as_nobody();
  as_user.insert(as_user.end(), {installed, "serve", "--run-dir", directory.file("own")});
  CHECK_THAT(refused(as_user, {"--no-nginx", "--socket-group", "www-data"}),
             Catch::Contains("you are not in the group www-data"));
}

TEST_CASE("As root, no command is taken from a stile.json that others may write") {
  if (!is_root("that root would run somebody else's command")) return;
  const TemporaryDirectory directory;
  const auto file = directory.write("stile.json", R"({"nginx": false, "on_nginx_change": "true"})");
  const auto routes = [&] { return run({STILE_BINARY_DIR "/bin/stile", "routes", "--config", file}); };
  CHECK(routes().exit.clean());
  fs::permissions(file, fs::perms::others_write, fs::perm_options::add);
  const auto refused = routes();
  CHECK(refused.exit.code == 2);
  CHECK_THAT(refused.err, Catch::Contains(file + ": /on_nginx_change: "));
  fs::permissions(file, fs::perms::others_write, fs::perm_options::remove);
  REQUIRE(::chown(file.c_str(), 65534, 65534) == 0);
  CHECK(routes().exit.code == 2);
}
