#include "worker/standard_streams.hpp"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <iostream>
#include <streambuf>
#include <string>

#include "posix/error.hpp"

namespace stile::worker {
namespace {

// A line without an end goes out in pieces of this size, not to fill the memory.
constexpr std::size_t longest_piece = 3900;

LogSink* capturing = nullptr;  // set once, before there are threads

// One thread's unfinished line of one stream.
class Line {
 public:
  explicit Line(Level level) : level_(level) {}

  void add(std::string_view text, std::string_view id) {
    for (auto newline = text.find('\n'); newline != std::string_view::npos; newline = text.find('\n')) {
      gather(text.substr(0, newline), id);
      capturing->write(level_, id, text_);
      text_.clear();
      text.remove_prefix(newline + 1);
    }
    gather(text, id);
  }

  void finish(std::string_view id) {
    if (text_.empty()) return;
    capturing->write(level_, id, text_);
    text_.clear();
  }

 private:
  void gather(std::string_view text, std::string_view id) {
    text_.append(text);
    while (text_.size() > longest_piece) {
      capturing->write(level_, id, std::string_view(text_).substr(0, longest_piece));
      text_.erase(0, longest_piece);
    }
  }

  Level level_;
  std::string text_;
};

enum class Stream { out, err };

thread_local bool thread_has_ended =
    false;  // trivial, so it can be asked after the thread's other objects are gone

struct Printer {
  std::string_view id = "-";
  Line out{Level::info};
  Line err{Level::warning};

  ~Printer() {
    finish();
    thread_has_ended = true;
  }
  Line& line(Stream stream) { return stream == Stream::out ? out : err; }
  void finish() {
    out.finish(id);
    err.finish(id);
  }
};

thread_local Printer printer;

void print(Stream stream, std::string_view text) {
  if (thread_has_ended) {  // a destructor of a static object prints
    capturing->write(stream == Stream::out ? Level::info : Level::warning, "-", text);
  } else {
    printer.line(stream).add(text, printer.id);
  }
}

class PrintBuffer final : public std::streambuf {
 public:
  explicit PrintBuffer(Stream stream) : stream_(stream) {}

 private:
  int_type overflow(int_type character) override {
    if (traits_type::eq_int_type(character, traits_type::eof())) return traits_type::not_eof(character);
    const char one = traits_type::to_char_type(character);
    print(stream_, {&one, 1});
    return character;
  }
  std::streamsize xsputn(const char* text, std::streamsize size) override {
    print(stream_, {text, static_cast<std::size_t>(size)});
    return size;
  }

  Stream stream_;
};

template <Stream stream>
ssize_t write_cookie(void*, const char* text, std::size_t size) {
  print(stream, {text, size});
  return static_cast<ssize_t>(size);
}

template <Stream stream>
std::FILE* open_file() {
  cookie_io_functions_t functions{};
  functions.write = write_cookie<stream>;
  std::FILE* file = ::fopencookie(nullptr, "w", functions);
  if (file == nullptr) posix::throw_errno("fopencookie");
  // Unbuffered: a buffer would be shared, and one thread would write out what another one printed.
  std::setvbuf(file, nullptr, _IONBF, 0);
  return file;
}

}  // namespace

void capture_standard_streams(LogSink& sink) {
  capturing = &sink;
  std::cout.flush();
  std::fflush(stdout);
  // Never destroyed: the streams are used until the very end of the process.
  static PrintBuffer* const out = new PrintBuffer(Stream::out);
  static PrintBuffer* const err = new PrintBuffer(Stream::err);
  std::cout.rdbuf(out);
  std::cerr.rdbuf(err);
  std::clog.rdbuf(err);
  stdout = open_file<Stream::out>();
  stderr = open_file<Stream::err>();
}

PrintsFor::PrintsFor(std::string_view id) { printer.id = id; }

PrintsFor::~PrintsFor() {
  printer.finish();
  printer.id = "-";
}

}  // namespace stile::worker
