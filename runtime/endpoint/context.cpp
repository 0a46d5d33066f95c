#include "stile/context.hpp"

namespace stile {

Unavailable::~Unavailable() = default;

detail::Replacement detail::replacement = nullptr;

void detail::rethrow_as_unavailable() {
  try {
    throw;
  } catch (const Unavailable&) {
    throw;
  } catch (const std::exception& error) {
    throw Unavailable(error.what());
  } catch (...) {
    throw Unavailable("an exception that is no std::exception");
  }
}

}  // namespace stile
