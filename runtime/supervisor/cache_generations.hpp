// Which of the answers that nginx keeps are still good: those of this build that were made since they were last ended by
// somebody. A generation is part of what a kept answer is found by, so to end one is to never ask for it again: at once and
// whole, whatever nginx is doing meanwhile. The times stand in a file, so that a server that takes over does not bring back
// what its predecessor has ended. One thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "manifest/deployment.hpp"

namespace stile::supervisor {

class CacheGenerations {
 public:
  /// Reads the file, if it is there: one that can't be understood ends all that is kept. Throws Failure where it then can't
  /// be written.
  explicit CacheGenerations(std::string file);

  /// What has been kept of these functions' answers is not to be found any more. Throws Failure where that can't be written: then
  /// nothing has changed.
  void end(const std::vector<std::string>& names);

  /// Completes the generation of each function whose answers are kept; where it does not know its build yet, with that of the
  /// program that stands there now. Throws Failure.
  void stamp(Deployment& deployment) const;

 private:
  std::string file_;
  std::map<std::string, std::string> ended_;  // when, by function; under an empty name: all of them
};

}  // namespace stile::supervisor
