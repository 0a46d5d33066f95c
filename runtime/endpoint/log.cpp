#include "stile/log.hpp"

#include <fmt/format.h>

namespace stile {

void Log::write(Level level, fmt::string_view format, fmt::format_args values) const {
  fmt::memory_buffer text;  // most lines fit its inline bytes
  fmt::vformat_to(fmt::appender(text), format, values);
  sink_->write(level, request_id_, {text.data(), text.size()});
}

}  // namespace stile
