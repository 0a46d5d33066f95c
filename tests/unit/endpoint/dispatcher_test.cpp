#include "endpoint/dispatcher.hpp"

#include <catch2/catch.hpp>
#include <functional>
#include <stdexcept>
#include <thread>

#include "recording_sink.hpp"
#include "stile/json.hpp"

using namespace stile;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

// Handlers are plain pointers: what a test wants done goes through here.
std::function<Response(Context&)> behaviour;
Response behave(Context& context) { return behaviour(context); }
Response other(Context&) { return Response::text("other"); }

struct BrokenDatabase {
  BrokenDatabase() { throw std::runtime_error("cannot open /secret/path"); }
};

Endpoint endpoint_with(std::initializer_list<Method> methods) {
  Endpoint endpoint{.file = "functions/notes/{id}.cpp", .name = "notes/{id}"};
  for (const Method method : methods) endpoint.handlers[static_cast<std::size_t>(method)] = behave;
  return endpoint;
}

// One endpoint, GET and PATCH, at /api/notes/{id}.
struct Server {
  Endpoint endpoint = endpoint_with({Method::GET, Method::PATCH});
  Dispatcher dispatcher{endpoint, Route::parse("/api/notes/{id}")};
  test::RecordingSink sink;
  Locals locals;

  Response ask(std::string_view method, std::string_view uri = "/api/notes/7") {
    Request request(RequestParts{.method = method, .uri = uri, .id = "r-1"}, sink);
    return dispatcher.handle(request, locals);
  }
};

Json problem_of(const Response& response) {
  CHECK(response.header("Content-Type") == "application/problem+json");
  return parse_json(response.body());
}

}  // namespace

TEST_CASE("A request reaches the function of its method, path values filled in") {
  Server server;
  std::string seen;
  behaviour = [&](Context& context) {
    seen =
        std::string(context.request.method()) + " " + std::string(context.request.path_value("id").value());
    CHECK_FALSE(context.request.path_value("other"));
    return Response::text("done", 202);
  };
  server.endpoint.handlers[static_cast<std::size_t>(Method::PATCH)] = other;
  const auto response = server.ask("GET", "/api/notes/a%20b?x=%zz");
  CHECK(response.status() == 202);
  CHECK(response.body() == "done");
  CHECK(seen == "GET a b");
  CHECK(server.ask("PATCH").body() == "other");
  CHECK(server.sink.lines().empty());
}

TEST_CASE("HEAD is answered as GET, the body left for the writer to leave out") {
  Server server;
  behaviour = [](Context& context) { return Response::text(std::string(context.request.method())); };
  CHECK(server.ask("HEAD").status() == 200);
  CHECK(server.ask("HEAD").body() == "HEAD");
}

TEST_CASE("HEAD is no method of an endpoint without GET") {
  Server server;
  server.endpoint = endpoint_with({Method::POST});
  Dispatcher dispatcher(server.endpoint, Route::parse("/api/notes/{id}"));
  Request request(RequestParts{.method = "HEAD", .uri = "/api/notes/7"}, server.sink);
  const auto response = dispatcher.handle(request, server.locals);
  CHECK(response.status() == 405);
  CHECK(response.header("Allow") == "POST, OPTIONS");
}

TEST_CASE("OPTIONS lists the methods and calls nothing") {
  Server server;
  behaviour = [](Context&) -> Response { throw std::logic_error("called"); };
  const auto response = server.ask("OPTIONS");
  CHECK(response.status() == 204);
  CHECK(response.header("Allow") == "GET, HEAD, PATCH, OPTIONS");
  CHECK(response.body().empty());
}

TEST_CASE("A method that the file does not export is 405 with the list of those that it does") {
  Server server;
  for (const auto* method : {"POST", "PUT", "DELETE", "TRACE", "CONNECT", "get", "", "PROPFIND"}) {
    CAPTURE(method);
    const auto response = server.ask(method);
    CHECK(response.status() == 405);
    CHECK(response.header("Allow") == "GET, HEAD, PATCH, OPTIONS");
    CHECK(problem_of(response).at("title") == "Method Not Allowed");
  }
}

TEST_CASE("Where the raw path is not the route's own, the web server was wrong: 404, whatever the method") {
  Server server;
  behaviour = [](Context&) { return Response::text("called"); };
  for (const auto* uri :
       {"", "/", "/api/notes", "/api/notes/", "/api/notes/a%2fb", "/api/notes/..", "/api//notes/7",
        "/api/notes/%2e%2e", "/api/notes/7/", "/api/notes/%00", "/other"}) {
    for (const auto* method : {"GET", "DELETE", "OPTIONS"}) {
      CAPTURE(uri, method);
      const auto response = server.ask(method, uri);
      CHECK(response.status() == 404);
      CHECK(problem_of(response).at("detail") == "no function serves this path");
    }
  }
}

TEST_CASE("A problem is an answer and no line in the log") {
  Server server;
  behaviour = [](Context&) -> Response {
    throw Problem{409, "it was changed"}.with("version", 3).with_header("X-Version", "3");
  };
  const auto response = server.ask("GET");
  CHECK(response.status() == 409);
  CHECK(response.header("X-Version") == "3");
  CHECK(problem_of(response) == Json{{"type", "about:blank"},
                                     {"title", "Conflict"},
                                     {"status", 409},
                                     {"detail", "it was changed"},
                                     {"request_id", "r-1"},
                                     {"version", 3}});
  CHECK(server.sink.lines().empty());
}

TEST_CASE("A bug is a 500 whose cause is in the log and nowhere else") {
  Server server;
  behaviour = [](Context&) -> Response { throw std::runtime_error("password=hunter2"); };
  const auto response = server.ask("GET");
  CHECK(response.status() == 500);
  CHECK(problem_of(response) == Json{{"type", "about:blank"},
                                     {"title", "Internal Server Error"},
                                     {"status", 500},
                                     {"request_id", "r-1"}});
  CHECK_THAT(render(response, BodyPart::included), !Contains("hunter2"));
  const auto lines = server.sink.lines();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].level == Level::error);
  CHECK(lines[0].request_id == "r-1");
  CHECK_THAT(lines[0].text, Contains("password=hunter2"));
}

TEST_CASE("Where it is asked for, a client on this machine is told the cause of a bug") {
  const Endpoint endpoint = endpoint_with({Method::GET});
  Dispatcher dispatcher(endpoint, Route::parse("/x"), Cause::shown_here);
  test::RecordingSink sink;
  Locals locals;
  const auto ask = [&](std::string_view address, std::vector<HeaderField> headers = {}) {
    RequestParts parts{.method = "GET", .uri = "/x", .id = "r-1", .client_address = address};
    parts.headers = std::move(headers);
    Request request(std::move(parts), sink);
    return problem_of(dispatcher.handle(request, locals));
  };
  behaviour = [](Context&) -> Response { throw std::runtime_error("no table 'notes'"); };
  const Json cause = {{"type", "std::runtime_error"}, {"what", "no table 'notes'"}};
  CHECK(ask("127.0.0.1").at("debug") == cause);
  CHECK(ask("127.8.0.1").at("debug") == cause);
  CHECK(ask("::1").at("debug") == cause);
  for (const auto* address : {"", "192.0.2.1", "::2", "127.0.0.1.example.org", "::ffff:192.0.2.1", "unix:"})
    CHECK_FALSE(ask(address).contains("debug"));
  CHECK_FALSE(ask("127.0.0.1", {{"X_FORWARDED_FOR", "192.0.2.1"}}).contains("debug"));
  CHECK_FALSE(ask("127.0.0.1", {{"FORWARDED", "for=192.0.2.1"}}).contains("debug"));
  behaviour = [](Context&) -> Response { throw 7; };
  CHECK(ask("127.0.0.1").at("debug") == Json{{"type", "int"}});
  behaviour = [](Context&) -> Response { throw std::logic_error("J\xfcrgen"); };
  CHECK(ask("127.0.0.1").at("debug").at("what") == "J?rgen");
  behaviour = [](Context&) -> Response { throw std::logic_error("\xe2\x82[\xc3["); };
  CHECK(ask("127.0.0.1").at("debug").at("what") ==
        "?"
        "?[?[");
  behaviour = [](Context&) -> Response { throw Problem{409, "it was changed"}; };
  CHECK_FALSE(ask("127.0.0.1").contains("debug"));
}

TEST_CASE("An injected header is a bug like any other") {
  Server server;
  behaviour = [](Context&) { return Response::text("x").header("X", "a\r\nSet-Cookie: stolen=1"); };
  const auto response = server.ask("GET");
  CHECK(response.status() == 500);
  CHECK_THAT(render(response, BodyPart::included), !Contains("stolen"));
  CHECK(server.sink.lines().size() == 1);
}

TEST_CASE("What is thrown without being a std::exception is a bug too") {
  Server server;
  behaviour = [](Context&) -> Response { throw 7; };
  CHECK(server.ask("GET").status() == 500);
  const auto lines = server.sink.lines();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].level == Level::error);
  CHECK_THAT(lines[0].text, Contains("no std::exception"));
}

TEST_CASE("Where a local or shared object can't be made the client may come again") {
  Server server;
  behaviour = [](Context& context) {
    context.locals.get<BrokenDatabase>();
    return Response();
  };
  SECTION("a local one") {}
  SECTION("a shared one") {
    behaviour = [](Context& context) {
      context.shareds.get<BrokenDatabase>();
      return Response();
    };
  }
  const auto response = server.ask("GET");
  CHECK(response.status() == 503);
  CHECK(response.header("Retry-After") == "1");
  CHECK(problem_of(response).at("title") == "Service Unavailable");
  CHECK_THAT(response.body(), !Contains("secret"));
  const auto lines = server.sink.lines();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].level == Level::error);
  CHECK_THAT(lines[0].text, Contains("cannot open /secret/path"));
}

TEST_CASE("Shared objects are the dispatcher's and locals the caller's") {
  struct Count {
    int value = 0;
  };
  Server server;
  behaviour = [](Context& context) {
    return Response::json({++context.shareds.get<Count>().value, ++context.locals.get<Count>().value});
  };
  CHECK(server.ask("GET").body() == "[1,1]");
  CHECK(server.ask("GET").body() == "[2,2]");
  server.locals = Locals();
  CHECK(server.ask("GET").body() == "[3,1]");
}

TEST_CASE("A request that is handled twice has the path values of its path once") {
  Server server;
  behaviour = [](Context& context) { return Response::text(std::string(*context.request.path_value("id"))); };
  Request request(RequestParts{.method = "GET", .uri = "/api/notes/7"}, server.sink);
  CHECK(server.dispatcher.handle(request, server.locals).body() == "7");
  CHECK(server.dispatcher.handle(request, server.locals).body() == "7");
}

TEST_CASE("Threads are answered side by side") {
  Server server;
  behaviour = [](Context& context) {
    if (context.request.path_value("id") == "bad") throw Problem{400, "bad"};
    return Response::text(std::string(*context.request.path_value("id")));
  };
  std::vector<std::thread> threads;
  std::array<bool, 4> right{};
  for (std::size_t i = 0; i < right.size(); ++i) {
    threads.emplace_back([&, i] {
      Locals locals;
      const auto uri = "/api/notes/" + std::to_string(i);
      bool all = true;
      for (int turn = 0; turn < 500; ++turn) {
        Request good(RequestParts{.method = "GET", .uri = uri}, server.sink);
        Request bad(RequestParts{.method = "GET", .uri = "/api/notes/bad"}, server.sink);
        all = all && server.dispatcher.handle(good, locals).body() == std::to_string(i);
        all = all && server.dispatcher.handle(bad, locals).status() == 400;
      }
      right[i] = all;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(right == std::array{true, true, true, true});
}

TEST_CASE("A problem without a detail or a request id leaves them out") {
  CHECK(parse_json(problem_response(Problem(404), "").body()) ==
        Json{{"type", "about:blank"}, {"title", "Not Found"}, {"status", 404}});
}

TEST_CASE("A problem's text may be no UTF-8 and is an answer all the same") {
  const auto response = problem_response(Problem(400, "a\xff"), "r-1");
  CHECK(parse_json(response.body()).at("detail") == "a\xef\xbf\xbd");
}

TEST_CASE("A problem keeps its media type, whatever headers it was given") {
  const auto response = problem_response(Problem(400).with_header("content-type", "text/html"), "r-1");
  CHECK(response.headers().size() == 1);
  CHECK(response.header("Content-Type") == "application/problem+json");
}

TEST_CASE("An endpoint is described by its file, its methods and what its settings say") {
  Endpoint endpoint = endpoint_with({Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE});
  const Settings settings{.timeout = 5s, .concurrency = 2, .queue = 0};
  endpoint.settings = &settings;
  const Manifest manifest = describe(endpoint);
  CHECK(manifest.file == "functions/notes/{id}.cpp");
  CHECK(manifest.name == "notes/{id}");
  CHECK(manifest.route.pattern() == "/notes/{id}");
  CHECK(manifest.methods ==
        std::vector<std::string>{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"});
  CHECK(manifest.limits.timeout == 5s);
  CHECK(manifest.limits.concurrency == 2U);
  CHECK(manifest.limits.queue == 0U);
  CHECK_FALSE(manifest.limits.max_body);
  CHECK_FALSE(manifest.limits.instances);
  CHECK(Manifest::parse(manifest.to_json()).route.pattern() == "/notes/{id}");
}

TEST_CASE("An endpoint without settings or of a folder is described as well") {
  Endpoint endpoint = endpoint_with({Method::POST});
  endpoint.name = "notes/index";
  const Manifest manifest = describe(endpoint);
  CHECK(manifest.route.pattern() == "/notes");
  CHECK(manifest.methods == std::vector<std::string>{"POST", "OPTIONS"});
  CHECK_FALSE(manifest.limits.timeout);
}

TEST_CASE("An endpoint with a number out of range or a file without a route can't be described") {
  Endpoint endpoint = endpoint_with({Method::GET});
  const Settings settings{.timeout = 0ms};
  endpoint.settings = &settings;
  CHECK_THROWS_WITH(describe(endpoint), Contains("timeout"));
  endpoint.settings = nullptr;
  endpoint.name = "my file";
  CHECK_THROWS_AS(describe(endpoint), std::invalid_argument);
}

TEST_CASE("An endpoint's CORS has the methods that it has, and its rate is told as it is") {
  Endpoint endpoint = endpoint_with({Method::GET, Method::POST});
  Settings settings{.rate = Rate{.requests = 10, .per = 1s, .burst = 20},
                    .cors = Cors{.origins = {"https://app.example"}}};
  endpoint.settings = &settings;
  const Manifest all = describe(endpoint);
  CHECK(all.cors.value().methods == std::vector<std::string>{"GET", "HEAD", "POST"});
  CHECK(all.cors->max_age == 600s);
  CHECK(all.limits.rate == RatePolicy{10, 1s, 20});
  CHECK(Manifest::parse(all.to_json()).cors == all.cors);
  CHECK(Manifest::parse(all.to_json()).limits.rate == all.limits.rate);
  // What it does not have may be said for a whole folder.
  settings.cors->methods = {"GET", "PUT"};
  CHECK(describe(endpoint).cors.value().methods == std::vector<std::string>{"GET", "HEAD"});
  settings.cors->methods = {"PUT"};
  CHECK_THROWS_WITH(describe(endpoint),
                    Contains("cors.methods: the function has none of PUT; it has GET, HEAD, POST"));
  settings.cors->methods = {"GETT"};
  CHECK_THROWS_WITH(describe(endpoint), Contains("cors.methods: \"GETT\" is no method"));
  settings.cors = Cors{.origins = {"*"}, .credentials = true};
  CHECK_THROWS_WITH(describe(endpoint), Contains("\"*\" with credentials"));
  settings.cors.reset();
  settings.rate = Rate{.requests = 7, .per = 1h};
  CHECK_THROWS_WITH(describe(endpoint), Contains("no whole number of requests a second or a minute"));
}
