#include "stile/conditional.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "endpoint/dispatcher.hpp"
#include "endpoint/http_date.hpp"
#include "recording_sink.hpp"
#include "stile/response.hpp"

using namespace stile;
using namespace std::chrono_literals;

namespace {

Validators current;
int calls = 0;
Response behave_conditionally(Context& context) {
  Conditional(context).check(current);
  ++calls;
  return Response::text("whole");
}

Response ask(std::string_view method, std::vector<HeaderField> headers) {
  Endpoint endpoint{.file = "functions/a.cpp", .name = "a"};
  for (const Method served : {Method::GET, Method::PUT})
    endpoint.handlers[static_cast<std::size_t>(served)] = behave_conditionally;
  Dispatcher dispatcher(endpoint, Route::parse("/a"));
  test::RecordingSink sink;
  Locals locals;
  Request request(RequestParts{.method = method, .uri = "/a", .headers = std::move(headers)}, sink);
  calls = 0;
  return dispatcher.handle(request, locals);
}

const Time change = read_time("1994-11-06T08:49:37.5Z").value();
constexpr auto date = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr auto before = "Sun, 06 Nov 1994 08:49:36 GMT";

}  // namespace

TEST_CASE("an answer has its validators, and who has it already gets a 304 without a body") {
  current = {.etag = "v 7\"%", .last_modified = change};
  const auto whole = ask("GET", {});
  CHECK(whole.status() == 200);
  CHECK(whole.header("ETag") == "\"v%207%22%25\"");
  CHECK(whole.header("Last-Modified") == date);
  const std::string tag(*whole.header("ETag"));
  for (const std::string& list : {tag, "W/" + tag, "\"x\" , W/\"y\",," + tag, std::string("*")}) {
    CAPTURE(list);
    const auto answer = ask(GENERATE(as<std::string>{}, "GET", "HEAD"), {{"IF_NONE_MATCH", list}});
    CHECK(answer.status() == 304);
    CHECK(answer.body().empty());
    CHECK(answer.header("ETag") == tag);
    CHECK(answer.header("Last-Modified") == date);
    CHECK(calls == 0);
  }
  CHECK(ask("GET", {{"IF_NONE_MATCH", "\"x\""}, {"IF_NONE_MATCH", tag}}).status() == 304);
}

TEST_CASE("a tag that is another one, or none, is no reason to leave an answer out") {
  current = {.etag = "7"};
  for (const std::string list : {"\"8\"", "7", "\"7", "", "\"77\"", "x, \"7\"", "\"7\\\"\""}) {
    CAPTURE(list);
    CHECK(ask("GET", {{"IF_NONE_MATCH", list}}).status() == 200);
  }
  current = {};
  CHECK(ask("GET", {{"IF_NONE_MATCH", "\"\""}}).status() == 200);
  CHECK_FALSE(ask("GET", {}).header("ETag"));
}

TEST_CASE("times count where no tag is asked for, by the second, and for reading alone") {
  current = {.last_modified = change};
  CHECK(ask("GET", {{"IF_MODIFIED_SINCE", date}}).status() == 304);
  CHECK(ask("GET", {{"IF_MODIFIED_SINCE", before}}).status() == 200);
  CHECK(ask("GET", {{"IF_MODIFIED_SINCE", date}, {"IF_NONE_MATCH", "\"x\""}}).status() == 200);
  CHECK(ask("PUT", {{"IF_MODIFIED_SINCE", date}}).status() == 200);
  CHECK(ask("PUT", {{"IF_UNMODIFIED_SINCE", before}}).status() == 412);
  CHECK(ask("PUT", {{"IF_UNMODIFIED_SINCE", date}}).status() == 200);
  CHECK(ask("PUT", {{"IF_UNMODIFIED_SINCE", "yesterday"}}).status() == 200);  // to be ignored
  current.last_modified = now() + 24h;
  CHECK(read_http_date(*ask("GET", {}).header("Last-Modified")).value() <= now());
}

TEST_CASE("who would overwrite what it has not seen gets a 412, and the function is not gone on with") {
  current = {.etag = "7"};
  const auto lost = ask("PUT", {{"IF_MATCH", "\"6\""}});
  CHECK(lost.status() == 412);
  CHECK(lost.header("Content-Type") == "application/problem+json");
  CHECK(calls == 0);
  CHECK(ask("PUT", {{"IF_NONE_MATCH", "*"}}).status() == 412);
  CHECK(ask("PUT", {{"IF_MATCH", "W/\"7\""}}).status() == 200);  // as nginx marks what it compresses
  const auto kept = ask("PUT", {{"IF_MATCH", "\"6\", \"7\""}});
  CHECK(kept.status() == 200);
  CHECK_FALSE(kept.header("ETag"));  // of the state before
  current = {};
  CHECK(ask("PUT", {{"IF_MATCH", "\"7\""}}).status() == 412);
  CHECK(ask("PUT", {{"IF_MATCH", "*"}}).status() == 200);
}

TEST_CASE("a function that is called by itself has no conditions") {
  CHECK_NOTHROW(Conditional().check({.etag = "7"}));
}

TEST_CASE("HTTP's times are printed and read in one form alone") {
  for (const char* text : {date, "Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 29 Feb 2024 23:59:59 GMT",
                           "Fri, 31 Dec 9999 23:59:59 GMT"})
    CHECK(print_http_date(read_http_date(text).value()) == text);
  CHECK(read_http_date(date) == std::chrono::floor<std::chrono::seconds>(change));
  for (const char* text :
       {"", "Mon, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun,  6 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov -994 08:49:37 GMT"}) {
    CAPTURE(text);
    CHECK_FALSE(read_http_date(text));
  }
}
