#include "cli/control_client.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "posix/failure.hpp"
#include "posix/fd.hpp"
#include "supervisor/connections.hpp"
#include "support/temporary_directory.hpp"

using namespace stile;
using namespace stile::cli;
using namespace std::chrono_literals;

namespace {

// A server that answers one request with what it is told to, and keeps what it was asked.
class Answering {
 public:
  explicit Answering(std::string answer)
      : listener_(supervisor::listen_on(folder_.file("control.sock"), ::getegid(), 0600)),
        thread_([this, answer = std::move(answer)] {
          posix::Fd caller;
          while (!caller) caller.reset(::accept(listener_.get(), nullptr, nullptr));
          std::array<char, 256> room{};
          const auto size = ::recv(caller.get(), room.data(), room.size(), 0);
          if (size > 0) asked_.assign(room.data(), static_cast<std::size_t>(size));
          ::send(caller.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
        }) {}
  ~Answering() { thread_.join(); }
  Answering(const Answering&) = delete;
  Answering& operator=(const Answering&) = delete;
  nlohmann::json ask() const { return ask_server(folder_.path(), "rollback hello", 5s); }

 private:
  test::TemporaryDirectory folder_;
  posix::Fd listener_;
  std::string asked_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("what a server says is shown without what a terminal would obey") {
  const Answering well(R"({"ok": true, "message": "replaced \u001b[31mred"})");
  CHECK(well.ask().at("message") == R"(replaced \x1b[31mred)");
  const Answering badly(R"({"ok": false, "message": "a\u0007b"})");
  CHECK_THROWS_WITH(badly.ask(), R"(a\x07b)");
}

TEST_CASE("an answer that is none is a failure") {
  for (const std::string text : {"", "{", "[]", "{}", R"({"ok": 1})"}) {
    const Answering server(text);
    CHECK_THROWS_AS(server.ask(), Failure);
  }
}

TEST_CASE("nobody who serves is a failure that says what to do") {
  const test::TemporaryDirectory folder;
  CHECK_THROWS_WITH(ask_server(folder.path(), "status", 1s), Catch::Contains("no server serves from"));
}
