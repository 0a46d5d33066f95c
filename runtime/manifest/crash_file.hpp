// The file that tells of a crash: which function, when, by what, and the request that it was about, so that it can be run
// again (a worker's --replay). JSON for people too: text as it is where it is UTF-8, {"base64": ...} where it is not. Knows
// no recorder and no file system. Pure; any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

/// A larger one is none of ours.
inline constexpr std::size_t most_crash_file_bytes = 1'000'000;

struct CrashFile {
  std::string function;  ///< "notes/{id}"
  std::int64_t pid = 0;
  int signal = 0;
  std::chrono::system_clock::time_point time{};  ///< milliseconds are kept
  std::string request_id;                        ///< it and all below may be empty: no request was running
  std::string method;
  std::string uri;
  std::vector<std::string> headers;  ///< "X_TRACE: value", named as CGI does
  std::string body;                  ///< its beginning
  std::uint64_t body_size = 0;       ///< of all of it
  std::string backtrace;             ///< a frame a line
};

/// Ends with a newline. Takes any bytes in any text; what is no UTF-8 in a backtrace is replaced.
std::string print_crash_file(const CrashFile& crash);

/// Throws std::invalid_argument, which says what is wrong, for what print_crash_file() would not have written.
CrashFile parse_crash_file(std::string_view text);

}  // namespace stile
