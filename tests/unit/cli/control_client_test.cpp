// Against a real socket, whose server answers as it is told.
#include "cli/control_client.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <utility>

#include "posix/fd.hpp"
#include "support/temporary_directory.hpp"

using namespace stile;
using namespace stile::cli;
using namespace std::chrono_literals;

namespace {

// Takes one question, answers it, and hangs up; or, without an answer, waits for the other one to do so.
class OneAnswer {
 public:
  explicit OneAnswer(std::optional<std::string> answer) : answer_(std::move(answer)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    directory_.file("control.sock").copy(address.sun_path, sizeof(address.sun_path) - 1);
    listener_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
    REQUIRE(::listen(listener_.get(), 1) == 0);
    thread_ = std::thread([this] { answer_one(); });
  }
  ~OneAnswer() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }
  OneAnswer(const OneAnswer&) = delete;
  OneAnswer& operator=(const OneAnswer&) = delete;

  const std::string& run_directory() const { return directory_.path(); }
  std::string question() {
    thread_.join();
    thread_ = std::thread([] {});
    return question_;
  }

 private:
  void answer_one() {
    const posix::Fd caller(::accept(listener_.get(), nullptr, nullptr));
    std::array<char, 256> room{};
    ssize_t size = 0;
    while (question_.find('\n') == std::string::npos &&
           (size = ::read(caller.get(), room.data(), room.size())) > 0)
      question_.append(room.data(), static_cast<std::size_t>(size));
    if (answer_) {
      for (std::size_t sent = 0; sent < answer_->size();) {
        size = ::send(caller.get(), answer_->data() + sent, answer_->size() - sent, MSG_NOSIGNAL);
        if (size <= 0) return;
        sent += static_cast<std::size_t>(size);
      }
      return;
    }
    while (::read(caller.get(), room.data(), room.size()) > 0) {
    }
  }

  test::TemporaryDirectory directory_;
  std::optional<std::string> answer_;
  posix::Fd listener_;
  std::string question_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("A question goes over the socket as one line, and the answer is what comes until the end") {
  const std::string long_text(200'000, 'x');  // more than one read takes
  OneAnswer server(R"({"ok": true, "message": ")" + long_text + "\"}\n");
  const auto answer = ask_server(server.run_directory(), "rollback notes/{id}", 30s);
  CHECK(message_of(answer) == long_text);
  CHECK(server.question() == "rollback notes/{id}\n");
}

TEST_CASE("An answer that is no \"ok\" is a failure with its message, fit for a terminal") {
  OneAnswer server(R"({"ok": false, "message": "hello: \u001b[2J"})");
  const auto answer = ask_server(server.run_directory(), "reload", 30s);
  CHECK_THROWS_WITH(message_of(answer), "hello: \\x1b[2J");
}

TEST_CASE("Where no server runs the failure says how to start one") {
  const test::TemporaryDirectory directory;
  CHECK_THROWS_WITH(
      ask_server(directory.path(), "status", 5s),
      Catch::Contains("no server runs on " + directory.path()) && Catch::Contains("./stile serve"));
  {
    OneAnswer gone("");  // leaves its socket behind, as one that was killed does
    CHECK_THROWS_AS(ask_server(gone.run_directory(), "status", 30s), NoAnswer);
  }
  CHECK_THROWS_AS(ask_server("/" + std::string(200, 'x'), "status", 5s), NoAnswer);
}

TEST_CASE("A server that says nothing is given up once the time is up") {
  OneAnswer server(std::nullopt);
  CHECK_THROWS_AS(ask_server(server.run_directory(), "status", 50ms), NoAnswer);
}

TEST_CASE("What is no answer is not taken for one") {
  for (const char* text : {"[]", "{}", "{\"ok\": true", R"({"ok": 1, "message": ""})",
                           R"({"ok": true, "message": 1})", "HTTP/1.1 400 Bad Request\r\n"}) {
    INFO(text);
    OneAnswer server(text);
    CHECK_THROWS_WITH(ask_server(server.run_directory(), "status", 30s), Catch::Contains("not understood"));
  }
}
