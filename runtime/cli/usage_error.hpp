// A mistake in what was asked for - flags, environment, stile.json - that ends the program with exit code 2.
// Its what() is one line for a person: where, what is wrong, what may stand there.
#pragma once

#include <stdexcept>

namespace stile::cli {

class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace stile::cli
