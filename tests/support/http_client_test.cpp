#include "support/http_client.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>

#include "support/network.hpp"

using namespace stile::test;

TEST_CASE("A response is read from its bytes") {
  const auto response = parse_response(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nX-A: 1\r\nx-a:  2 \r\nContent-Length: "
      "4\r\n\r\ngone");
  CHECK(response.status == 404);
  CHECK(response.header_values("X-A") == std::vector<std::string>{"1", "2"});
  CHECK(response.header("X-B").empty());
  CHECK(response.body == "gone");
}

TEST_CASE("The chunks of a body are joined") {
  CHECK(
      parse_response("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
          .body == "abcde");
  CHECK_THROWS_AS(parse_response("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc"),
                  std::runtime_error);
}

TEST_CASE("What is no response is an error") {
  CHECK_THROWS_AS(parse_response(""), std::runtime_error);
  CHECK_THROWS_AS(parse_response("SSH-2.0-OpenSSH\r\n\r\n"), std::runtime_error);
}

TEST_CASE("No answer is an error that names the request") {
  const auto port = std::to_string(free_port());
  HttpClient client;
  CHECK_THROWS_WITH(client.get("http://127.0.0.1:" + port + "/x"),
                    Catch::Contains("GET http://127.0.0.1:" + port));
}
