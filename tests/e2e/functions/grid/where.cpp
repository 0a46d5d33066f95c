// Tells how a request came to it. Served at many routes by the tests' stile.json, whose parameters all have
// names of their own, so that an answer says by which route it came. Every run is a byte in a file of the state
// directory, so that a test can count them.
#include <fcntl.h>
#include <unistd.h>
#include <stile/function.hpp>

using namespace stile;

namespace {

void count() {
  const auto path = (state_dir() / "where.ran").string();
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file == -1 || ::write(file, "x", 1) != 1) throw Problem{500, "no count"};
  ::close(file);
}

Json tell(const Request& request) {
  count();
  Json values = Json::object();
  for (const char* name : {"item", "kind", "page", "any", "deep", "below", "middle", "path", "folder"}) {
    if (const auto value = request.path_value(name)) values[name] = *value;
  }
  Json headers = Json::object();
  for (const auto& field : request.headers()) headers[std::string(field.name)] = field.value;
  return {{"values", values},
          {"method", request.method()},
          {"path", request.path()},
          {"query", request.query_string()},
          {"scheme", request.scheme()},
          {"id", request.id()},
          {"host", request.host()},
          {"client", request.client_address()},
          {"length", request.body().size()},
          {"headers", headers}};
}

}  // namespace

Json GET(const Request& request) { return tell(request); }
Json POST(const Request& request) { return tell(request); }
