// The log of a request: a line carries the function's name and the request's id. Any thread.
#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>
#include <utility>

namespace stile {

enum class Level { debug, info, warning, error };

/// Where lines go: the worker's pipe, a test's list. Implementations are thread-safe and never throw.
class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void write(Level level, std::string_view request_id, std::string_view text) noexcept = 0;
};

class Log {
 public:
  Log(LogSink& sink, std::string_view request_id) : sink_(&sink), request_id_(request_id) {}

  template <class... A>
  void debug(fmt::format_string<A...> format, A&&... values) const {
    write(Level::debug, format, fmt::make_format_args(values...));
  }
  template <class... A>
  void info(fmt::format_string<A...> format, A&&... values) const {
    write(Level::info, format, fmt::make_format_args(values...));
  }
  template <class... A>
  void warning(fmt::format_string<A...> format, A&&... values) const {
    write(Level::warning, format, fmt::make_format_args(values...));
  }
  template <class... A>
  void error(fmt::format_string<A...> format, A&&... values) const {
    write(Level::error, format, fmt::make_format_args(values...));
  }

 private:
  void write(Level level, fmt::string_view format, fmt::format_args values) const;

  LogSink* sink_;
  std::string_view request_id_;  // borrowed from the request
};

}  // namespace stile
