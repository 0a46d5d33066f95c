// A file that is read again when it has changed, and what was made of it. Knows not what that is. Any thread: a call may
// wait for another one's that reads.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "posix/secret_file.hpp"

namespace stile::access {

/// What read_guarded_file() holds of one path, looked at each `look_again_after` at most. Not thread-safe by itself.
class FileWatch {
 public:
  FileWatch(std::string path, std::size_t longest, std::chrono::milliseconds look_again_after);

  const std::string& path() const { return path_; }
  /// The text, where it was not given yet, or may be another one since. Throws std::runtime_error, then as at the next call
  /// after that time, where the file is missing or must not be read.
  std::optional<std::string> changed();
  /// Lets the next call give the text in any case.
  void read_again();

 private:
  std::string path_;
  std::size_t longest_;
  std::chrono::milliseconds look_again_after_;
  std::chrono::steady_clock::time_point look_again_at_{};
  std::optional<posix::FileState> state_;  ///< unset: to be read again, whatever it looks like
};

template <class Content>
class WatchedFile {
 public:
  /// Throws std::exception where the text is none of that kind.
  using Parse = std::function<Content(const std::string& text)>;

  WatchedFile(std::string path, std::size_t longest, std::chrono::milliseconds look_again_after,
              Parse parse_text)
      : watch_(std::move(path), longest, look_again_after), parse_(std::move(parse_text)) {}

  /// What the file holds now, or did up to `look_again_after` ago. Throws std::runtime_error, with the path in its what(),
  /// where that is nothing that could be used: what it held before is not used on.
  std::shared_ptr<const Content> get() {
    const std::lock_guard lock(mutex_);
    try {
      if (const auto text = watch_.changed()) {
        content_ = nullptr;
        content_ = std::make_shared<const Content>(parse_(*text));
      }
    } catch (const std::bad_alloc&) {
      watch_.read_again();
      throw;
    } catch (const std::exception& error) {
      content_ = nullptr;
      failure_ = error.what();
      if (failure_.find(watch_.path()) == std::string::npos) failure_ = watch_.path() + ": " + failure_;
    }
    if (!content_) throw std::runtime_error(failure_);
    return content_;
  }

 private:
  std::mutex mutex_;
  FileWatch watch_;
  Parse parse_;
  std::shared_ptr<const Content> content_;
  std::string failure_;
};

}  // namespace stile::access
