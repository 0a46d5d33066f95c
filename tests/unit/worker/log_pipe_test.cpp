#include "worker/log_pipe.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "posix/error.hpp"
#include "posix/fd.hpp"

namespace stile::worker {
namespace {

struct Pipe {
  posix::Fd reader;
  posix::Fd writer;
  Pipe() {
    std::array<int, 2> ends{};
    posix::check(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), "pipe2");
    reader.reset(ends[0]);
    writer.reset(ends[1]);
  }
  // All that is in it now, as lines.
  std::vector<std::string> lines() const {
    std::string text;
    std::array<char, 65536> buffer{};
    for (ssize_t size = 0; (size = ::read(reader.get(), buffer.data(), buffer.size())) > 0;) {
      text.append(buffer.data(), static_cast<std::size_t>(size));
    }
    std::vector<std::string> result;
    for (std::size_t begin = 0, end = 0; (end = text.find('\n', begin)) != std::string::npos;
         begin = end + 1) {
      result.push_back(text.substr(begin, end - begin));
    }
    return result;
  }
};

using Lines = std::vector<std::string>;

TEST_CASE("a line is a record: its level, its request, its text") {
  const Pipe pipe;
  LogPipe log(pipe.writer.get(), LogPipe::Form::records);
  log.write(Level::debug, "r1", "one");
  log.write(Level::info, "r1", "");
  log.write(Level::warning, "", "no request");
  log.write(Level::error, "-", "tab\there");
  CHECK(pipe.lines() == Lines{"\x1e"
                              "Dr1\tone",
                              "\x1e"
                              "Ir1\t",
                              "\x1e"
                              "W-\tno request",
                              "\x1e"
                              "E-\ttab\there"});
}

TEST_CASE("for a person a line says its level in a word") {
  const Pipe pipe;
  LogPipe log(pipe.writer.get(), LogPipe::Form::plain);
  log.write(Level::warning, "r1", "one");
  log.write(Level::error, "-", "two");
  CHECK(pipe.lines() == Lines{"warning r1: one", "error: two"});
}

TEST_CASE("text of several lines is several records, so that none can pass for another's") {
  const Pipe pipe;
  LogPipe log(pipe.writer.get(), LogPipe::Form::records);
  log.write(Level::info, "r1",
            "one\n\x1e"
            "Eforged\ttwo\n");
  CHECK(pipe.lines() == Lines{"\x1e"
                              "Ir1\tone",
                              "\x1e"
                              "Ir1\t\x1e"
                              "Eforged\ttwo"});
}

TEST_CASE("a long line is split into records that are written at once, and nothing of it is lost") {
  const Pipe pipe;
  LogPipe log(pipe.writer.get(), LogPipe::Form::records);
  std::string text;
  while (text.size() < 10'000) text += "é";
  log.write(Level::info, std::string(200, 'i'), text);
  std::string joined;
  for (const std::string& line : pipe.lines()) {
    CHECK(line.size() + 1 <= 4096);
    const std::string part = line.substr(line.find('\t') + 1);
    CHECK(part.size() % 2 == 0);  // not within a letter
    joined += part;
  }
  CHECK(joined == text);
}

TEST_CASE("a full pipe delays nobody, and what was lost is said when there is room") {
  const Pipe pipe;
  LogPipe log(pipe.writer.get(), LogPipe::Form::records);
  constexpr int written = 10'000;
  for (int i = 0; i < written; ++i) log.write(Level::info, "r1", "a line of some length, to fill the pipe");
  const auto before = static_cast<int>(pipe.lines().size());
  CHECK(before < written);
  log.write(Level::info, "r1", "after");
  CHECK(pipe.lines() ==
        Lines{"\x1eW-\t" + std::to_string(written - before) + " lines were lost here: the log was full",
              "\x1eIr1\tafter"});
  log.write(Level::info, "r1", "once more");
  CHECK(pipe.lines().size() == 1);
}

TEST_CASE("records of many threads do not mix") {
  const Pipe pipe;
  LogPipe log(pipe.writer.get(), LogPipe::Form::records);
  std::vector<std::thread> threads;
  for (char letter = 'a'; letter < 'e'; ++letter) {
    threads.emplace_back([&log, letter] {
      for (int i = 0; i < 3; ++i) log.write(Level::info, std::string(1, letter), std::string(3000, letter));
    });
  }
  for (auto& thread : threads) thread.join();
  const auto lines = pipe.lines();
  CHECK(lines.size() == 12);
  for (const std::string& line : lines) {
    const char letter = line.at(2);
    CHECK(line == std::string("\x1eI") + letter + '\t' + std::string(3000, letter));
  }
}

}  // namespace
}  // namespace stile::worker
