#include "worker/framing.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using stile::worker::Framing;
using namespace std::string_literals;

namespace {

std::string record(unsigned type, const std::string& content, unsigned id = 1, unsigned padding = 0,
                   unsigned version = 1) {
  const auto byte = [](std::size_t number) { return static_cast<char>(number & 0xFFU); };
  std::string text{byte(version),        byte(type),    byte(id >> 8), byte(id), byte(content.size() >> 8),
                   byte(content.size()), byte(padding), '\0'};
  return text + content + std::string(padding, '\x7e');
}

std::string begin(unsigned role = 1) { return record(1, {'\0', static_cast<char>(role), 1, 0, 0, 0, 0, 0}); }
std::string parameters(const std::string& content) { return record(4, content, 1, 3); }
std::string body(const std::string& content) { return record(5, content, 1, 5); }

const std::string name_and_value = "\x04\x05NAMEvalue";
const std::string long_value = "\x04\x80\x00\x01\x00NAME"s + std::string(256, 'v');

std::string whole(const std::string& pairs = name_and_value) {
  return begin() + parameters(pairs) + record(4, {}) + body("a body") + record(5, {}, 1, 8);
}

Framing after(std::string_view bytes) {
  Framing framing;
  framing.take(bytes);
  return framing;
}

}  // namespace

TEST_CASE("a request is complete at its last byte, however it is divided") {
  for (const std::string& pairs : {name_and_value, long_value, name_and_value + long_value, "\0\0"s}) {
    const std::string request = whole(pairs);
    for (std::size_t first = 0; first < request.size(); ++first) {
      Framing framing;
      REQUIRE(framing.take(request.substr(0, first)) == first);
      REQUIRE_FALSE(framing.is_complete());
      REQUIRE(framing.take(request.substr(first)) == request.size() - first);
      REQUIRE(framing.is_complete());
    }
  }
}

TEST_CASE("a request can come byte by byte, a parameter in records of one byte each") {
  std::string request = begin();
  for (const char byte : long_value) request += record(4, {byte});
  request += record(4, {}) + record(5, "x") + record(5, {});
  Framing framing;
  for (const char byte : request) {
    REQUIRE_FALSE(framing.is_complete());
    REQUIRE(framing.take({&byte, 1}) == 1);
  }
  CHECK(framing.is_complete());
}

TEST_CASE("what follows a request is not taken") {
  Framing framing;
  CHECK(framing.take(whole() + "more") == whole().size());
  CHECK(framing.is_complete());
  CHECK(framing.take("more") == 0);
}

TEST_CASE("a body may hold anything, records too") {
  const auto framing = after(begin() + record(4, {}) + body(whole() + record(2, {})));
  CHECK_FALSE(framing.is_complete());
  CHECK_FALSE(framing.is_broken());
}

TEST_CASE("what has no place in a request breaks it") {
  const std::string head = begin() + parameters(name_and_value);
  const std::vector<std::string> cases{
      record(1, {'\0', 1, 1, 0, 0, 0, 0, 0}, 1, 0, 2),  // version 2
      record(1, {'\0', 1, 1, 0, 0, 0, 0, 0}, 0),        // id 0
      record(1, "short"),                               //
      begin(2),
      begin(3),
      begin(0),  // other roles
      record(4, name_and_value),
      record(5, "x"),
      record(2, {}),                                             // out of order
      record(1, std::string("\0\1\1\0\0\0\0\0", 8), 1, 8),       // padded, which libfcgi does not skip
      begin() + begin(),                                         //
      begin() + record(5, {}),                                   //
      head + record(2, {}),                                      // aborted
      head + record(4, {}) + record(2, {}),                      //
      head + record(4, {}) + record(4, {}),                      // parameters after their end
      head + record(4, {}) + record(8, "data"),                  // a filter's
      head + record(9, "\x0e\0FCGI_MAX_CONNS"s, 0),              // a question about the worker
      head + record(4, {}, 1, 8),                                // padded likewise
      head + record(99, {}),                                     // unknown
      head + record(4, name_and_value, 2),                       // another request's
      begin() + parameters("\x04\x05NAMEval") + record(4, {}),   // ends within a value
      begin() + parameters("\x04") + record(4, {}),              // within its lengths
      begin() + parameters("\x84\x00") + record(4, {}),          // within one of them
      begin() + parameters("\xff\xff\xff\xff\xff\xff\xff\xff"),  // two lengths of 2 GiB
      begin() + parameters("\x01\x80\x10\x00\x01"s),             // one of more than a MiB
  };
  for (const std::string& bytes : cases) {
    CAPTURE(bytes);
    CHECK(after(bytes).is_broken());
    CHECK_FALSE(after(bytes).is_complete());
  }
  auto broken = after(cases.front());
  CHECK(broken.take(whole()) == 0);
}

TEST_CASE("parameters have an end") {
  Framing framing;
  framing.take(begin());
  const std::string block = parameters(std::string(65'000, '\0'));  // names and values of no length
  int records = 0;
  while (!framing.is_broken() && records < 100) {
    framing.take(block);
    ++records;
  }
  CHECK(framing.is_broken());
  CHECK(records == 17);
}
