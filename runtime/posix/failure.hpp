// A failure that ends the program with exit code 1: its what() is one line for a person - what failed, where,
// and what to do about it.
#pragma once

#include <stdexcept>

namespace stile {

class Failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace stile
