// The name of a type as its author wrote it. Pure; any thread.
#pragma once

#include <string>
#include <typeinfo>

namespace stile {

std::string name_of(const std::type_info& type);

}  // namespace stile
