// Says how long it may run; POST runs until whoever asked has gone.
#include <chrono>
#include <stile/function.hpp>
#include <thread>

using namespace stile;

Json GET(const Request& request) {
  if (request.deadline() == std::chrono::steady_clock::time_point::max()) return "as long as it likes";
  const auto left = request.deadline() - std::chrono::steady_clock::now();
  return std::chrono::ceil<std::chrono::milliseconds>(left).count();
}

void POST(const Request& request) {
  while (!request.client_gone()) std::this_thread::sleep_for(1ms);
  request.log().info("the client has gone");
}
