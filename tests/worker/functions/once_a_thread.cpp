// Keeps an object for each thread, and says when it is made and destroyed.
#include <stile/function.hpp>

#include <cstdio>

using namespace stile;

struct Kept {
  Kept() { std::puts("made"); }
  ~Kept() { std::puts("destroyed"); }
  int calls = 0;
};

Json GET(Local<Kept> kept) { return {{"calls", ++kept->calls}}; }
