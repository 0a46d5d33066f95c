// Any bytes in, any bytes out.
#include <stile/function.hpp>

using namespace stile;

Response POST(const Request& request) { return Response::bytes(request.body(), "application/octet-stream"); }

Response GET(Query<"size", std::size_t> size) {
  std::string bytes(*size, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7 + i / 251);
  return Response::bytes(std::move(bytes), "application/octet-stream");
}

Response PUT(Query<"size", std::size_t> size) {
  return Response().header("X-Large", std::string(*size, 'x'));
}

const Settings settings{.max_body = 1'000'000};
