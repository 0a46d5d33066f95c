// Load: requests over HTTP/1.1 connections that are kept, from one thread of its own, fast enough that hundreds of
// thousands of them fit into a test. Counts what became of each. Knows nothing of what is asked. Any thread may ask
// for its figures.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace stile::test {

/// In a request of LoadOptions: replaced by the number of the request among all of this load, in 16 digits.
inline constexpr const char* load_serial = "################";

/// The bytes of a request with the headers that it needs.
std::string load_request(const std::string& method, const std::string& path, const std::string& body = {});

/// What became of one request.
struct LoadAnswer {
  std::size_t request = 0;  ///< which of LoadOptions::requests
  std::uint64_t serial = 0;
  int status = 0;  ///< 0: the connection was closed, or the time was up, before the whole answer had come
  std::chrono::nanoseconds took{0};
};

struct LoadOptions {
  std::uint16_t port = 0;  ///< of 127.0.0.1
  int connections = 16;
  std::vector<std::string> requests{};  ///< in turn, on each connection
  double rate = 0;         ///< requests a second, over all; 0: the next one as soon as the last is answered
  std::uint64_t most = 0;  ///< it ends by itself after so many; 0: it does not
  bool keeps = true;       ///< false: a connection for each request
  std::chrono::milliseconds patience{60'000};  ///< for one answer
  /// Called by the load's thread for each request.
  std::function<void(const LoadAnswer&)> on_answer{};
};

/// Latencies by size, each to 3 % of its value.
class Latencies {
 public:
  void add(std::chrono::nanoseconds took);
  /// Of so many of 100 none took longer: 50, 99, 100.
  std::chrono::microseconds percentile(double percent) const;

 private:
  static constexpr std::size_t steps = 32;  // a doubling is divided into these
  std::array<std::uint64_t, 64 * steps> counts_{};
  std::uint64_t total_ = 0;
};

struct LoadFigures {
  struct Kind {
    std::map<int, std::uint64_t> statuses{};  ///< 0: no answer
    Latencies latencies{};                    ///< of answers with 2xx
    std::uint64_t done() const;
    std::uint64_t failed() const;  ///< those without a 2xx
  };
  std::vector<Kind> kinds;  ///< as LoadOptions::requests
  std::chrono::duration<double> took{0};

  std::uint64_t done() const;
  std::uint64_t failed() const;
  std::uint64_t with_status(int status) const;
  /// Over all kinds.
  std::chrono::microseconds percentile(double percent) const;
  /// "1,234 requests in 1.2 s (1,028 a second), 3 failed (2 without an answer, 1 with 502), p50 0.10 ms, p99 ..."
  std::string text() const;

 private:
  friend class Load;
  Latencies all_{};
};

class Load {
 public:
  /// Starts. Throws std::system_error where it can't.
  explicit Load(LoadOptions options);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  /// Requests that have been answered, or have failed, so far.
  std::uint64_t done() const;
  std::uint64_t failed() const;
  /// Waits until that many more are done. False where that takes too long.
  bool goes_on(std::uint64_t count) const;
  /// No new request is sent; what is on its way is waited for.
  LoadFigures stop();
  /// Waits for the end of a load that ends by itself.
  LoadFigures wait();

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

/// "1,234,567"
std::string with_commas(std::uint64_t number);

}  // namespace stile::test
