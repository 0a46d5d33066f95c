// Tells how a request came to it. Served at many routes by the tests' stile.json, whose parameters all have
// names of their own, so that an answer says by which route it came.
#include <stile/function.hpp>

using namespace stile;

namespace {

Json tell(const Request& request) {
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
          {"id", request.id()},
          {"host", request.host()},
          {"client", request.client_address()},
          {"length", request.body().size()},
          {"headers", headers}};
}

}  // namespace

Json GET(const Request& request) { return tell(request); }
Json POST(const Request& request) { return tell(request); }
