// Standard output of the server: its own lines, those of functions, and nginx's access log. Written on a
// thread of its own (spdlog) behind a bounded queue, so that a reader who stalls never stalls the supervisor:
// then the oldest lines are lost. The last few megabytes are kept in a file too. Safe from any thread.
#pragma once

#include <fmt/core.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace spdlog {
class logger;
namespace details {
class thread_pool;
}
}  // namespace spdlog

namespace stile::supervisor {

enum class Severity { debug, info, warning, error };

class Log {
 public:
  /// `file`: where the last lines are kept, besides FILE.1, its predecessor; empty: nowhere. Where it can't be
  /// written that is said, and the log goes on without.
  explicit Log(const std::string& file = {});
  /// Writes what is queued.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// "TIME LEVEL SOURCE REQUEST_ID TEXT", control characters escaped. `source` is a function's name, "nginx"
  /// or "stile".
  void line(Severity severity, std::string_view source, std::string_view request_id, std::string_view text);
  template <class... A>
  void info(fmt::format_string<A...> format, A&&... values) {
    line(Severity::info, "stile", "-", fmt::format(format, std::forward<A>(values)...));
  }
  template <class... A>
  void warning(fmt::format_string<A...> format, A&&... values) {
    line(Severity::warning, "stile", "-", fmt::format(format, std::forward<A>(values)...));
  }
  template <class... A>
  void error(fmt::format_string<A...> format, A&&... values) {
    line(Severity::error, "stile", "-", fmt::format(format, std::forward<A>(values)...));
  }
  /// Whole lines as they are.
  void raw(std::string_view lines);

 private:
  std::shared_ptr<spdlog::details::thread_pool> writer_;
  std::shared_ptr<spdlog::logger> lines_;
  std::shared_ptr<spdlog::logger> raw_;
};

/// Text on one line: control characters and broken UTF-8 lead bytes as \xNN.
std::string escaped(std::string_view text);

}  // namespace stile::supervisor
