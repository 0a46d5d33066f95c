#include "stile/state.hpp"

#include <cstdlib>
#include <stdexcept>

namespace stile {

std::filesystem::path state_dir() {
  const char* directory = std::getenv("STILE_STATE_DIR");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  if (directory == nullptr || *directory == '\0') {
    throw std::runtime_error(
        "there is no state directory: start with `stile serve`, or set STILE_STATE_DIR to a folder");
  }
  return directory;
}

}  // namespace stile
