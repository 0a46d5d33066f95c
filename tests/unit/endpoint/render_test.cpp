#include <catch2/catch.hpp>

#include "endpoint/dispatcher.hpp"
#include "stile/json.hpp"

using namespace stile;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;

TEST_CASE("An answer begins with its status and ends with its body") {
  CHECK(render(Response::json({{"message", "hi"}}), BodyPart::included) ==
        "Status: 200 OK\r\nContent-Type: application/json\r\nX-Content-Type-Options: "
        "nosniff\r\nContent-Length: 16\r\n\r\n{\"message\":\"hi\"}");
  CHECK(render(Response::text("a", 404).header("X-A", "b c"), BodyPart::included) ==
        "Status: 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\nX-A: b "
        "c\r\nX-Content-Type-Options: nosniff\r\nContent-Length: "
        "1\r\n\r\na");
}

TEST_CASE("The answer to HEAD has all but the body") {
  CHECK(render(Response::text("four"), BodyPart::left_out) ==
        "Status: 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: "
        "nosniff\r\nContent-Length: 4\r\n\r\n");
}

TEST_CASE("A body without a type is bytes, and no body needs no type") {
  Response response;
  CHECK(render(response, BodyPart::included) == "Status: 200 OK\r\nContent-Length: 0\r\n\r\n");
  response.body("x");
  CHECK(render(response, BodyPart::included) ==
        "Status: 200 OK\r\nContent-Type: application/octet-stream\r\nX-Content-Type-Options: "
        "nosniff\r\nContent-Length: 1\r\n\r\nx");
  response.header("content-type", "a/b");
  CHECK(
      render(response, BodyPart::included) ==
      "Status: 200 OK\r\ncontent-type: a/b\r\nX-Content-Type-Options: nosniff\r\nContent-Length: 1\r\n\r\nx");
}

TEST_CASE("Statuses without a body write neither body nor length") {
  for (const int status : {204, 304}) {
    CHECK(render(Response::text("not to be seen", status), BodyPart::included) ==
          "Status: " + std::to_string(status) + " " + std::string(reason_phrase(status)) +
              "\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n");
  }
}

TEST_CASE("A body of any bytes is written as it is") {
  std::string body(100'000, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i % 256);
  const auto text = render(Response::bytes(body, "a/b"), BodyPart::included);
  CHECK_THAT(text, Contains("Content-Length: 100000\r\n\r\n"));
  CHECK(text.substr(text.size() - body.size()) == body);
}

TEST_CASE("A header block is written up to its bound and not beyond") {
  const auto rendered = [](std::size_t length) {
    Response response;
    response.header("X", std::string(length, 'x')).body("b");
    return render(response, BodyPart::included);
  };
  const auto others = rendered(0).size() - 1;  // all but the value and the body
  CHECK(rendered(max_header_bytes - others).size() == max_header_bytes + 1);
  CHECK(rendered(max_header_bytes - others + 1).empty());
}

TEST_CASE("A large body is not counted as a header") {
  CHECK(render(Response::text(std::string(max_header_bytes * 2, 'x')), BodyPart::included).size() >
        max_header_bytes * 2);
}

TEST_CASE("A browser is told not to guess, and to show a page in no other site's frame") {
  const auto page = [](std::string_view type) {
    return Response::bytes("<p>a page", type).header("X-A", "b");
  };
  for (const auto* type : {"text/html", "text/html; charset=utf-8", "Text/HTML ;x=y", "application/xhtml+xml",
                           "image/svg+xml", "text/xml", "application/xml", "application/pdf"}) {
    CAPTURE(type);
    const auto text = render(page(type), BodyPart::included);
    CHECK_THAT(text, Contains("\r\nX-Content-Type-Options: nosniff\r\n"));
    CHECK_THAT(text, Contains("\r\nReferrer-Policy: strict-origin-when-cross-origin\r\n"));
    CHECK_THAT(text, Contains("\r\nContent-Security-Policy: frame-ancestors 'self'\r\n"));
  }
  for (const auto* type : {"application/json", "text/plain", "text/htmlx", "image/png"}) {
    CAPTURE(type);
    const auto text = render(page(type), BodyPart::included);
    CHECK_THAT(text, Contains("X-Content-Type-Options: nosniff"));
    CHECK_THAT(text, !Contains("Referrer-Policy") && !Contains("Content-Security-Policy"));
  }
}

TEST_CASE("What a function says to browsers by itself is said once, and as it says it") {
  const auto render_with = [](std::string_view name, std::string_view value) {
    return render(Response::bytes("<p>a page", "text/html").header(name, value), BodyPart::included);
  };
  CHECK_THAT(render_with("x-content-type-options", ""), !Contains("nosniff"));
  CHECK_THAT(render_with("Referrer-Policy", "no-referrer"), !Contains("strict-origin"));
  CHECK_THAT(render_with("Content-Security-Policy", "default-src 'none'"), !Contains("frame-ancestors"));
  CHECK_THAT(render_with("X-Frame-Options", "SAMEORIGIN"), !Contains("frame-ancestors"));
}
