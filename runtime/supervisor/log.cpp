#include "supervisor/log.hpp"

#include <spdlog/async.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <vector>

namespace stile::supervisor {
namespace {

constexpr std::size_t queue_length = 8192;
constexpr std::size_t largest_file = 4 * 1024 * 1024;

// Written here by a sink of its own for each form, so that both stand in the file in their order.
class KeptLog final : public spdlog::sinks::sink {
 public:
  KeptLog(std::shared_ptr<spdlog::sinks::sink> file, std::unique_ptr<spdlog::formatter> form)
      : file_(std::move(file)), form_(std::move(form)) {}
  void log(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t text;
    form_->format(message, text);
    file_->log(spdlog::details::log_msg(message.time, {}, message.logger_name, message.level,
                                        spdlog::string_view_t(text.data(), text.size())));
  }
  void flush() override { file_->flush(); }
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

 private:
  std::shared_ptr<spdlog::sinks::sink> file_;
  std::unique_ptr<spdlog::formatter> form_;
};

std::shared_ptr<spdlog::sinks::sink> open_kept(const std::string& path) {
  spdlog::file_event_handlers handlers;
  handlers.after_open = [](const spdlog::filename_t&, std::FILE* file) { ::fchmod(::fileno(file), 0640); };
  auto file = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(path, largest_file, 1, false, handlers);
  file->set_formatter(std::make_unique<spdlog::pattern_formatter>("%v", spdlog::pattern_time_type::utc, ""));
  return file;
}

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

Log::Log(const std::string& file) : writer_(std::make_shared<spdlog::details::thread_pool>(queue_length, 1)) {
  const auto form_of = [](const char* pattern, const char* end) {
    return std::make_unique<spdlog::pattern_formatter>(pattern, spdlog::pattern_time_type::utc, end);
  };
  constexpr auto line_form = "%Y-%m-%dT%H:%M:%S.%eZ %l %v";
  std::vector<spdlog::sink_ptr> sinks{std::make_shared<spdlog::sinks::stdout_sink_mt>()};
  std::vector<spdlog::sink_ptr> raw_sinks{std::make_shared<spdlog::sinks::stdout_sink_mt>()};
  sinks.front()->set_formatter(form_of(line_form, "\n"));
  raw_sinks.front()->set_formatter(form_of("%v", ""));
  std::string complaint;
  if (!file.empty()) {
    try {
      const auto kept = open_kept(file);
      sinks.push_back(std::make_shared<KeptLog>(kept, form_of(line_form, "\n")));
      raw_sinks.push_back(std::make_shared<KeptLog>(kept, form_of("%v", "")));
    } catch (const spdlog::spdlog_ex& error) {
      complaint = error.what();
    }
  }
  constexpr auto when_full = spdlog::async_overflow_policy::overrun_oldest;
  lines_ = std::make_shared<spdlog::async_logger>("stile", sinks.begin(), sinks.end(), writer_, when_full);
  raw_ =
      std::make_shared<spdlog::async_logger>("raw", raw_sinks.begin(), raw_sinks.end(), writer_, when_full);
  for (const auto& logger : {lines_, raw_}) {
    logger->set_level(spdlog::level::debug);
    logger->flush_on(spdlog::level::debug);
  }
  if (!complaint.empty()) warning("the log is not kept for `stile logs`: {}", complaint);
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
