// What a worker is asked to do, from its command line (docs/architecture.md, "Worker's arguments"). Pure; any
// thread.
#pragma once

#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "manifest/manifest.hpp"

namespace stile::worker {

/// The command line is not one of ours; what() says which part, in one line. Exit code 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Arguments {
  enum class Mode {
    serve,       ///< a listening socket is descriptor 0
    supervised,  ///< descriptors as in lending/control.hpp
    describe,
    invoke,
    replay,
    help
  };

  Mode mode = Mode::serve;
  std::string prefix = "/api";
  std::optional<std::string> route;  ///< below the prefix, instead of the file's own
  Limits limits;                     ///< timeout, concurrency, max_body where given
  std::string successor;             ///< the socket where the next supervisor will listen; empty: none will
  std::string slot;                  ///< what it is to be told
  std::optional<std::string> output;
  std::optional<std::string> document;
  std::optional<std::string> source;
  std::string method;
  std::string path;
  std::vector<std::string> headers;  ///< "Name: value"
  std::optional<std::string> body_file;
  bool debug = false;      ///< clients on this machine are told what a bug was
  std::string crash_file;  ///< of replay
};

/// `words` without the program's name. Throws UsageError.
Arguments parse_arguments(std::span<const char* const> words);

/// What --help prints.
extern const char* const usage;

}  // namespace stile::worker
