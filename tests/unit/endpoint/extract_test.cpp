#include "stile/extract.hpp"

#include <catch2/catch.hpp>

#include "recording_sink.hpp"
#include "stile/json.hpp"
#include "stile/problem.hpp"

using namespace stile;

namespace {

/// The parameter as a function would get it.
template <class P>
P extract(RequestParts parts) {
  test::RecordingSink sink;
  const Request request(std::move(parts), sink);
  Locals locals;
  Shareds shareds;
  Context context(request, locals, shareds);
  P parameter = detail::Extract<P>::first(context);
  if (!context.faults.empty()) throw context.faults.problem();
  return parameter;
}

template <class P>
Json refusal(RequestParts parts) {
  try {
    extract<P>(std::move(parts));
  } catch (const Problem& problem) {
    return {{"status", problem.status()},
            {"detail", problem.detail()},
            {"errors", problem.members().value("errors", Json())}};
  }
  return nullptr;
}

RequestParts asked(std::string_view uri) { return {.method = "GET", .uri = uri}; }
RequestParts with_headers(std::vector<HeaderField> headers) {
  RequestParts parts = asked("/x");
  parts.headers = std::move(headers);
  return parts;
}
RequestParts with_body(std::string body, std::string_view type = "application/json") {
  RequestParts parts = asked("/x");
  parts.content_type = type;
  parts.body = std::move(body);
  return parts;
}

}  // namespace

TEST_CASE("a query parameter is read once, decoded") {
  CHECK(extract<Query<"q">>(asked("/x?q=a%20b+c")).value() == "a b c");
  CHECK(*extract<Query<"limit", int>>(asked("/x?q=1&limit=7")) == 7);
}

TEST_CASE("a query parameter that is missing, repeated or wrong is refused by its name") {
  CHECK(refusal<Query<"limit", int>>(asked("/x?Limit=1")) ==
        Json{{"status", 422},
             {"detail", R"(query parameter "limit" is missing)"},
             {"errors", {{{"in", "query"}, {"name", "limit"}, {"expected", "a value"}}}}});
  CHECK(refusal<Query<"limit", int>>(asked("/x?limit=1&limit=1"))["detail"] ==
        R"(query parameter "limit" is 2 values; expected one)");
  CHECK(refusal<Query<"limit", std::int8_t>>(asked("/x?limit=128"))["detail"] ==
        R"(query parameter "limit" is "128"; expected an integer from -128 to 127)");
  CHECK(refusal<Query<"limit", std::optional<int>>>(asked("/x?limit="))["status"] == 422);
}

TEST_CASE("a default stands for what is missing, and for nothing else") {
  CHECK(*extract<Query<"n", int, -3>>(asked("/x")) == -3);
  CHECK(*extract<Query<"n", std::uint64_t, 18446744073709551615U>>(asked("/x")) == 18446744073709551615U);
  CHECK(*extract<Query<"n", double, 0.25>>(asked("/x")) == 0.25);
  CHECK(*extract<Query<"n", double, -2>>(asked("/x")) == -2.0);
  CHECK(*extract<Query<"n", bool, true>>(asked("/x")));
  CHECK(*extract<Query<"n", std::string, "name">>(asked("/x")) == "name");
  CHECK(*extract<Query<"n", int, 3>>(asked("/x?n=4")) == 4);
  CHECK(refusal<Query<"n", int, 3>>(asked("/x?n=four"))["status"] == 422);
}

TEST_CASE("an optional may be missing, a vector may be repeated") {
  CHECK_FALSE(extract<Query<"n", std::optional<int>>>(asked("/x")).value());
  CHECK(extract<Query<"n", std::optional<int>>>(asked("/x?n=4")).value() == 4);
  CHECK(refusal<Query<"n", std::optional<int>>>(asked("/x?n=4&n=5"))["status"] == 422);
  CHECK(extract<Query<"n", std::vector<int>>>(asked("/x")).value().empty());
  CHECK(extract<Query<"n", std::vector<int>>>(asked("/x?n=4&m=1&n=5")).value() == std::vector<int>{4, 5});
  CHECK(refusal<Query<"n", std::vector<int>>>(asked("/x?n=4&n=x"))["detail"] ==
        R"(query parameter "n" at "/1" is "x"; expected an integer from -2147483648 to 2147483647)");
}

TEST_CASE("a header is read by its usual name") {
  CHECK(*extract<Header<"X-Trace-Level", int>>(with_headers({{"X_TRACE_LEVEL", "7"}})) == 7);
  CHECK(*extract<Header<"x-trace", std::string, "none">>(with_headers({})) == "none");
  CHECK(refusal<Header<"X-Trace">>(with_headers({{"X_TRACE", "\xFF"}}))["detail"] ==
        R"(header "X-Trace" is "\xFF"; expected UTF-8 text)");
  CHECK(refusal<Header<"X-Trace">>(with_headers({{"X_TRACE", "1"}, {"X_TRACE", "2"}}))["status"] == 422);
  CHECK(extract<Header<"X-Trace", std::vector<int>>>(with_headers({{"X_TRACE", "1"}, {"X_TRACE", "2"}}))
            .value() == std::vector<int>{1, 2});
}

TEST_CASE("a cookie is read by its name") {
  CHECK(extract<Cookie<"session">>(with_headers({{"COOKIE", "a=1; session=xyz"}})).value() == "xyz");
  CHECK(refusal<Cookie<"session">>(with_headers({{"COOKIE", "Session=xyz"}}))["errors"] ==
        Json{{{"in", "cookie"}, {"name", "session"}, {"expected", "a value"}}});
}

TEST_CASE("a body is JSON, or what came where text or bytes are asked for") {
  CHECK(extract<Body<std::vector<int>>>(with_body("[1, 2]")).value() == std::vector<int>{1, 2});
  CHECK(extract<Body<std::string>>(with_body("{not json", "text/plain")).value() == "{not json");
  CHECK(extract<Body<std::vector<std::byte>>>(with_body(std::string("\0\xFF", 2), "image/png")).value() ==
        std::vector<std::byte>{std::byte{0}, std::byte{0xFF}});
  CHECK(refusal<Body<std::string>>(with_body("ab\xFF", "text/plain"))["detail"] ==
        "the body is not UTF-8: byte 3");
  CHECK(refusal<Body<int>>(with_body("1", "text/plain"))["status"] == 415);
  CHECK(refusal<Body<int>>(with_body("\"1\""))["status"] == 422);
}

TEST_CASE("an optional body may be left out, but not be wrong") {
  CHECK_FALSE(extract<Body<std::optional<int>>>(with_body("", "")).value());
  CHECK(extract<Body<std::optional<int>>>(with_body("7")).value() == 7);
  CHECK(refusal<Body<std::optional<int>>>(with_body("x"))["status"] == 400);
  CHECK(refusal<Body<int>>(with_body("", ""))["status"] == 400);
}

TEST_CASE("a path parameter that the route has not is a bug of who started the function there") {
  CHECK_THROWS_AS(extract<Path<"id">>(asked("/x")), std::logic_error);
}

TEST_CASE("a parameter can be made from a plain value, so that a function is tested as a plain call") {
  const auto sum = [](Query<"a", int, 1> a, Query<"b", std::optional<int>> b,
                      const Path<"c", std::string>& c) {
    return a + b->value_or(0) + static_cast<int>(c->size());
  };
  CHECK(sum(2, 3, "four") == 9);
  CHECK(sum({}, {}, {}) == 0);
}
