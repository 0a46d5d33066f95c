#include "worker/request_parts.hpp"

#include <catch2/catch.hpp>
#include <stile/problem.hpp>
#include <string>
#include <vector>

namespace stile::worker {
namespace {

// Parameters, and the request that views them.
struct Read {
  std::vector<std::string> texts;
  Incoming incoming;

  explicit Read(std::vector<std::string> more) : texts(std::move(more)) {
    texts.insert(texts.begin(), {"FCGI_ROLE=RESPONDER", "REQUEST_METHOD=GET", "REQUEST_URI=/a?b=c"});
  }
  Incoming& run() {
    std::vector<const char*> pointers;
    for (const std::string& text : texts) pointers.push_back(text.c_str());
    pointers.push_back(nullptr);
    read_parameters(pointers.data(), incoming);
    return incoming;
  }
  int status() {
    try {
      run();
    } catch (const Problem& problem) {
      return problem.status();
    }
    return 200;
  }
};

TEST_CASE("what nginx vouches for becomes the request's own parts") {
  Read read({"QUERY_STRING=b=c", "CONTENT_TYPE=text/plain", "CONTENT_LENGTH=12", "REQUEST_ID=a1.b_2-C",
             "REMOTE_ADDR=10.0.0.1", "REQUEST_SCHEME=https", "SERVER_NAME=example.org"});
  const Incoming& incoming = read.run();
  CHECK(incoming.parts.method == "GET");
  CHECK(incoming.parts.uri == "/a?b=c");
  CHECK(incoming.parts.content_type == "text/plain");
  CHECK(incoming.content_length == 12);
  CHECK(incoming.parts.id == "a1.b_2-C");
  CHECK(incoming.parts.client_address == "10.0.0.1");
  CHECK(incoming.parts.scheme == "https");
  CHECK(incoming.parts.host == "example.org");
  CHECK(incoming.parts.headers.empty());
}

TEST_CASE("the client's headers come in their order, repeated ones too, and values keep their equals signs") {
  Read read({"HTTP_X_A=1", "HTTP_X_B=k=v", "HTTP_X_A=2"});
  const auto& headers = read.run().parts.headers;
  REQUIRE(headers.size() == 3);
  CHECK(headers[0].name == "X_A");
  CHECK(headers[1].value == "k=v");
  CHECK(headers[2].value == "2");
}

TEST_CASE("a client's header cannot stand for what nginx vouches for") {
  Read read({"HTTP_REQUEST_METHOD=DELETE", "HTTP_REMOTE_ADDR=6.6.6.6", "HTTP_REQUEST_ID=forged",
             "REMOTE_ADDR=10.0.0.1", "REQUEST_ID=genuine"});
  const RequestParts& parts = read.run().parts;
  CHECK(parts.method == "GET");
  CHECK(parts.client_address == "10.0.0.1");
  CHECK(parts.id == "genuine");
}

TEST_CASE("a header Proxy is no environment variable") {
  Read read({"HTTP_PROXY=http://evil"});
  CHECK(read.run().parts.headers.empty());
}

TEST_CASE("the host is what the client asked for, else the server's name") {
  CHECK(Read({"SERVER_NAME=example.org", "HTTP_HOST=example.org:8080"}).run().parts.host ==
        "example.org:8080");
  CHECK(Read({"SERVER_NAME=example.org", "HTTP_HOST="}).run().parts.host == "example.org");
}

TEST_CASE("a request that has no usable id gets one of its own") {
  const std::vector<std::string> unusable{"", "a b", "a\nb", "a\tb", "\xc3\xa9", std::string(129, 'a')};
  for (const std::string& id : unusable) {
    Read read({"REQUEST_ID=" + id});
    const Incoming& incoming = read.run();
    CHECK(incoming.parts.id.size() == 32);
    CHECK(incoming.parts.id != id);
  }
  CHECK(make_request_id() != make_request_id());
}

TEST_CASE("a length that is no number is refused, an empty one and Caddy's -1 are none") {
  CHECK_FALSE(Read({"CONTENT_LENGTH="}).run().content_length);
  CHECK_FALSE(Read({"CONTENT_LENGTH=-1"}).run().content_length);
  CHECK(Read({"CONTENT_LENGTH=18446744073709551615"}).run().content_length == 18'446'744'073'709'551'615U);
  for (const std::string length : {"-2", "-10", "+1", " 1", "1 ", "1x", "0x1", "18446744073709551616"}) {
    CAPTURE(length);
    CHECK(Read({"CONTENT_LENGTH=" + length}).status() == 400);
  }
}

TEST_CASE("a request without a method or a URI is refused") {
  CHECK(Read({"REQUEST_METHOD="}).status() == 400);
  CHECK(Read({"REQUEST_URI="}).status() == 400);
}

TEST_CASE("headers are bounded in number and size, and the refusal still knows its request") {
  std::vector<std::string> many(most_parameters - 4, "HTTP_X=1");
  many.emplace_back("REQUEST_ID=known");
  CHECK(Read(many).status() == 200);
  many.insert(many.begin(), "HTTP_X=1");
  Read too_many(many);
  CHECK(too_many.status() == 431);
  CHECK(too_many.incoming.parts.id == "known");
  CHECK(Read({"HTTP_X=" + std::string(most_parameter_bytes, 'x')}).status() == 431);
}

TEST_CASE("a header's name in CGI's words") { CHECK(cgi_name("x-Trace-9") == "X_TRACE_9"); }

}  // namespace
}  // namespace stile::worker
