// The owner's side of a connection against real sockets: the test is nginx and the borrower at once.
#include "supervisor/connections.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cerrno>
#include <functional>
#include <string>

#include "support/temporary_directory.hpp"

using namespace stile;
using namespace stile::supervisor;
using namespace std::chrono_literals;
using lending::ConnectionId;
using lending::Fate;
using lending::Kind;
using lending::Message;
using lending::State;

namespace {

// FastCGI: BEGIN_REQUEST for a responder that keeps the connection.
const std::string begin_request("\x01\x01\x00\x01\x00\x08\x00\x00\x00\x01\x01\x00\x00\x00\x00\x00", 16);

struct Lent {
  ConnectionId id;
  posix::Fd fd;  // the borrower's own copy
};

struct Owner {
  test::TemporaryDirectory folder;
  std::string path = folder.file("s.sock");
  EventLoop loop;
  int demands = 0;
  Connections connections{loop, listen_on(path, ::getegid()), [this] { ++demands; }};
  std::vector<Lent> lent;
  lending::Table table = lending::Table::map(posix::Fd(::dup(connections.table_memory())));

  void until(const std::function<bool()>& condition) {
    const auto deadline = Clock::now() + 10s;
    while (!condition()) {
      REQUIRE(Clock::now() < deadline);
      const auto tick = loop.after(1ms, [this] { loop.stop(); });
      loop.run();
    }
  }

  posix::Fd connect() const {
    posix::Fd client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, path.size());
    REQUIRE(::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
    return client;
  }

  void borrow() {
    connections.lend_to(1, [this](const Message& message, int descriptor) {
      lent.push_back({message.connection, posix::Fd(::dup(descriptor))});
      return true;
    });
  }
};

void write_to(const posix::Fd& fd, const std::string& bytes) {
  REQUIRE(::write(fd.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
}

// What the peer sees: "" for the end of the stream; blocks for five seconds at most.
std::string read_from(const posix::Fd& fd) {
  const timeval limit{5, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  std::array<char, 64> buffer{};
  const auto size = ::read(fd.get(), buffer.data(), buffer.size());
  if (size < 0) return errno == ECONNRESET ? "" : "(nothing)";
  return {buffer.data(), static_cast<std::size_t>(size)};
}

}  // namespace

TEST_CASE("a socket is for its owner and its group alone, whatever the umask") {
  const test::TemporaryDirectory folder;
  const std::string path = folder.file("s.sock");
  const auto before = ::umask(GENERATE(0U, 0777U));
  const posix::Fd listener = listen_on(path, ::getegid());
  ::umask(before);
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0660);
}

TEST_CASE("a connection asks for a worker and is lent once there is one") {
  Owner owner;
  const auto client = owner.connect();
  owner.until([&] { return owner.demands == 1; });
  owner.borrow();
  REQUIRE(owner.lent.size() == 1);
  CHECK(owner.table.load(owner.lent[0].id.index) == lending::Word(owner.lent[0].id.generation, State::idle));
  write_to(client, "x");
  CHECK(read_from(owner.lent[0].fd) == "x");

  SECTION("further ones are lent as they come, without asking") {
    const auto second = owner.connect();
    owner.until([&] { return owner.lent.size() == 2; });
    CHECK(owner.demands == 1);
    CHECK(owner.lent[1].id.index != owner.lent[0].id.index);
  }
}

TEST_CASE("what a borrower returns is kept and lent to the next one") {
  Owner owner;
  const auto client = owner.connect();
  owner.borrow();
  owner.until([&] { return owner.lent.size() == 1; });
  owner.connections.stop_lending();
  const auto id = owner.lent[0].id;
  owner.lent.clear();
  CHECK(owner.connections.take_back(1, {Kind::returned, id, Fate::kept}));
  write_to(client, begin_request);
  owner.until([&] { return owner.demands == 1; });  // bytes, and nobody there
  owner.borrow();
  REQUIRE(owner.lent.size() == 1);
  CHECK(read_from(owner.lent[0].fd) == begin_request);
}

TEST_CASE("a poisoned connection is shut down, though a child of the borrower keeps a copy") {
  Owner owner;
  const auto client = owner.connect();
  owner.borrow();
  owner.until([&] { return owner.lent.size() == 1; });
  CHECK(owner.connections.take_back(1, {Kind::returned, owner.lent[0].id, Fate::ended}));
  CHECK(read_from(client).empty());
  CHECK(owner.connections.open_count() == 0);
}

TEST_CASE("a borrower that returns what it does not have is faulty") {
  Owner owner;
  const auto client = owner.connect();
  owner.borrow();
  owner.until([&] { return owner.lent.size() == 1; });
  const auto id = owner.lent[0].id;
  CHECK_FALSE(owner.connections.take_back(1, {Kind::returned, {id.index, id.generation + 1}, Fate::kept}));
  CHECK_FALSE(owner.connections.take_back(1, {Kind::returned, {id.index + 1, id.generation}, Fate::kept}));
  CHECK_FALSE(owner.connections.take_back(1, {Kind::returned, {4'000'000'000U, 1}, Fate::kept}));
  CHECK(owner.connections.take_back(1, {Kind::returned, id, Fate::ended}));
  CHECK_FALSE(owner.connections.take_back(1, {Kind::returned, id, Fate::ended}));
}

TEST_CASE("after a crash the idle connections go on, with a request that waits in them, and the others end") {
  Owner owner;
  const auto idle = owner.connect();
  const auto waiting = owner.connect();
  const auto busy = owner.connect();
  const auto half_read = owner.connect();
  const auto lied_about = owner.connect();
  owner.borrow();
  owner.until([&] { return owner.lent.size() == 5; });
  owner.table.store(owner.lent[2].id, State::busy);
  write_to(waiting, begin_request);
  write_to(half_read, begin_request.substr(3));
  owner.table.store({owner.lent[4].id.index, owner.lent[4].id.generation + 7}, State::idle);
  const auto kept_ids = std::array{owner.lent[0].id, owner.lent[1].id};
  owner.lent.clear();
  owner.connections.borrower_gone(1);
  CHECK(read_from(busy).empty());
  CHECK(read_from(half_read).empty());
  CHECK(read_from(lied_about).empty());
  CHECK(owner.connections.open_count() == 2);

  owner.connections.watch_held();
  owner.until([&] { return owner.demands == 1; });
  owner.borrow();
  REQUIRE(owner.lent.size() == 2);
  CHECK(owner.lent[0].id.index == kept_ids[0].index);
  CHECK(owner.lent[1].id.index == kept_ids[1].index);
  CHECK(read_from(owner.lent[1].fd) == begin_request);
}

TEST_CASE("when nobody can answer, what waits is dropped and what is quiet is kept") {
  Owner owner;
  const auto quiet = owner.connect();
  const auto waiting = owner.connect();
  write_to(waiting, begin_request);
  owner.until([&] { return owner.connections.open_count() == 2; });
  owner.connections.drop_waiting();
  // FastCGI 1.0: an empty STDERR record of request 1. Nobody has read it.
  CHECK(read_from(waiting) == std::string("\x01\x07\x00\x01\x00\x00\x00\x00", 8));
  CHECK(owner.connections.open_count() == 1);

  const int before = owner.demands;
  write_to(quiet, begin_request);
  owner.until([&] { return owner.demands > before; });  // it is watched
}

TEST_CASE("a held connection that nginx closes is forgotten, a lent one once its borrower says so") {
  Owner owner;
  auto held = owner.connect();
  owner.until([&] { return owner.connections.open_count() == 1; });
  held.reset();
  owner.until([&] { return owner.connections.open_count() == 0; });

  auto lent = owner.connect();
  owner.borrow();
  owner.until([&] { return owner.lent.size() == 1; });
  const auto id = owner.lent[0].id;
  lent.reset();
  CHECK(read_from(owner.lent[0].fd).empty());
  CHECK(owner.connections.open_count() == 1);
  owner.connections.stop_lending();
  CHECK(owner.connections.take_back(1, {Kind::returned, id, Fate::kept}));
  owner.until([&] { return owner.connections.open_count() == 0; });
}

TEST_CASE(
    "a connection that is lent again has another generation: a late thread of the last borrower claims "
    "nothing") {
  Owner owner;
  owner.borrow();
  const auto client = owner.connect();
  owner.until([&] { return owner.lent.size() == 1; });
  const auto old_id = owner.lent[0].id;
  REQUIRE(owner.table.release(old_id));
  REQUIRE(owner.connections.take_back(1, {Kind::returned, old_id, Fate::kept}));
  REQUIRE(owner.lent.size() == 2);
  CHECK(owner.lent[1].id.index == old_id.index);
  CHECK_FALSE(owner.table.claim(old_id));
  CHECK(owner.table.claim(owner.lent[1].id));
  CHECK_FALSE(owner.table.want(old_id));
}

TEST_CASE("a number that is used again has another generation") {
  Owner owner;
  owner.borrow();
  auto first = owner.connect();
  owner.until([&] { return owner.lent.size() == 1; });
  const auto old_id = owner.lent[0].id;
  REQUIRE(owner.connections.take_back(1, {Kind::returned, old_id, Fate::ended}));
  const auto second = owner.connect();
  owner.until([&] { return owner.lent.size() == 2; });
  CHECK(owner.lent[1].id.index == old_id.index);
  CHECK(owner.lent[1].id.generation != old_id.generation);
  CHECK_FALSE(owner.table.claim(old_id));
  CHECK(owner.table.claim(owner.lent[1].id));
}

TEST_CASE(
    "at the end what has come is still lent, nothing more is taken, and what is returned is shut down") {
  Owner owner;
  const auto first = owner.connect();
  write_to(first, begin_request);
  CHECK(owner.connections.close());  // it waits, and was not even accepted before
  CHECK(owner.demands == 1);
  const auto late = owner.connect();
  owner.borrow();
  REQUIRE(owner.lent.size() == 1);
  CHECK(read_from(owner.lent[0].fd) == begin_request);
  owner.connections.stop_lending();
  CHECK(owner.connections.take_back(1, {Kind::returned, owner.lent[0].id, Fate::kept}));
  CHECK(read_from(first).empty());
  CHECK(owner.connections.open_count() == 0);
}

TEST_CASE(
    "at the end nobody is started for connections on which nothing waits, and all of them are shut down") {
  Owner owner;
  const auto quiet = owner.connect();
  auto gone = owner.connect();
  owner.until([&] { return owner.connections.open_count() == 2; });
  gone.reset();
  CHECK_FALSE(owner.connections.close());
  owner.connections.shut_down_all();
  CHECK(read_from(quiet).empty());
  CHECK(owner.connections.open_count() == 0);
}

TEST_CASE("a listener that a borrower has spoilt is given up, and another one goes on") {
  for (const bool shuts_down : {false, true}) {
    Owner owner;
    int spoilt = 0;
    owner.connections.on_spoilt([&] { ++spoilt; });
    const int listener = owner.connections.listener();
    if (shuts_down) {
      ::shutdown(listener, SHUT_RDWR);
    } else {
      ::fcntl(listener, F_SETFL, 0);
      owner.connect();
    }
    owner.until([&] { return spoilt == 1; });
    owner.connections.listen_to(listen_on(owner.path, ::getegid()));
    const auto client = owner.connect();
    owner.until([&] { return owner.connections.open_count() == 1; });
    CHECK(spoilt == 1);
  }
}
