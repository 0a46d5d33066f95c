#include "support/load.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cmath>
#include <deque>
#include <string_view>
#include <thread>

#include "posix/error.hpp"
#include "posix/fd.hpp"
#include "support/eventually.hpp"

namespace stile::test {
namespace {

using LoadClock = std::chrono::steady_clock;
constexpr std::string_view end_of_headers = "\r\n\r\n";

// A value of a header of nginx, which writes their names always the same.
std::string_view header_of(std::string_view headers, std::string_view name) {
  const auto at = headers.find(name);
  if (at == std::string_view::npos) return {};
  const auto begin = at + name.size();
  return headers.substr(begin, headers.find('\r', begin) - begin);
}

// The length of the answer that `received` begins with, or 0 where it is not whole yet.
std::size_t answer_length(std::string_view received, bool without_body) {
  const auto headers_end = received.find(end_of_headers);
  if (headers_end == std::string_view::npos) return 0;
  const auto headers = received.substr(0, headers_end + 2);
  const auto begin = headers_end + end_of_headers.size();
  const auto status = received.substr(9, 3);
  if (without_body || status == "204" || status == "304") return begin;
  const auto length = header_of(headers, "\r\nContent-Length: ");
  if (!length.empty()) {
    const auto whole = begin + std::stoul(std::string(length));
    return received.size() >= whole ? whole : 0;
  }
  constexpr std::string_view last_chunk = "0\r\n\r\n";
  const auto end =
      received.substr(begin).starts_with(last_chunk) ? begin : received.find("\r\n0\r\n\r\n", begin);
  if (end == std::string_view::npos) return 0;
  return end + last_chunk.size() + (end == begin ? 0 : 2);
}

}  // namespace

std::string with_commas(std::uint64_t number) {
  if (number < 1000) return fmt::format("{}", number);
  return fmt::format("{},{:03}", with_commas(number / 1000), number % 1000);
}

std::string load_request(const std::string& method, const std::string& path, const std::string& body) {
  if (method == "GET" || method == "HEAD")
    return fmt::format("{} {} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", method, path);
  return fmt::format(
      "{} {} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
      method, path, body.size(), body);
}

void Latencies::add(std::chrono::nanoseconds took) {
  const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 1));
  const auto doubling = static_cast<std::size_t>(std::bit_width(value) - 1);
  const auto part = static_cast<std::size_t>(((value << (63 - doubling)) << 1) >> 59);
  ++counts_[doubling * steps + part];
  ++total_;
}

std::chrono::microseconds Latencies::percentile(double percent) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(static_cast<double>(total_) * percent / 100));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen < std::max<std::uint64_t>(wanted, 1)) continue;
    const double upper =
        std::ldexp(1.0 + static_cast<double>(i % steps + 1) / steps, static_cast<int>(i / steps));
    return std::chrono::microseconds(static_cast<std::int64_t>(upper / 1000));
  }
  return std::chrono::microseconds{0};
}

std::uint64_t LoadFigures::Kind::done() const {
  std::uint64_t sum = 0;
  for (const auto& [status, count] : statuses) sum += count;
  return sum;
}

std::uint64_t LoadFigures::Kind::failed() const {
  std::uint64_t sum = 0;
  for (const auto& [status, count] : statuses) sum += status / 100 == 2 ? 0 : count;
  return sum;
}

std::uint64_t LoadFigures::done() const {
  std::uint64_t sum = 0;
  for (const auto& kind : kinds) sum += kind.done();
  return sum;
}

std::uint64_t LoadFigures::failed() const {
  std::uint64_t sum = 0;
  for (const auto& kind : kinds) sum += kind.failed();
  return sum;
}

std::uint64_t LoadFigures::with_status(int status) const {
  std::uint64_t sum = 0;
  for (const auto& kind : kinds) {
    const auto found = kind.statuses.find(status);
    sum += found == kind.statuses.end() ? 0 : found->second;
  }
  return sum;
}

std::chrono::microseconds LoadFigures::percentile(double percent) const { return all_.percentile(percent); }

std::string LoadFigures::text() const {
  std::map<int, std::uint64_t> failures;
  for (const auto& kind : kinds) {
    for (const auto& [status, count] : kind.statuses) {
      if (status / 100 != 2) failures[status] += count;
    }
  }
  std::string why;
  for (const auto& [status, count] : failures) {
    why += fmt::format("{}{} {}", why.empty() ? " (" : ", ", with_commas(count),
                       status == 0 ? "without an answer" : fmt::format("with {}", status));
  }
  if (!why.empty()) why += ")";
  const auto milliseconds = [this](double percent) {
    return static_cast<double>(percentile(percent).count()) / 1000;
  };
  return fmt::format(
      "{} requests in {:.1f} s ({} a second), {} failed{}, p50 {:.2f} ms, p99 {:.2f} ms, max {:.1f} ms",
      with_commas(done()), took.count(),
      with_commas(static_cast<std::uint64_t>(static_cast<double>(done()) / std::max(took.count(), 1e-3))),
      with_commas(failed()), why, milliseconds(50), milliseconds(99), milliseconds(100));
}

class Load::Engine {
 public:
  explicit Engine(LoadOptions options)
      : options_(std::move(options)),
        epoll_(posix::check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
        wake_(posix::check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")),
        connections_(static_cast<std::size_t>(options_.connections)),
        begun_(LoadClock::now()) {
    figures_.kinds.resize(options_.requests.size());
    for (const auto& request : options_.requests) serials_.push_back(request.find(load_serial));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = connections_.size();
    posix::check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event), "epoll_ctl");
    thread_ = std::thread([this] { run(); });
  }
  ~Engine() { join(); }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  void stop() {
    stopping_ = true;
    ::eventfd_write(wake_.get(), 1);
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  const LoadFigures& figures() const { return figures_; }
  std::uint64_t done() const { return done_; }
  std::uint64_t failed() const { return failed_; }

 private:
  struct Connection {
    posix::Fd fd;
    std::string out;  // what could not be sent yet
    std::string in;
    bool waits = false;     // for an answer
    bool is_stuck = false;  // until there is room for what is left of the request
    std::size_t request = 0;
    std::size_t next_request = 0;
    std::uint64_t serial = 0;
    LoadClock::time_point since;
  };

  void run() {
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      connections_[i].next_request = i % options_.requests.size();
      make_idle(i);
    }
    std::array<epoll_event, 64> events{};
    while (!is_over()) {
      const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), pause());
      for (int i = 0; i < count; ++i) {
        const epoll_event event = events[static_cast<std::size_t>(i)];
        if (event.data.u64 < connections_.size()) on_event(event.data.u64, event.events);
      }
      send_what_is_due();
      give_up_on_late();
    }
    figures_.took = LoadClock::now() - begun_;
  }

  bool wants_more() const { return !stopping_ && (options_.most == 0 || sent_ < options_.most); }
  bool is_over() const { return !wants_more() && waiting_ == 0; }

  int pause() const {
    if (!resting_.empty()) return 10;
    if (options_.rate <= 0 || !wants_more()) return 1000;
    if (idle_.empty()) return 10;
    const auto left = due(sent_) - LoadClock::now();
    return static_cast<int>(
        std::clamp<std::int64_t>(std::chrono::ceil<std::chrono::milliseconds>(left).count(), 0, 100));
  }
  LoadClock::time_point due(std::uint64_t number) const {
    return begun_ + std::chrono::duration_cast<LoadClock::duration>(
                        std::chrono::duration<double>(static_cast<double>(number) / options_.rate));
  }
  void send_what_is_due() {
    if (options_.rate <= 0) return;
    while (wants_more() && !idle_.empty() && due(sent_) <= LoadClock::now()) {
      const auto index = idle_.front();
      idle_.pop_front();
      // A request that nobody was free to send in time waited all the same.
      send_next(index, due(sent_));
    }
  }

  void make_idle(std::size_t index) {
    if (options_.rate > 0) {
      idle_.push_back(index);
    } else if (wants_more()) {
      send_next(index, LoadClock::now());
    }
  }

  void connect(std::size_t index) {
    auto& connection = connections_[index];
    connection.fd.reset(posix::check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(options_.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(connection.fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == -1) {
      connection.fd.reset();
      return;
    }
    const int yes = 1;
    ::setsockopt(connection.fd.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    ::fcntl(connection.fd.get(), F_SETFL, O_NONBLOCK);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = index;
    posix::check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, connection.fd.get(), &event), "epoll_ctl");
  }

  void send_next(std::size_t index, LoadClock::time_point since) {
    auto& connection = connections_[index];
    connection.request = connection.next_request;
    connection.next_request = (connection.next_request + 1) % options_.requests.size();
    connection.serial = sent_++;
    connection.since = since;
    connection.waits = true;
    ++waiting_;
    connection.out = options_.requests[connection.request];
    if (const auto at = serials_[connection.request]; at != std::string::npos) {
      for (auto [i, rest] = std::pair{at + 16, connection.serial}; i > at; rest /= 10)
        connection.out[--i] = static_cast<char>('0' + rest % 10);
    }
    if (!connection.fd) connect(index);
    if (!connection.fd) return finish(index, 0);
    send_rest(index);
  }

  void send_rest(std::size_t index) {
    auto& connection = connections_[index];
    const auto size = ::send(connection.fd.get(), connection.out.data(), connection.out.size(), MSG_NOSIGNAL);
    if (size == -1 && errno != EAGAIN) return;  // its end, and what was said before it, will be read
    if (size > 0) connection.out.erase(0, static_cast<std::size_t>(size));
    if (!connection.out.empty() || connection.is_stuck) {
      epoll_event event{};
      event.events = connection.out.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT;
      event.data.u64 = index;
      ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, connection.fd.get(), &event);
      connection.is_stuck = !connection.out.empty();
    }
  }

  void on_event(std::size_t index, std::uint32_t events) {
    auto& connection = connections_[index];
    if (!connection.fd) return;
    if ((events & EPOLLOUT) != 0) send_rest(index);
    if ((events & ~EPOLLOUT) == 0) return;
    std::array<char, 16384> buffer;
    const auto size = ::recv(connection.fd.get(), buffer.data(), buffer.size(), 0);
    if (size == -1 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) {
      connection.fd.reset();
      if (connection.waits) finish(index, 0);
      return;
    }
    connection.in.append(buffer.data(), static_cast<std::size_t>(size));
    if (!connection.waits) return;  // said without being asked: counts for the next one, as no answer
    const bool without_body = options_.requests[connection.request].starts_with("HEAD ");
    const auto length = answer_length(connection.in, without_body);
    if (length == 0) return;
    const int status = std::stoi(connection.in.substr(9, 3));
    const bool closes =
        connection.in.substr(0, connection.in.find(end_of_headers) + 2).find("\r\nConnection: close\r\n") !=
        std::string::npos;
    const bool more = connection.in.size() > length;
    if (closes || more || !options_.keeps) connection.fd.reset();
    finish(index, more ? 0 : status);
  }

  void finish(std::size_t index, int status) {
    auto& connection = connections_[index];
    const auto took = LoadClock::now() - connection.since;
    auto& kind = figures_.kinds[connection.request];
    ++kind.statuses[status];
    if (status / 100 == 2) {
      kind.latencies.add(took);
      figures_.all_.add(took);
    } else {
      ++failed_;
    }
    connection.waits = false;
    connection.in.clear();
    connection.out.clear();
    connection.is_stuck = false;
    --waiting_;
    if (options_.on_answer) options_.on_answer({connection.request, connection.serial, status, took});
    ++done_;
    if (status == 0 && !connection.fd && options_.rate <= 0 && is_refused(took))
      return resting_.push_back(index);
    make_idle(index);
  }

  // Nobody listens: asking again at once would only count. Such a connection rests until the next look.
  static bool is_refused(std::chrono::nanoseconds took) { return took < std::chrono::microseconds(100); }

  void give_up_on_late() {
    const auto now = LoadClock::now();
    for (const auto index : std::exchange(resting_, {})) make_idle(index);
    if (now < next_look_) return;
    next_look_ = now + std::chrono::seconds(1);
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      if (!connections_[i].waits || now - connections_[i].since < options_.patience) continue;
      connections_[i].fd.reset();
      finish(i, 0);
    }
  }

  LoadOptions options_;
  posix::Fd epoll_;
  posix::Fd wake_;
  std::vector<Connection> connections_;
  std::vector<std::size_t> serials_;  // where it stands in each request
  std::deque<std::size_t> idle_;
  std::vector<std::size_t> resting_;
  LoadFigures figures_;
  LoadClock::time_point begun_;
  LoadClock::time_point next_look_{};
  std::uint64_t sent_ = 0;
  std::uint64_t waiting_ = 0;
  std::atomic<std::uint64_t> done_{0};
  std::atomic<std::uint64_t> failed_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

Load::Load(LoadOptions options) : engine_(std::make_unique<Engine>(std::move(options))) {}

Load::~Load() { engine_->stop(); }

std::uint64_t Load::done() const { return engine_->done(); }

std::uint64_t Load::failed() const { return engine_->failed(); }

bool Load::goes_on(std::uint64_t count) const {
  const auto before = done();
  return eventually([&] { return done() >= before + count; });
}

LoadFigures Load::stop() {
  engine_->stop();
  return wait();
}

LoadFigures Load::wait() {
  engine_->join();
  return engine_->figures();
}

}  // namespace stile::test
