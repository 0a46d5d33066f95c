// A log that a test can read. Thread-safe, as the contract of a sink demands.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "stile/log.hpp"

namespace stile::test {

struct LogLine {
  Level level;
  std::string request_id;
  std::string text;
};

class RecordingSink : public LogSink {
 public:
  void write(Level level, std::string_view request_id, std::string_view text) noexcept override {
    const std::lock_guard lock(mutex_);
    lines_.push_back({level, std::string(request_id), std::string(text)});
  }
  std::vector<LogLine> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<LogLine> lines_;
};

}  // namespace stile::test
