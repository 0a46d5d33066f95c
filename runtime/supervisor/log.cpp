#include "supervisor/log.hpp"

#include <spdlog/async.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <chrono>
#include <memory>

namespace stile::supervisor {
namespace {

constexpr std::size_t queue_length = 8192;

spdlog::level::level_enum level_of(Severity severity) {
  switch (severity) {
    case Severity::debug:
      return spdlog::level::debug;
    case Severity::info:
      return spdlog::level::info;
    case Severity::warning:
      return spdlog::level::warn;
    case Severity::error:
      break;
  }
  return spdlog::level::err;
}

}  // namespace

// What a terminal obeys, but for the tab: C0, DEL, and C1, which is two bytes of UTF-8 and as good as ESC to many.
std::string escaped(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const auto next = static_cast<unsigned char>(at + 1 < text.size() ? text[at + 1] : '\0');
    const bool is_c0 = (byte < 0x20 && byte != '\t') || byte == 0x7f;
    const bool is_c1 = byte == 0xc2 && next >= 0x80 && next < 0xa0;
    if (is_c0 || is_c1) {
      result += fmt::format("\\x{:02x}", static_cast<unsigned>(byte));
      if (is_c1) result += fmt::format("\\x{:02x}", static_cast<unsigned>(text[++at] & 0xff));
    } else {
      result += text[at];
    }
  }
  return result;
}

Log::Log() : writer_(std::make_shared<spdlog::details::thread_pool>(queue_length, 1)) {
  const auto sink = std::make_shared<spdlog::sinks::stdout_sink_mt>();
  const auto raw_sink = std::make_shared<spdlog::sinks::stdout_sink_mt>();
  constexpr auto utc = spdlog::pattern_time_type::utc;
  sink->set_formatter(std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %l %v", utc));
  raw_sink->set_formatter(std::make_unique<spdlog::pattern_formatter>("%v", utc, ""));
  constexpr auto when_full = spdlog::async_overflow_policy::overrun_oldest;
  lines_ = std::make_shared<spdlog::async_logger>("stile", sink, writer_, when_full);
  raw_ = std::make_shared<spdlog::async_logger>("raw", raw_sink, writer_, when_full);
  lines_->set_level(spdlog::level::debug);
}

Log::~Log() {
  lines_.reset();
  raw_.reset();
  writer_.reset();  // joins the writing thread once the queue is empty
}

void Log::line(Severity severity, std::string_view source, std::string_view request_id,
               std::string_view text) {
  lines_->log(level_of(severity), "{} {} {}", source, escaped(request_id), escaped(text));
}

void Log::raw(std::string_view lines) { raw_->log(spdlog::level::info, lines); }

}  // namespace stile::supervisor
