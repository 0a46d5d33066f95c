#include "supervisor/log.hpp"

#include <spdlog/async.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
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

std::string escaped(std::string_view text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::none_of(text.begin(), text.end(), is_control)) return std::string(text);
  std::string result;
  for (const char c : text) {
    if (is_control(c) && c != '\t') {
      result += fmt::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      result += c;
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
