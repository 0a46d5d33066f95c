// What a worker was doing when it died: a memory file that the supervisor makes for each worker, with an area for each
// call of the function that runs (its request, written before the function is called), and one for its crash. Bytes
// alone, no pointers: what a reader finds may be a lie, and is never more than wrong text. Any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "posix/fd.hpp"

namespace stile::lending {

/// Where a supervised worker finds it; it may be missing.
inline constexpr int recorder_descriptor = 6;

/// Of a body so much is kept.
inline constexpr std::size_t most_recorded_body = 16'384;
/// So many calls read_recorder() tells of, the one that crashed in any case.
inline constexpr std::size_t most_recorded_calls = 64;
/// Of each so many headers, no fewer than a worker takes (worker/request_parts.hpp), and of all of its queries so many
/// names are looked at: the supervisor reads while others wait, whatever a worker has filled an area with.
inline constexpr std::size_t most_recorded_headers = 256;
inline constexpr std::size_t most_masked_pairs = 256;

/// Room for `areas` calls at once (the function's concurrency). What is never written costs no memory. Sealed: nobody can
/// make it shorter or longer. Throws std::system_error.
posix::Fd create_recorder(std::uint32_t areas);

struct Recording {
  /// A call that has begun and not returned.
  struct Running {
    std::chrono::nanoseconds began{0};  ///< of the steady clock
    std::string request_id;             ///< letters, digits, "-_.", 128 at most
    std::string method;
    std::string uri;                   ///< values of secret names masked
    std::vector<std::string> headers;  ///< "X_TRACE: value", named as CGI does; secrets masked
    std::string body;                  ///< its beginning
    std::uint64_t body_size = 0;       ///< of all of it
    bool crashed = false;              ///< this one's thread
  };
  std::vector<Running> running;  ///< the one that crashed first
  int signal = 0;                ///< 0: no crash was seen
  std::string backtrace;         ///< a frame a line
};

/// Names of headers and of parameters of queries, in any case, "-" as good as "_".
using SecretNames = std::vector<std::string>;

/// What stands in it; nothing where it is none of create_recorder(). Bytes in the other
/// texts are whatever the worker wrote.
Recording read_recorder(int file, const SecretNames& secrets = {});

/// "***" in the place of a value: of Authorization, Cookie, of `secrets` and of what is named like one, also in a query.
/// What follows most_masked_pairs in a query is masked as a whole.
std::string masked_uri(std::string_view uri, const SecretNames& secrets = {});
std::string masked_header(std::string_view name, std::string_view value, const SecretNames& secrets = {});

/// The same text with the names that a compiler has made readable again, but for those that stand for too much text. The
/// supervisor does that for a worker that it does not trust.
std::string demangled(std::string_view text);

/// The worker's side. What it writes is raw: whoever reads it masks.
class Recorder {
 public:
  static constexpr std::uint32_t no_area = ~std::uint32_t{0};

  /// Maps the file, which is borrowed meanwhile, or, where it is none of create_recorder(), records nothing. Throws
  /// std::system_error.
  explicit Recorder(int file);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  bool records() const { return memory_ != nullptr; }

  /// An area for this call, or no_area where none is free; the others do nothing for that. In this order: begin(), any
  /// number of header(), body(), and end() when it has returned.
  std::uint32_t begin(std::chrono::steady_clock::time_point now, std::string_view request_id,
                      std::string_view method, std::string_view uri);
  void header(std::uint32_t area, std::string_view name, std::string_view value);
  void body(std::uint32_t area, std::string_view text);
  void end(std::uint32_t area);

  /// For a signal handler. The first one that calls it has crashed: true. Others are to keep still.
  bool crash(int signal, std::uint32_t area) noexcept;
  /// More text for the backtrace; what there is no room for is left out.
  void crash_text(std::string_view text) noexcept;

  struct Head;
  struct Area;

 private:
  Area* area(std::uint32_t index) const;

  char* memory_ = nullptr;
  std::size_t size_ = 0;
  std::uint32_t areas_ = 0;
};

}  // namespace stile::lending
