#include "stile/folder.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

#include "endpoint/type_name.hpp"

namespace stile::detail {

const void* handed_value(const Context& context, const std::type_info& type) {
  if (context.handed != nullptr) {
    const auto found = std::find_if(context.handed->rbegin(), context.handed->rend(),
                                    [&](const HandedValue& each) { return *each.type == type; });
    if (found != context.handed->rend()) return found->value;
  }
  throw std::logic_error(fmt::format("no step around this function hands on a {}", name_of(type)));
}

const Caller& caller_of(const Context& context) {
  if (context.caller == nullptr)
    throw std::logic_error("everyone may call this function: there is no Caller");
  return *context.caller;
}

}  // namespace stile::detail
