#include "worker/log_pipe.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <climits>

#include "endpoint/secret_values.hpp"
#include "worker/request_parts.hpp"

namespace stile::worker {
namespace {

constexpr std::size_t longest_record = 4096;
static_assert(longest_record <= PIPE_BUF, "a longer one could be mixed with others, or be written in part");
// What a record has beside its id and its text, in either form.
constexpr std::size_t frame = 16;

struct LevelName {
  char letter;
  std::string_view word;
};

LevelName name_of(Level level) {
  switch (level) {
    case Level::debug:
      return {'D', "debug"};
    case Level::info:
      return {'I', "info"};
    case Level::warning:
      return {'W', "warning"};
    case Level::error:
      break;
  }
  return {'E', "error"};
}

// How much of `text` fits, not cut within a UTF-8 sequence where that can be helped.
std::size_t cut(std::string_view text, std::size_t room) {
  if (text.size() <= room) return text.size();
  const auto continues = [&](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
  };
  for (std::size_t end = room; end + 4 > room; --end) {
    if (!continues(end)) return end;
  }
  return room;
}

}  // namespace

void LogPipe::write(Level level, std::string_view request_id, std::string_view text) noexcept {
  if (!has_secrets()) return write_lines(level, request_id, text);
  try {
    write_lines(level, request_id, without_secrets(text));
  } catch (...) {  // no memory: rather no line than one that tells
    lost_.fetch_add(1, std::memory_order_relaxed);
  }
}

void LogPipe::write_lines(Level level, std::string_view request_id, std::string_view text) noexcept {
  const std::string_view id = request_id.empty() ? "-" : request_id.substr(0, longest_request_id);
  while (true) {
    const auto newline = text.find('\n');
    std::string_view line = text.substr(0, newline);
    do {
      const std::size_t size = cut(line, longest_record - frame - id.size());
      write_record(level, id, line.substr(0, size));
      line.remove_prefix(size);
    } while (!line.empty());
    if (newline == std::string_view::npos || newline + 1 == text.size()) return;
    text.remove_prefix(newline + 1);
  }
}

void LogPipe::write_record(Level level, std::string_view request_id, std::string_view text) noexcept {
  if (lost_.load(std::memory_order_relaxed) != 0) report_lost();
  if (!put(level, request_id, text)) lost_.fetch_add(1, std::memory_order_relaxed);
}

void LogPipe::report_lost() noexcept {
  const unsigned long count = lost_.exchange(0);
  if (count == 0) return;
  std::array<char, 80> text{};  // no allocation: this must not throw
  char* const number_end = std::to_chars(text.data(), text.data() + text.size(), count).ptr;
  constexpr std::string_view rest = " lines were lost here: the log was full";
  char* const end = std::copy(rest.begin(), rest.end(), number_end);
  if (!put(Level::warning, "-", {text.data(), end})) lost_.fetch_add(count);
}

bool LogPipe::put(Level level, std::string_view request_id, std::string_view text) noexcept {
  std::array<char, longest_record> record;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled below
  const auto [letter, word] = name_of(level);
  char* end = record.data();
  const auto add = [&end](std::string_view part) { end = std::copy(part.begin(), part.end(), end); };
  if (form_ == Form::records) {
    *end++ = '\x1e';
    *end++ = letter;
    add(request_id);
    *end++ = '\t';
  } else {
    add(word);
    if (request_id != "-") {
      *end++ = ' ';
      add(request_id);
    }
    add(": ");
  }
  add(text);
  *end++ = '\n';
  ssize_t written = -1;
  do {
    written = ::write(descriptor_, record.data(), static_cast<std::size_t>(end - record.data()));
  } while (written == -1 && errno == EINTR);
  return written != -1;
}

}  // namespace stile::worker
