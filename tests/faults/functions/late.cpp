// Takes longer to come up than it may stay without a request.
#include <unistd.h>
#include <chrono>
#include <stile/function.hpp>
#include <thread>

using namespace stile;

struct Slowly {
  Slowly() { std::this_thread::sleep_for(std::chrono::milliseconds(50)); }
};

Json GET(Shared<Slowly>) { return {{"pid", ::getpid()}}; }

const Settings settings{.idle_timeout = 1ms};
