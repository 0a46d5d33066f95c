// The API keys that callers may present, as a file has them that `stile keys` writes. Knows neither headers nor requests.
// Any thread: a call may wait for another one's that reads the file.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "access/key_file.hpp"
#include "access/refusal.hpp"

namespace stile::access {

class KeyStore {
 public:
  /// How long a change of the file may stay unseen: revocation is to hold within a second.
  static constexpr std::chrono::milliseconds patience{200};

  /// Reads nothing yet. `look_again_after` is another one in tests alone.
  explicit KeyStore(std::string path, std::chrono::milliseconds look_again_after = patience);
  ~KeyStore();
  KeyStore(const KeyStore&) = delete;
  KeyStore& operator=(const KeyStore&) = delete;

  /// The entry whose key `presented` is, where it has not expired at `now`. How long it takes says nothing of how much of a
  /// key was right, nor whether there is one of that id. Where the file is missing, can't be read or understood, or may be
  /// written by others than its owner, everybody is refused (Refusal::Fault::server). Throws nothing but std::bad_alloc.
  std::variant<KeyEntry, Refusal> find(std::string_view presented,
                                       std::chrono::system_clock::time_point now) const;

 private:
  class File;
  std::unique_ptr<File> file_;
};

}  // namespace stile::access
