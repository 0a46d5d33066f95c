#include "access/watched_file.hpp"

namespace stile::access {

FileWatch::FileWatch(std::string path, std::size_t longest, std::chrono::milliseconds look_again_after)
    : path_(std::move(path)), longest_(longest), look_again_after_(look_again_after) {}

std::optional<std::string> FileWatch::changed() {
  using std::chrono::steady_clock;
  using std::chrono::system_clock;
  const auto now = steady_clock::now();
  if (now < look_again_at_) return std::nullopt;
  look_again_at_ = now + look_again_after_;
  if (state_ && posix::state_of_file(path_) == state_) return std::nullopt;
  state_.reset();
  auto file = posix::read_guarded_file(path_, longest_);
  if (!file) throw std::runtime_error("there is no file " + path_);
  // Times of files go by the kernel's tick: what was written just now may be written again without another one.
  constexpr std::chrono::seconds settled{1};
  const auto age = system_clock::now().time_since_epoch() - file->state.changed;
  if (age > settled) state_ = file->state;
  return std::move(file->text);
}

void FileWatch::read_again() {
  look_again_at_ = {};
  state_.reset();
}

}  // namespace stile::access
