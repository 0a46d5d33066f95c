// What systemd hears of `stile serve` (Type=notify, WatchdogSec=), with the test in its place.
#include <sys/types.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <string>

#include "support/eventually.hpp"
#include "support/http_client.hpp"
#include "support/notification_socket.hpp"
#include "support/served_project.hpp"
#include "support/temporary_directory.hpp"

namespace stile::test {
namespace {

using namespace std::chrono_literals;

constexpr auto watchdog = 400ms;  // half of it is how often the loop says that it turns

ServedProject served_by(const NotificationSocket& systemd) {
  return ServedProject({.arguments = {"--functions-build", STILE_E2E_FUNCTIONS},
                        .process = {.environment = {
                                        {"NOTIFY_SOCKET", systemd.name()},
                                        {"WATCHDOG_USEC", std::to_string(watchdog / 1us)},
                                    }}});
}

bool is_stopped(pid_t pid) {
  const auto stat = read_file("/proc/" + std::to_string(pid) + "/stat");
  return stat[stat.rfind(')') + 2] == 'T';
}

}  // namespace

TEST_CASE("systemd is told when it serves, that it goes on, and when it stops") {
  const NotificationSocket systemd;
  ServedProject served = served_by(systemd);
  const auto first = systemd.receive();
  CHECK_THAT(first,
             Catch::StartsWith("READY=1\nSTATUS=") && Catch::EndsWith(" endpoints: " + served.url("/api")));
  for (int i = 0; i < 3; ++i) CHECK(systemd.receive() == "WATCHDOG=1");
  CHECK(served.stop().clean());
  std::string last;
  while (systemd.has_pending()) {
    const auto message = systemd.receive();
    if (message != "WATCHDOG=1") last += message;
  }
  CHECK_THAT(last, Catch::StartsWith("STOPPING=1\n") && Catch::Contains("\nEXTEND_TIMEOUT_USEC="));
}

TEST_CASE("A supervisor that hangs says nothing, and goes on saying it once it does not") {
  const NotificationSocket systemd;
  const ServedProject served = served_by(systemd);
  const pid_t pid = served.process().pid();
  CHECK(systemd.receive() != "WATCHDOG=1");
  CHECK(systemd.receive() == "WATCHDOG=1");
  served.process().signal(SIGSTOP);
  REQUIRE(eventually([&] { return is_stopped(pid); }));
  while (systemd.has_pending()) systemd.receive();
  CHECK_FALSE(systemd.has_pending(3 * watchdog));
  served.process().signal(SIGCONT);
  CHECK(systemd.receive() == "WATCHDOG=1");
}

TEST_CASE("A function is not given what it would need to speak to systemd") {
  const NotificationSocket systemd;
  const ServedProject served = served_by(systemd);
  HttpClient client;
  REQUIRE(client.get(served.url("/api/faults/pid")).status == 200);
  const auto workers = served.processes("faults/pid");
  REQUIRE(workers.size() == 1);
  const auto environment = read_file("/proc/" + std::to_string(workers.front()) + "/environ");
  CHECK_THAT(environment, Catch::Contains("STILE_STATE_DIR="));
  CHECK_THAT(environment, !Catch::Contains("NOTIFY_SOCKET") && !Catch::Contains("WATCHDOG"));
}

}  // namespace stile::test
