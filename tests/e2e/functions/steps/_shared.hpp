// What the steps of this folder hand on.
#pragma once

#include <string>

struct Tenant {
  std::string name;
};
struct Depth {
  int steps = 0;
};
