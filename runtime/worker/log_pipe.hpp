// Where a worker's log goes: tagged records for its supervisor, plain lines for a person. Knows nothing of
// requests but their ids. Any thread; a record is one write(2) of at most PIPE_BUF bytes, so records never
// mix. Never waits where the descriptor does not: what finds no room is lost, counted, and the count is said
// as soon as there is room.
#pragma once

#include <atomic>
#include <cstddef>
#include <string_view>

#include <stile/log.hpp>

namespace stile::worker {

class LogPipe final : public LogSink {
 public:
  enum class Form {
    records,  ///< as docs/architecture.md, "Log pipe"
    plain     ///< "warning 4f2a: text"
  };

  /// `descriptor` is borrowed.
  LogPipe(int descriptor, Form form) : descriptor_(descriptor), form_(form) {}

  /// Each line of `text` becomes a record of its own, a long one several. An empty id is "-".
  void write(Level level, std::string_view request_id, std::string_view text) noexcept override;

 private:
  void write_lines(Level level, std::string_view request_id, std::string_view text) noexcept;
  void write_record(Level level, std::string_view request_id, std::string_view text) noexcept;
  void report_lost() noexcept;
  bool put(Level level, std::string_view request_id, std::string_view text) noexcept;

  int descriptor_;
  Form form_;
  std::atomic<unsigned long> lost_{0};
};

}  // namespace stile::worker
