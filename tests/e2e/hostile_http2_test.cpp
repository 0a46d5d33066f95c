// HTTP/2 as no honest client speaks it: the rows of docs/hostile-http.md that are about it.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "e2e/hostile.hpp"
#include "support/http2_connection.hpp"

using namespace stile::test;
using nlohmann::json;

namespace {

using namespace std::string_literals;

const std::string where = "/api/grid/where";

// What a client sends on a connection of its own: the headers of its first stream, and bytes behind them.
struct Attempt {
  const char* what;
  HttpHeaders fields;
  std::uint8_t flags = end_headers | end_stream;
  std::string rest{};
};

HttpHeaders without(const std::string& name) {
  auto fields = http2_request("GET", where);
  std::erase_if(fields, [&](const auto& field) { return field.first == name; });
  return fields;
}

HttpHeaders with_authority(const std::string& authority) {
  auto fields = without(":authority");
  fields.emplace_back(":authority", authority);
  return fields;
}

Attempt getting(const char* what, const HttpHeaders& further) {
  return {what, http2_request("GET", where, further)};
}

Attempt getting_path(const char* what, const std::string& path) { return {what, http2_request("GET", path)}; }

std::string data(const std::string& bytes, std::uint8_t flags = end_stream) {
  return http2_frame(FrameType::data, flags, 1, bytes);
}

Attempt posting(const char* what, const HttpHeaders& further, const std::string& rest) {
  return {what, http2_request("POST", where, further), end_headers, rest};
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

HttpHeaders many(std::size_t count, std::size_t bytes) {
  HttpHeaders fields;
  for (std::size_t i = 0; i < count; ++i)
    fields.emplace_back("x-" + std::to_string(i), std::string(bytes, 'a'));
  return fields;
}

}  // namespace

TEST_CASE(
    "over HTTP/2 too, what nginx has to refuse is a problem page, and no function's process starts for it") {
  const GridProject project(hostile_routes, HttpVersion::two);
  const std::vector<std::pair<Attempt, int>> refusals{
      {{"no `:path`", without(":path")}, 400},
      {{"no `:method`", without(":method")}, 400},
      {{"no `:scheme`", without(":scheme")}, 400},
      {{"neither `:authority` nor `host`", without(":authority")}, 400},
      {getting("`:path` twice", {{":path", where}}), 400},
      {getting("`:method` twice", {{":method", "GET"}}), 400},
      {getting("`:scheme` twice", {{":scheme", "https"}}), 400},
      {getting("`:authority` twice", {{":authority", "localhost"}}), 400},
      {getting("a pseudo-header that there is not", {{":status", "200"}}), 400},
      {getting("`host` beside `:authority`, another", {{"host", "evil"}}), 400},
      {getting("`host` beside `:authority`, the same", {{"host", "localhost"}}), 400},
      {{"an `:authority` that is none: `user@a`", with_authority("user@a")}, 400},
      {{"an empty `:authority`", with_authority("")}, 400},
      {getting("`connection: close`", {{"connection", "close"}}), 400},
      {getting("`keep-alive`, `proxy-connection` or `upgrade`", {{"keep-alive", "5"}}), 400},
      {getting("`te` other than `trailers`", {{"te", "gzip"}}), 400},
      {posting("`transfer-encoding: chunked`", {{"transfer-encoding", "chunked"}},
               data("3\r\nabc\r\n0\r\n\r\n")),
       400},
      {posting("`content-length` beyond the DATA", {{"content-length", "5"}}, data("abc")), 400},
      {posting("`content-length` below the DATA", {{"content-length", "3"}}, data("abcde")), 400},
      {getting("`content-length: 3` without DATA", {{"content-length", "3"}}), 400},
      {posting("`content-length` twice", {{"content-length", "3"}, {"content-length", "3"}}, data("abc")),
       400},
      {posting("`content-length: +3`", {{"content-length", "+3"}}, data("abc")), 400},
      {getting_path("a `:path` without its slash", "api/grid/where"), 400},
      {getting_path("an empty `:path`", ""), 400},
      {getting_path("an absolute URI as `:path`", "https://localhost/api/grid/where"), 400},
      {getting_path("a space in `:path`", where + " x"), 400},
      {getting_path("`%00` in `:path`", "/api/shelf/a%00"), 400},
      {getting_path("a broken escape in `:path`", "/api/shelf/%zz"), 400},
      {getting_path("a `:path` above the root", "/../api/grid/where"), 400},
      {getting_path("`//` in `:path`", "/api//grid/where"), 404},
      {{"a `:method` in lower case", http2_request("get", where)}, 400},
      {{"an empty `:method`", http2_request("", where)}, 400},
      {{"a `:method` that nobody exports", http2_request("BREW", where)}, 405},
      {{"TRACE and CONNECT over HTTP/2", http2_request("TRACE", where)}, 405},
      {{"TRACE and CONNECT over HTTP/2", http2_request("CONNECT", where)}, 405},
      {getting("1,500 headers", many(1500, 1)), 431},
  };
  for (const auto& [attempt, status] : refusals) {
    INFO(attempt.what);
    Http2Connection connection(project.port());
    const auto stream = connection.request(attempt.fields, attempt.flags);
    connection.send(attempt.rest);
    const auto answer = connection.answer(stream);
    CHECK(answer.is_whole);
    check_problem(answer.response, status);
    check_documented(attempt.what, std::to_string(status), false);
  }
  for (const char* name : {"proxy-connection", "upgrade"}) {
    CAPTURE(name);
    Http2Connection connection(project.port());
    check_problem(connection.answer(connection.request(http2_request("GET", where, {{name, "x"}}))).response,
                  400);
  }
  CHECK(project.workers().empty());
  check_log(project);
}

TEST_CASE("what is no header of HTTP/2 resets its stream, and the connection goes on") {
  const GridProject project(hostile_routes, HttpVersion::two);
  Http2Connection connection(project.port());
  const std::vector<Attempt> attempts{
      getting("a header's name in capitals", {{"X-A", "b"}}),
      getting("a space in a header's name, over HTTP/2", {{"x a", "b"}}),
      getting("CR and LF in a header's name", {{"x-a: b\r\nx-b", "c"}}),
      getting("a colon in a header's name", {{"x-a:b", "c"}}),
      getting("CR and LF in a header's value", {{"x-a", "b\r\nx-b: c"}}),
      getting("LF in a header's value", {{"x-a", "b\nc"}}),
      getting("a NUL in a header's value, over HTTP/2", {{"x-a", "b\0c"s}}),
      getting_path("CR and LF in `:path`", where + " HTTP/1.1\r\nX: y"),
      getting_path("a NUL in `:path`", "/api/shelf/a\0b"s),
      {"CR and LF in `:method`", http2_request("GET / HTTP/1.1\r\nX:", where)},
  };
  for (const auto& attempt : attempts) {
    INFO(attempt.what);
    const auto answer = connection.answer(connection.request(attempt.fields));
    CHECK(answer.reset == 1U);  // PROTOCOL_ERROR
    CHECK(answer.response.status == 0);
    check_documented(attempt.what, "the stream's reset", false);
  }
  CHECK(project.workers().empty());
  CHECK(connection.answer(connection.request(http2_request("GET", where))).response.status == 200);
}

TEST_CASE("what breaks HTTP/2's frames, or is too large for it, ends its connection, and no function runs") {
  const GridProject project(hostile_routes, HttpVersion::two);
  const auto to_window = [](std::uint32_t by) {
    return http2_frame(FrameType::window_update, 0, 1, http2_number(by));
  };
  const auto fields = [](std::uint32_t stream, const HttpHeaders& list) {
    return http2_frame(FrameType::headers, end_headers | end_stream, stream, http2_fields(list));
  };
  const auto get = http2_request("GET", where);
  const std::vector<Attempt> attempts{
      getting_path("a `:path` over 8 KB", "/" + std::string(9000, 'a')),
      getting("a header over 8 KB, over HTTP/2", {{"x-a", std::string(9000, 'a')}}),
      getting("headers over 32 KB in CONTINUATION frames", {}),
      {"endless CONTINUATION", get, end_stream,
       repeated(http2_frame(FrameType::continuation, 0, 1, http2_fields({{"x-a", std::string(100, 'a')}})),
                20'000)},
      {"endless CONTINUATION without a byte", get, end_stream,
       repeated(http2_frame(FrameType::continuation, 0, 1, ""), 20'000)},
      getting("a header without a name, over HTTP/2", {{"", "b"}}),
      posting("trailers, over HTTP/2", {}, data("abc", 0) + fields(1, {{"x-t", "1"}})),
      posting("a stream with an even number", {}, fields(2, get)),
      posting("DATA on stream 0", {}, http2_frame(FrameType::data, end_stream, 0, "abc")),
      posting("PUSH_PROMISE", {}, http2_frame(FrameType::push_promise, end_headers, 1, http2_number(2))),
      posting("PING of the wrong length", {}, http2_frame(FrameType::ping, 0, 0, "x")),
      posting("WINDOW_UPDATE by 0", {}, to_window(0)),
      posting("a stream that depends on itself", {},
              http2_frame(FrameType::priority, 0, 1, http2_number(1) + "\x10")),
      posting("SETTINGS without end", {}, repeated(http2_frame(FrameType::settings, 0, 0, ""), 50'000)),
      posting("PING without end", {}, repeated(http2_frame(FrameType::ping, 0, 0, "somebody"), 50'000)),
      posting("PRIORITY without end", {},
              repeated(http2_frame(FrameType::priority, 0, 3, http2_number(0) + "\x10"), 50'000)),
      posting("DATA without a byte, without end", {}, repeated(data("", 0), 1'100'000)),
      {"bytes that are no HPACK", {}, end_headers | end_stream},
  };
  for (const auto& attempt : attempts) {
    INFO(attempt.what);
    Http2Connection connection(project.port());
    auto flags = attempt.flags;
    auto rest = attempt.rest;
    if (attempt.what == "headers over 32 KB in CONTINUATION frames"s) {
      flags = end_stream;
      for (int i = 0; i < 6; ++i)
        rest += http2_frame(FrameType::continuation, i == 5 ? end_headers : std::uint8_t{0}, 1,
                            http2_fields({{"x-" + std::to_string(i), std::string(7000, 'a')}}));
    }
    const auto stream = connection.request(attempt.fields, flags);
    connection.send(rest);
    connection.wait_for_close();
    CHECK(connection.answer(stream).response.status == 0);
    check_documented(attempt.what, "the end of the connection", false);
  }
  CHECK(project.workers().empty());
  CHECK(project.client().get(project.url(where)).status == 200);
  check_log(project);
}

TEST_CASE("thousands of streams that are reset at once leave others their answers") {
  const GridProject project(HttpVersion::two);
  const auto stream_and_reset = [](std::uint32_t stream) {
    return http2_frame(FrameType::headers, end_headers | end_stream, stream,
                       http2_fields(http2_request("GET", where))) +
           http2_frame(FrameType::reset, 0, stream, http2_number(8));
  };
  std::string flood;
  for (std::uint32_t i = 0; i < 10'000; ++i) flood += stream_and_reset(1 + 2 * i);
  auto other = project.client();
  REQUIRE(other.get(project.url(where)).status == 200);
  const auto workers = project.workers();
  for (int round = 0; round < 5; ++round) {
    Http2Connection connection(project.port());
    connection.send(flood);
    for (int i = 0; i < 20; ++i) CHECK(other.get(project.url(where)).status == 200);
    connection.wait_for_close();
  }
  // nginx ends a connection that begins too many at once; what has begun by then was an ordinary request.
  CHECK(runs(project) < 5'000);
  check_documented("10,000 streams, each reset at once (rapid reset)", "the end of the connection", true);

  // In small pieces they are ordinary requests whose client has left, up to a thousand a connection.
  std::size_t pieces = 0;
  for (int round = 0; round < 10; ++round) {
    Http2Connection patient(project.port());
    for (std::uint32_t begin = 0; begin < 2'000; begin += 50) {
      std::string piece;
      for (std::uint32_t i = begin; i < begin + 50; ++i) piece += stream_and_reset(1 + 2 * i);
      patient.send(piece);
      if (!patient.ping()) break;
      ++pieces;
    }
    CHECK(other.get(project.url(where)).status == 200);
  }
  CHECK(pieces >= 10 * 10);
  CHECK(pieces <= 10 * 20);
  CHECK(project.workers() == workers);
  CHECK(other.connections() == 1);
}

TEST_CASE("an upload over HTTP/2 whose client leaves in the middle runs no function") {
  const GridProject project(HttpVersion::two);
  {
    Http2Connection leaver(project.port());
    leaver.request(http2_request("POST", where, {{"content-length", "10"}}), end_headers);
    leaver.send(data("abc", 0));
    REQUIRE(leaver.ping());
  }
  Http2Connection resetter(project.port());
  resetter.request(http2_request("POST", where), end_headers);
  resetter.send(data("abc", 0) + http2_frame(FrameType::reset, 0, 1, http2_number(8)));
  REQUIRE(resetter.ping());
  CHECK(project.workers().empty());
  check_documented("an upload whose client leaves or resets it in mid body, over HTTP/2", "no answer", false);
}

TEST_CASE("what HTTP/2 forbids and nginx takes reaches the function as one request") {
  const GridProject project(hostile_routes, HttpVersion::two);
  const auto late = [] {
    auto fields = without(":path");
    fields.emplace_back("x-a", "b");
    fields.emplace_back(":path", where);
    return fields;
  };
  const std::vector<Attempt> attempts{
      {"a pseudo-header behind another header", late()},
      getting("`proxy`, or a name with `_`, over HTTP/2",
              {{"proxy", "http://evil"}, {"content_length", "99"}}),
      posting("a frame of an unknown type", {},
              http2_frame(static_cast<FrameType>(0x42), 0, 1, "x") + data("")),
  };
  std::size_t before = 0;
  for (const auto& attempt : attempts) {
    INFO(attempt.what);
    Http2Connection connection(project.port());
    const auto stream = connection.request(attempt.fields, attempt.flags);
    connection.send(attempt.rest);
    const auto response = connection.answer(stream).response;
    REQUIRE(response.status == 200);
    const auto told = json::parse(response.body);
    CHECK(told.at("length") == 0);
    CHECK_FALSE(told.at("headers").contains("PROXY"));
    CHECK_FALSE(told.at("headers").contains("CONTENT_LENGTH"));
    CHECK(runs(project) == ++before);
    check_documented(attempt.what, "200", true);
  }
}
