#include "endpoint/type_name.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>

namespace stile {

std::string name_of(const std::type_info& type) {
  int failure = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &failure), &std::free);
  return failure == 0 ? name.get() : type.name();
}

}  // namespace stile
