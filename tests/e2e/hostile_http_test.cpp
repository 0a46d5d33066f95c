// HTTP/1 as no honest client speaks it: each row of docs/hostile-http.md but those of HTTP/2.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "e2e/hostile.hpp"
#include "support/network.hpp"
#include "support/process.hpp"

using namespace stile::test;
using nlohmann::json;

namespace {

using namespace std::string_literals;

constexpr const char* get = "GET /api/grid/where";
constexpr const char* post = "POST /api/grid/where";
const std::string chunked = "Transfer-Encoding: chunked\r\n";
const std::string chunks = "3\r\nabc\r\n0\r\n\r\n";

std::string request(const std::string& line, const std::string& headers = "", const std::string& body = "") {
  return line + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + headers + "\r\n" + body;
}

std::string with_host(const std::string& line, const std::string& hosts) {
  return line + " HTTP/1.1\r\n" + hosts + "Connection: close\r\n\r\n";
}

std::string many_headers(int count) {
  std::string headers;
  for (int i = 0; i < count; ++i) headers += "X-" + std::to_string(i) + ": a\r\n";
  return headers;
}

std::size_t answers_in(const std::string& bytes) {
  std::size_t count = 0;
  for (auto at = bytes.find("HTTP/1.1 "); at != std::string::npos; at = bytes.find("HTTP/1.1 ", at + 1))
    ++count;
  return count;
}

struct Refusal {
  const char* what;
  std::string bytes;
  int status;
};

void check_refused(const GridProject& project, const std::vector<Refusal>& refusals) {
  for (const auto& refusal : refusals) {
    INFO(refusal.what);
    const auto bytes = raw_exchange(project.port(), refusal.bytes);
    check_problem(parse_response(bytes), refusal.status);
    CHECK(answers_in(bytes) == 1);
    CHECK(bytes.find("nginx/") == std::string::npos);
    CHECK(bytes.find(project.served().run_directory()) == std::string::npos);
    check_documented(refusal.what, std::to_string(refusal.status), false);
  }
  check_log(project);
}

}  // namespace

TEST_CASE("what nginx has to refuse is one problem page, and no function's process starts for it") {
  const std::vector<Refusal> refusals{
      {"`Content-Length`, then `Transfer-Encoding: chunked`",
       request(post, "Content-Length: 3\r\n" + chunked, chunks), 400},
      {"`Transfer-Encoding: chunked`, then `Content-Length`",
       request(post, chunked + "Content-Length: 3\r\n", chunks), 400},
      {"`Transfer-Encoding : chunked`", request(post, "Transfer-Encoding : chunked\r\n", chunks), 400},
      {"`Transfer-Encoding:`, a tab, `chunked`", request(post, "Transfer-Encoding:\tchunked\r\n", chunks),
       501},
      {"the same with a vertical tab, and `Content-Length`",
       request(post, "Transfer-Encoding:\vchunked\r\nContent-Length: 3\r\n", "abc"), 501},
      {"`Transfer-Encoding: xchunked`", request(post, "Transfer-Encoding: xchunked\r\n", chunks), 501},
      {"`Transfer-Encoding: identity, chunked`",
       request(post, "Transfer-Encoding: identity, chunked\r\n", chunks), 501},
      {"`Transfer-Encoding: chunked, identity`",
       request(post, "Transfer-Encoding: chunked, identity\r\n", chunks), 501},
      {"`Transfer-Encoding: identity` and `Content-Length`",
       request(post, "Transfer-Encoding: identity\r\nContent-Length: 3\r\n", "abc"), 501},
      {"`Transfer-Encoding: chunked` twice", request(post, chunked + chunked, chunks), 400},
      {"`Transfer-Encoding: identity`, then `chunked`",
       request(post, "Transfer-Encoding: identity\r\n" + chunked, chunks), 400},
      {"`Transfer-Encoding` in HTTP/1.0", "POST /api/grid/where HTTP/1.0\r\n" + chunked + "\r\n" + chunks,
       400},
      {"`Content-Length` twice, the same", request(post, "Content-Length: 3\r\nContent-Length: 3\r\n", "abc"),
       400},
      {"`Content-Length` twice, not the same",
       request(post, "Content-Length: 3\r\nContent-Length: 4\r\n", "abcd"), 400},
      {"`Content-Length: 3, 3`", request(post, "Content-Length: 3, 3\r\n", "abc"), 400},
      {"`Content-Length: -1`", request(post, "Content-Length: -1\r\n", "abc"), 400},
      {"`Content-Length: +5`", request(post, "Content-Length: +5\r\n", "abcde"), 400},
      {"`Content-Length: 0x3`", request(post, "Content-Length: 0x3\r\n", "abc"), 400},
      {"`Content-Length:` without a number", request(post, "Content-Length:\r\n", "abc"), 400},
      {"`Content-Length: 18446744073709551619` (2^64 + 3)",
       request(post, "Content-Length: 18446744073709551619\r\n"), 400},
      {"`Host` twice, the same", with_host(get, "Host: a\r\nHost: a\r\n"), 400},
      {"`Host` twice, not the same", with_host(get, "Host: a\r\nHost: b\r\n"), 400},
      {"no `Host`", with_host(get, ""), 400},
      {"an empty `Host`", with_host(get, "Host:\r\n"), 400},
      {"a `Host` that is none: `a/b`", with_host(get, "Host: a/b\r\n"), 400},
      {"a `Host` that is none: `user@a`", with_host(get, "Host: user@a\r\n"), 400},
      {"a `Host` that is none: `a\"<b>`", with_host(get, "Host: a\"<b>\r\n"), 400},
      {"an absolute URI of another host than `Host`", with_host("GET http://b/api/grid/where", "Host: a\r\n"),
       400},
      {"an absolute URI with a user", request("GET http://user@localhost/api/grid/where"), 400},
      {"an absolute URI without a path", request("GET http://localhost"), 404},
      {"a method in lower case", request("get /api/grid/where"), 400},
      {"a method with a symbol: `G#T`", request("G#T /api/grid/where"), 400},
      {"a method that is a pattern: `.*`", request(".* /api/grid/where"), 400},
      {"a method of 3,000 letters", request(std::string(3000, 'A') + " /api/grid/where"), 405},
      {"a method of 9,000 letters", request(std::string(9000, 'A') + " /api/grid/where"), 414},
      {"HTTP/2's preface, in plain", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
      {"`OPTIONS *`", request("OPTIONS *"), 400},
      {"a tab in the request line", request("GET\t/api/grid/where"), 400},
      {"a space in the path", request("GET /api/grid/where x"), 400},
      {"a path without its slash", request("GET api/grid/where"), 400},
      {"`%00` in the path", request("GET /api/shelf/a%00"), 400},
      {"a NUL in the path", request("GET /api/shelf/a\0b"s), 400},
      {"a control byte in the path", request("GET /api/shelf/a\x01"), 400},
      {"a broken escape in the path", request("GET /api/shelf/%zz"), 400},
      {"`//` in the path", request("GET /api//grid/where"), 404},
      {"`%2f` for the path's slash", request("GET /api%2fgrid%2Fother"), 404},
      {"`;x` behind a literal", request("GET /api;x/grid/where"), 404},
      {"an escape that is escaped", request("GET /api/grid/wher%2565"), 404},
      {"`%0a` behind the path", request("GET /api/grid/where%0a"), 404},
      {"a route in capitals", request("GET /API/grid/where"), 404},
      {"lines that end with CR alone", "GET /api/grid/where HTTP/1.1\rHost: a\r\r\n\r\n", 400},
      {"a CR in a header's value", request(get, "X-A: a\rX-B: b\r\n"), 400},
      {"a NUL in a header's value", request(get, "X-A: a\0b\r\n"s), 400},
      {"a header that goes on in the next line (obs-fold)", request(get, "X-A: a\r\n b\r\n"), 400},
      {"a space before the first header", "GET /api/grid/where HTTP/1.1\r\n X: a\r\nHost: a\r\n\r\n", 400},
      {"a control byte in a header's name", request(get, "X\x01: a\r\n"), 400},
      {"a space in a header's name", request(get, "X A: a\r\n"), 400},
      {"a header without a name", request(get, ": a\r\n"), 400},
      {"a header of 1 MB", request(get, "X-A: " + std::string(1'000'000, 'a') + "\r\n"), 431},
      {"10,000 headers", request(get, many_headers(10'000)), 431},
      {"a chunk's size that is none: `0x3`, `-3`, `+3`", request(post, chunked, "0x3\r\nabc\r\n0\r\n\r\n"),
       400},
      {"a chunk's size beyond 64 bits", request(post, chunked, "fffffffffffffffff\r\nabc\r\n0\r\n\r\n"), 400},
      {"a chunk's size just below 2^63", request(post, chunked, "7fffffffffffffff\r\nabc\r\n0\r\n\r\n"), 400},
      {"a chunk that is longer than its size", request(post, chunked, "3\r\nabcd\r\n0\r\n\r\n"), 400},
      {"a mistake, and a request behind it", request("GET /%zz") + request(get), 400},
  };
  const GridProject project(hostile_routes);
  check_refused(project, refusals);
  for (const char* size : {"-3", "+3"}) {
    const auto bytes = request(post, chunked, size + "\r\nabc\r\n0\r\n\r\n"s);
    check_problem(parse_response(raw_exchange(project.port(), bytes)), 400);
  }
  CHECK(project.workers().empty());
}

TEST_CASE("a path that can be read in two ways is a 404, and runs no function") {
  const GridProject project(hostile_routes);
  check_refused(project,
                {
                    {"`/./` in the path", request("GET /api/./grid/where"), 404},
                    {"`/../` in the path", request("GET /api/x/../grid/where"), 404},
                    {"`%2e%2e` in the path", request("GET /api/x/%2e%2e/grid/where"), 404},
                    {"`..` in what a `{path...}` takes", request("GET /api/files/a/../b"), 404},
                    {"`..%2f` in what a `{path...}` takes", request("GET /api/files/..%2f..%2fb"), 404},
                    {"`%2f` in what a `{name}` takes", request("GET /api/shelf/a%2fb"), 404},
                    {"a fragment (`#x`) behind the path", request("GET /api/grid/where#x"), 404},
                });
  CHECK(runs(project) == 0);
}

TEST_CASE("what nginx reads as one request is one for the function too, without what it must not believe") {
  const GridProject project(hostile_routes);
  struct Passage {
    const char* what;
    std::string bytes;
    json told;  // a part of what the function says that it got
  };
  const std::vector<Passage> passages{
      {"`Transfer-Encoding: CHUNKED`",
       request(post, "Transfer-Encoding: CHUNKED\r\n", chunks),
       {{"length", 3}}},
      {"`Content-Length` for a GET", request(get, "Content-Length: 3\r\n", "abc"), {{"length", 3}}},
      {"`Content-Length: 003`", request(post, "Content-Length: 003\r\n", "abc"), {{"length", 3}}},
      {"chunks with extensions", request(post, chunked, "3;a=\"b\r\nabc\r\n0;x\r\n\r\n"), {{"length", 3}}},
      {"chunks whose lines end with LF alone", request(post, chunked, "3\nabc\n0\n\n"), {{"length", 3}}},
      {"trailers, among them `Content-Length`",
       request(post, chunked, "3\r\nabc\r\n0\r\nX-T: 1\r\nContent-Length: 99\r\n\r\n"),
       {{"length", 3}, {"headers", {{"X_T", nullptr}, {"CONTENT_LENGTH", nullptr}}}}},
      {"a request in the place of trailers",
       request(post, chunked, "0\r\nGET /api/nowhere HTTP/1.1\r\n\r\n"),
       {{"length", 0}}},
      {"lines that end with LF alone",
       "GET /api/grid/where HTTP/1.1\nHost: a\nConnection: close\n\n",
       {{"host", "a"}}},
      {"empty lines before the request", "\r\n\r\n" + request(get), {{"method", "GET"}}},
      {"an absolute URI of the same host",
       with_host("GET http://a:80/api/grid/where?x", "Host: A:80\r\n"),
       {{"host", "A:80"}, {"path", "/api/grid/where"}, {"query", "x"}}},
      {"HTTP/1.0 without a `Host`", "GET /api/grid/where HTTP/1.0\r\n\r\n", {{"host", ""}}},
      {"escapes for a route's own letters",
       request("GET /%61pi/grid/wher%65"),
       {{"path", "/%61pi/grid/wher%65"}}},
      {"`;x` in what a `{name}` takes", request("GET /api/shelf/a;x=1"), {{"values", {{"any", "a;x=1"}}}}},
      {"`%0d%0a` in what a `{name}` takes",
       request("GET /api/shelf/a%0d%0aX:1"),
       {{"values", {{"any", "a\r\nX:1"}}}}},
      {"bytes that are no UTF-8 in what a `{name}` takes",
       request("GET /api/shelf/%ff"),
       {{"values", {{"any", "\xef\xbf\xbd"}}}}},
      {"`..%5c` in what a `{name}` takes", request("GET /api/shelf/..%5c"), {{"values", {{"any", "..\\"}}}}},
      {"a header's name with `_` (`X_Request_Id`, `Content_Length`)",
       request(post, "X_Request_Id: of-an-attacker\r\nContent_Length: 99\r\nTransfer_Encoding: chunked\r\n"),
       {{"length", 0},
        {"headers",
         {{"X_REQUEST_ID", nullptr}, {"CONTENT_LENGTH", nullptr}, {"TRANSFER_ENCODING", nullptr}}}}},
      {"a header's name with `.`, `(` or a byte above 127",
       request(get, "Content.Length: 99\r\nX(A): 1\r\nX\xff: 1\r\n"),
       {{"length", 0}, {"headers", {{"CONTENT_LENGTH", nullptr}, {"X_A_", nullptr}}}}},
      {"`Proxy`, in any case",
       request(get, "Proxy: http://evil\r\nPROXY: http://evil\r\n"),
       {{"headers", {{"PROXY", nullptr}}}}},
      {"a line of a header without a colon", request(get, "X-A\r\n"), {{"headers", {{"X_A", ""}}}}},
      {"a control byte, or one above 127, in a header's value",
       request(get, "X-A: a\x1b[1m\xff\r\n"),
       {{"headers", {{"X_A", "a\x1b[1m\xef\xbf\xbd"}}}}},
      {"`Upgrade: h2c`",
       request(get, "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n"),
       {{"method", "GET"}}},
  };
  std::size_t before = 0;
  for (const auto& passage : passages) {
    INFO(passage.what);
    const auto bytes = raw_exchange(project.port(), passage.bytes);
    CHECK(answers_in(bytes) == 1);
    const auto response = parse_response(bytes);
    REQUIRE(response.status == 200);
    auto told = json::parse(response.body);
    const auto whole = told;
    told.merge_patch(passage.told);  // nothing changes where it is as expected
    CHECK(told == whole);
    CHECK(runs(project) == ++before);
    check_documented(passage.what, "200", true);
  }
  check_log(project);
}

TEST_CASE("a request of HTTP/0.9 gets a problem page, which has no headers, and starts no function") {
  const GridProject project;
  for (const std::string bytes : {"GET /api/grid/where\r\n", "GET /api/grid/where\r\nHost: a\r\n\r\n"}) {
    const auto answer = raw_exchange(project.port(), bytes);
    CHECK(json::parse(answer).at("status") == 400);
  }
  CHECK(project.workers().empty());
  check_log(project);
  check_documented("HTTP/0.9", "400, as a body without headers", false);
}

TEST_CASE("requests behind one another get an answer each, in their order") {
  const GridProject project;
  const auto plain = [](const std::string& line, const std::string& headers = "") {
    return line + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n";
  };
  auto bytes = raw_exchange(
      project.port(), plain("GET /api/grid/where?first") + plain(post, "Content-Length: 3\r\n") + "abc" +
                          plain("GET /api/nowhere") + request("GET /api/grid/where?last"));
  CHECK(answers_in(bytes) == 4);
  const std::vector<std::string> signs{"\"first\"", "\"length\":3", "\"status\":404", "\"last\""};
  for (std::size_t at = 0; const auto& sign : signs) {
    CAPTURE(sign);
    at = bytes.find(sign, at);
    REQUIRE(at != std::string::npos);
  }
  CHECK(runs(project) == 3);
  check_documented("four requests in one piece (pipelining)", "an answer each, in their order", true);

  bytes = raw_exchange(
      project.port(),
      "GET /api/grid/where HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /api/nowhere HTTP/1.0\r\n\r\n");
  CHECK(answers_in(bytes) == 2);
  check_documented("HTTP/1.0 with `Connection: keep-alive`", "an answer each", true);
}

TEST_CASE("a client that ends its side in the middle of a request gets no answer, and no function runs") {
  const GridProject project;
  const std::vector<std::pair<const char*, std::string>> halves{
      {"an upload that ends in mid body (its client's side is shut down)",
       request(post, "Content-Length: 10\r\n", "abc")},
      {"the same in chunks", request(post, chunked, "a\r\nabc")},
      {"headers that end in the middle", "GET /api/grid/where HTTP/1.1\r\nHost: a\r\n"},
  };
  for (const auto& [what, bytes] : halves) {
    INFO(what);
    RawConnection client(project.port());
    client.send(bytes);
    client.finish_sending();
    CHECK(client.receive_all().empty());
    check_documented(what, "no answer", false);
  }
  CHECK(project.workers().empty());
}
