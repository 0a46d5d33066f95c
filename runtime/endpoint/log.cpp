#include "stile/log.hpp"

#include <fmt/core.h>

namespace stile {

void Log::write(Level level, fmt::string_view format, fmt::format_args values) const {
  sink_->write(level, request_id_, fmt::vformat(format, values));
}

}  // namespace stile
