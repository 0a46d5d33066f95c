#include "posix/error.hpp"

#include <cerrno>
#include <system_error>

namespace stile::posix {

void throw_errno(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

int check(int result, const char* what) {
  if (result == -1) throw_errno(what);
  return result;
}

}  // namespace stile::posix
