// A program under test: started with pipes, in a process group of its own, ended with its object. Its output
// is read all the time, so that it never blocks on it. Knows nothing of what the program is. Any thread may
// call.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/eventually.hpp"

namespace stile::test {

enum class Stream { out, err };

struct ProcessOptions {
  std::map<std::string, std::string> environment{};  ///< added to ours
  std::string directory{};                           ///< to run in; empty: ours
  /// Descriptor here -> its number there. Standard input is /dev/null unless it is one of them.
  std::vector<std::pair<int, int>> descriptors{};
};

struct Exit {
  int code = 0;    ///< meaningful where no signal ended it
  int signal = 0;  ///< 0: it ended by itself
  bool clean() const { return code == 0 && signal == 0; }
};

class Process {
 public:
  /// Starts argv[0] (looked up in PATH). Throws std::system_error where it can't be started.
  explicit Process(const std::vector<std::string>& argv, const ProcessOptions& options = {});
  /// Kills what is left of its process group.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const;
  /// To the process alone; nothing happens where it has ended.
  void signal(int number) const;

  /// All that it has written so far.
  std::string text(Stream stream) const;
  /// The first whole line, from the beginning of that stream, for which `wanted` holds. Throws
  /// std::runtime_error, with both streams in its message, where the time is up or the stream has ended
  /// without such a line.
  std::string wait_for_line(Stream stream, const std::function<bool(const std::string&)>& wanted,
                            std::chrono::milliseconds within = patience) const;
  /// The same, for a line in which `part` stands.
  std::string wait_for_line(Stream stream, const std::string& part,
                            std::chrono::milliseconds within = patience) const;

  /// How it ended; nothing where it still runs when the time is up.
  std::optional<Exit> wait(std::chrono::milliseconds within = patience) const;
  /// wait(), and then for the end of both streams (whoever inherited them has ended too). Throws
  /// std::runtime_error where the time is up.
  Exit wait_all(std::chrono::milliseconds within = patience) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct Outcome {
  Exit exit;
  std::string out;
  std::string err;
};

/// Runs a program to its end. Throws std::runtime_error where it does not end in time.
Outcome run(const std::vector<std::string>& argv, const ProcessOptions& options = {},
            std::chrono::milliseconds within = patience);

}  // namespace stile::test
