// A worker that says anything, at any time, and writes anything into the shared table: the supervisor takes back what it
// has lent, keeps count of its connections and loses no descriptor. The input is what happens, a byte each.
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>
#include <string_view>
#include <vector>

#include "fuzz/fuzzer.hpp"
#include "lending/control.hpp"
#include "posix/fd.hpp"
#include "supervisor/connections.hpp"
#include "supervisor/event_loop.hpp"

using namespace stile;
using lending::Fate;
using lending::Kind;

namespace {

constexpr std::size_t most_clients = 16;
constexpr std::size_t most_steps = 200;

// Listens on an address that the kernel chooses.
class Listener {
 public:
  Listener() : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    address_.sun_family = AF_UNIX;
    test::require(::bind(fd(), address(), sizeof(address_.sun_family)) == 0, "bind");
    test::require(::getsockname(fd(), address(), &size_) == 0 && ::listen(fd(), 64) == 0, "listen");
  }
  int fd() const { return socket_.get(); }
  posix::Fd connect() {
    posix::Fd client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    test::require(::connect(client.get(), address(), size_) == 0, "connect");
    return client;
  }

 private:
  sockaddr* address() { return reinterpret_cast<sockaddr*>(&address_); }

  posix::Fd socket_;
  sockaddr_un address_{};
  socklen_t size_ = sizeof(address_);
};

class Input {
 public:
  explicit Input(std::string_view bytes) : bytes_(bytes) {}
  bool is_over() const { return bytes_.empty(); }
  std::uint8_t byte() {
    if (is_over()) return 0;
    const auto byte = static_cast<std::uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return byte;
  }
  std::string_view text(std::size_t size) {
    const auto text = bytes_.substr(0, size);
    bytes_.remove_prefix(text.size());
    return text;
  }

 private:
  std::string_view bytes_;
};

class Slot {
 public:
  explicit Slot(Listener& listener)
      : listener_(listener),
        connections_(loop_, posix::Fd(::dup(listener.fd())), [] {}),
        words_(
            ::mmap(nullptr, words_size, PROT_READ | PROT_WRITE, MAP_SHARED, connections_.table_memory(), 0)) {
    test::require(words_ != MAP_FAILED, "mmap");
  }
  ~Slot() { ::munmap(words_, words_size); }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  void step(Input& input) {
    switch (input.byte() % 9) {
      case 0:
        if (clients_.size() < most_clients) clients_.push_back(listener_.connect());
        break;
      case 1:
        return start_worker();
      case 2:
        return say(input.text(input.byte() % 40));
      case 3: {
        const std::array<std::uint32_t, 4> packet{static_cast<std::uint32_t>(Kind::returned), input.byte(),
                                                  input.byte(), input.byte() % 2U};
        return say({reinterpret_cast<const char*>(packet.data()), sizeof(packet)});
      }
      case 4: {
        const std::size_t at = input.byte() % (2 * most_clients) * 8;
        const auto word = input.text(8);
        std::memcpy(static_cast<char*>(words_) + at, word.data(), word.size());
        return;
      }
      case 5:
        return end_worker();
      case 6:
        if (const std::size_t index = input.byte(); index < clients_.size()) clients_[index].reset();
        break;
      case 7:
        if (const std::size_t index = input.byte(); index < clients_.size() && clients_[index]) {
          const auto bytes = input.text(input.byte() % 32);
          ::send(clients_[index].get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        }
        break;
      default:
        if (!theirs_) input.byte() % 2 == 0 ? connections_.watch_held() : connections_.drop_waiting();
        break;
    }
    turn();
    test::require(connections_.open_count() <= clients_.size(), "no more connections than were made");
  }

  void end() {
    end_worker();
    connections_.watch_held();
    clients_.clear();
    for (int turns = 0; turns < 3; ++turns) turn();
    test::require(connections_.open_count() == 0, "all have gone once their peers have");
  }

 private:
  static constexpr std::size_t words_size = 2 * most_clients * 8;

  void turn() {
    const auto tick = loop_.after(std::chrono::milliseconds(0), [this] { loop_.stop(); });
    loop_.run();
  }

  void start_worker() {
    if (theirs_) return;
    std::array<int, 2> ends{};
    test::require(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) == 0,
                  "socketpair");
    ours_.reset(ends[0]);
    theirs_.reset(ends[1]);
    connections_.lend_to(1, [this](const lending::Message& message, int descriptor) {
      return lending::send(ours_.get(), message, descriptor) == lending::Sent::done;
    });
  }

  // What the worker sends, and what the supervisor makes of it.
  void say(std::string_view packet) {
    if (!theirs_) return;
    while (auto lent = lending::receive(theirs_.get()).packet)
      borrowed_.push_back(std::move(lent->descriptor));
    ::send(theirs_.get(), packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    const auto receipt = lending::receive(ours_.get());
    if (receipt.packet && receipt.packet->message.kind == Kind::returned)
      connections_.take_back(1, receipt.packet->message);
  }

  void end_worker() {
    if (!theirs_) return;
    theirs_.reset();
    borrowed_.clear();
    connections_.borrower_gone(1);
    ours_.reset();
    connections_.watch_held();
  }

  Listener& listener_;
  supervisor::EventLoop loop_;
  supervisor::Connections connections_;
  void* words_;
  std::vector<posix::Fd> clients_;
  posix::Fd ours_;
  posix::Fd theirs_;
  std::vector<posix::Fd> borrowed_;
};

int next_descriptor() {
  const posix::Fd next(::dup(STDIN_FILENO));
  return next.get();
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Listener listener;
  const int before = next_descriptor();
  {
    Slot slot(listener);
    Input input(test::as_text(data, size));
    for (std::size_t steps = 0; !input.is_over() && steps < most_steps; ++steps) slot.step(input);
    slot.end();
  }
  test::require(next_descriptor() == before, "no descriptor is left");
  return 0;
}
