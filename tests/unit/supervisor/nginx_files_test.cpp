#include "supervisor/nginx_files.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <string>

#include "posix/failure.hpp"
#include "support/temporary_directory.hpp"

using namespace stile;
using namespace stile::supervisor;
using namespace std::chrono_literals;

namespace {

struct Guest {
  test::TemporaryDirectory folder;
  EventLoop loop;
  Log log;
  SharedNginx nginx{folder.file("files"), "echo x >>" + folder.file("runs")};
  NginxFileTexts texts{"one", "two", "docs"};

  // As a start of Stile does; returns how often the command has run by then.
  std::string start() {
    NginxFiles files(loop, log, nginx, std::nullopt);
    files.write(texts);
    bool ended = false;
    files.announce([&](const auto&) {
      ended = true;
      loop.stop();
    });
    if (!ended) loop.run();
    REQUIRE(ended);
    return std::filesystem::exists(folder.file("runs")) ? test::read_file(folder.file("runs")) : "";
  }
};

}  // namespace

TEST_CASE("the command runs once for each change of a file, and not without one") {
  Guest guest;
  CHECK(guest.start() == "x\n");
  CHECK(test::read_file(guest.nginx.folder + "/http.conf") == "one");
  CHECK(test::read_file(guest.nginx.folder + "/server.conf") == "two");
  CHECK(test::read_file(guest.nginx.folder + "/docs.conf") == "docs");
  const auto written = std::filesystem::last_write_time(guest.nginx.folder + "/http.conf");
  CHECK(guest.start() == "x\n");
  guest.texts.server = "three";
  CHECK(guest.start() == "x\nx\n");
  CHECK(test::read_file(guest.nginx.folder + "/server.conf") == "three");
  CHECK(std::filesystem::last_write_time(guest.nginx.folder + "/http.conf") == written);
  std::filesystem::remove(guest.nginx.folder + "/http.conf");
  CHECK(guest.start() == "x\nx\nx\n");
}

TEST_CASE("a command that failed is run again at the next start, whatever made it fail") {
  Guest guest;
  const auto good = guest.nginx.on_change;
  SECTION("it says so") { guest.nginx.on_change = "exit 3"; }
  SECTION("it is killed") { guest.nginx.on_change = "kill -9 $$"; }
  SECTION("it takes too long") {
    guest.nginx.on_change = "sleep 1000";
    guest.nginx.command_limit = 50ms;
  }
  CHECK(guest.start().empty());
  guest.nginx.command_limit = 30s;
  guest.nginx.on_change = good;
  CHECK(guest.start() == "x\n");
  CHECK(guest.start() == "x\n");
}

TEST_CASE("without a command there is nothing to wait for, and none to make up for") {
  Guest guest;
  const auto command = guest.nginx.on_change;
  guest.nginx.on_change.clear();
  CHECK(guest.start().empty());
  guest.nginx.on_change = command;
  CHECK(guest.start().empty());
}

TEST_CASE("one server at a time has its files in a folder") {
  Guest guest;
  const NginxFiles files(guest.loop, guest.log, guest.nginx, std::nullopt);
  CHECK_THROWS_WITH(NginxFiles(guest.loop, guest.log, guest.nginx, std::nullopt),
                    Catch::Contains("another stile has its files in") && Catch::Contains("--nginx-files"));
}
