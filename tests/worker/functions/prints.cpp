// Writes to everything that a function may write to.
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <stile/function.hpp>

using namespace stile;

void GET(const Request& request) {
  request.log().warning("logged {}", 1);
  std::cout << "cout " << 2 << std::endl;
  std::cerr << "cerr " << 3 << '\n';
  std::printf("printf %d\n", 4);
  std::fprintf(stderr, "stderr %d\nsecond line\n", 5);
  std::cout << "without an end";
}

void POST() {
  constexpr std::string_view line = "written directly\n";
  if (::write(STDOUT_FILENO, line.data(), line.size()) == -1) throw Problem{500};
}
