// Which of the answers that nginx keeps are still good: those that were made since the function's build was put in place, or
// since somebody ended what was kept. The generation is part of what a kept answer is found by, so to end one is to never ask for
// it again: at once and whole, whatever nginx and the workers are doing meanwhile. It stands in a file, so that the next server
// finds what is good, and does not bring back what its predecessor has ended. One thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "manifest/deployment.hpp"

namespace stile::supervisor {

class CacheGenerations {
 public:
  /// Reads the file, if it is there. One that can't be understood, or names a function no more, ends what was kept.
  explicit CacheGenerations(std::string file);

  /// Says the generation of each function whose answers are kept: another one, never seen before, where its build is another one than
  /// when it was last asked. Throws Failure.
  void stamp(Deployment& deployment);

  /// From the next stamp() on, what was kept of these functions' answers is not to be found any more. Throws Failure: then
  /// nothing has changed.
  void end(const std::vector<std::string>& names);

 private:
  struct Generation {
    std::string build;  // its content
    std::string since;
  };
  using Generations = std::map<std::string, Generation>;  // by function
  void write(const Generations& generations) const;

  std::string file_;
  Generations generations_;
};

}  // namespace stile::supervisor
