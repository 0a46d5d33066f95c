#include "stile/folder.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

#include "endpoint/type_name.hpp"

namespace stile::detail {

bool HandedType::is_same(const HandedType& other) const {
  if (*type != *other.type) return false;
  if (size == other.size && alignment == other.alignment) return true;
  throw std::logic_error(fmt::format(
      "there are two types {}, of {} and of {} bytes: put the one that is handed on into a header which both "
      "files include",
      name_of(*type), size, other.size));
}

const void* handed_value(const Context& context, const HandedType& type) {
  if (context.handed != nullptr) {
    const auto found = std::find_if(context.handed->rbegin(), context.handed->rend(),
                                    [&](const HandedValue& each) { return each.type.is_same(type); });
    if (found != context.handed->rend()) return found->value;
  }
  throw std::logic_error(fmt::format("no step around this function hands on a {}", name_of(*type.type)));
}

const Caller& caller_of(const Context& context) {
  if (context.caller == nullptr)
    throw std::logic_error("everyone may call this function: there is no Caller");
  return *context.caller;
}

}  // namespace stile::detail
