#include "manifest/crash_file.hpp"

#include <catch2/catch.hpp>
#include <csignal>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

using namespace stile;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

CrashFile example() {
  CrashFile crash;
  crash.function = "notes/{id}";
  crash.pid = 4711;
  crash.signal = SIGSEGV;
  crash.time = std::chrono::system_clock::time_point(1'769'903'999'007ms);
  crash.request_id = "4f2a";
  crash.method = "PUT";
  crash.uri = "/api/notes/7?x=1";
  crash.headers = {"HOST: localhost", "CONTENT_TYPE: application/json"};
  crash.body = "{\"text\": \"J\u00fcrgen\"}";
  crash.body_size = 50'000;
  crash.backtrace = "crash()+0x12\nmain+0x3\n";
  return crash;
}

// The example with one member replaced.
std::string with(const char* name, const json& value) {
  auto object = json::parse(print_crash_file(example()));
  object[name] = value;
  return object.dump();
}

void check_same(const CrashFile& a, const CrashFile& b) {
  CHECK(a.function == b.function);
  CHECK(a.pid == b.pid);
  CHECK(a.signal == b.signal);
  CHECK(a.time == b.time);
  CHECK(a.request_id == b.request_id);
  CHECK(a.method == b.method);
  CHECK(a.uri == b.uri);
  CHECK(a.headers == b.headers);
  CHECK(a.body == b.body);
  CHECK(a.body_size == b.body_size);
  CHECK(a.backtrace == b.backtrace);
}

}  // namespace

TEST_CASE("what is printed of a crash is read again") {
  check_same(parse_crash_file(print_crash_file(example())), example());
  check_same(parse_crash_file(print_crash_file(CrashFile{})), CrashFile{});
}

TEST_CASE("a crash file is for people too") {
  const auto object = json::parse(print_crash_file(example()));
  CHECK(object.at("time") == "2026-01-31T23:59:59.007Z");
  CHECK(object.at("body") == "{\"text\": \"J\u00fcrgen\"}");
  CHECK(object.at("body_size") == 50'000);
  CHECK(object.at("backtrace") == json({"crash()+0x12", "main+0x3"}));
}

TEST_CASE("bytes that are no text are kept as base64") {
  auto crash = example();
  for (const std::string body : {"\xff", "\xff\xfe", "\xff\xfe\xfd", "\xff\xfe\xfd\xfc"}) {
    crash.body = body;
    crash.headers = {"X_LATIN: J\xfcrgen"};
    check_same(parse_crash_file(print_crash_file(crash)), crash);
  }
  crash.body = "\xff\xfe";
  CHECK(json::parse(print_crash_file(crash)).at("body") == json{{"base64", "//4="}});
  crash.body = std::string("\0\r\n", 3);
  CHECK(parse_crash_file(print_crash_file(crash)).body == crash.body);
}

TEST_CASE("what is no crash file is refused, and why") {
  const auto refused = [](const std::string& text) -> std::string {
    try {
      parse_crash_file(text);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "taken";
  };
  CHECK(refused("") == "it is no JSON object");
  CHECK(refused("[1]") == "it is no JSON object");
  CHECK(refused(print_crash_file(example()) + "x") == "it is no JSON object");
  CHECK(refused("{}") == "\"function\" is missing");
  CHECK(refused(std::string(most_crash_file_bytes + 1, ' ')) == "it is too large");
  CHECK(refused(std::string(500'000, '[')) == "it is no JSON object");
  CHECK_THAT(refused(with("pid", -1)), Contains("\"pid\" must be"));
  CHECK_THAT(refused(with("signal", 1000)), Contains("\"signal\" must be"));
  CHECK_THAT(refused(with("time", "yesterday")), Contains("\"time\" must be"));
  CHECK_THAT(refused(with("time", "2026-02-31T00:00:00.000Z")), Contains("\"time\" must be"));
  CHECK_THAT(refused(with("method", 7)), Contains("\"method\" must be a string"));
  CHECK_THAT(refused(with("uri", "/x\r\nX: y")), Contains("\"uri\" must be one line"));
  CHECK_THAT(refused(with("headers", "x")), Contains("\"headers\" must be an array"));
  CHECK_THAT(refused(with("headers", {"no colon"})), Contains("\"headers\" must be like"));
  CHECK_THAT(refused(with("headers", {"X: a\nY: b"})), Contains("\"headers\" must be like"));
  CHECK_THAT(refused(with("headers", {": a"})), Contains("\"headers\" must be like"));
  CHECK_THAT(refused(with("body", {{"base64", "a"}})), Contains("\"body\" is no base64"));
  CHECK_THAT(refused(with("body", {{"base64",
                                    "===="
                                    "AAAA"}})),
             Contains("\"body\" is no base64"));
  CHECK_THAT(refused(with("body", {{"base64", "A=A="}})), Contains("\"body\" is no base64"));
  CHECK_THAT(refused(with("body", {{"base64", "AA*A"}})), Contains("\"body\" is no base64"));
  CHECK_THAT(refused(with("body", json::object())), Contains("\"body\" must be a string"));
  CHECK_THAT(refused(with("body_size", 1)), Contains("\"body_size\" is less"));
  CHECK_THAT(refused(with("backtrace", "x")), Contains("\"backtrace\" must be an array"));
}
