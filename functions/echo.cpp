#include <stile/function.hpp>

using namespace stile;

// POST any JSON, and get it back with what else the request held.
Json POST(const Request& request, Body<Json> body) {
  Json query = Json::object();
  for (const auto& [name, value] : request.query()) query[name].push_back(value);
  Json headers = Json::object();  // by their CGI names: X_TRACE for X-Trace
  for (const auto& [name, value] : request.headers()) headers[std::string(name)].push_back(value);
  return {{"json", *body},
          {"method", request.method()},
          {"path", request.path()},
          {"query", std::move(query)},
          {"headers", std::move(headers)}};
}
