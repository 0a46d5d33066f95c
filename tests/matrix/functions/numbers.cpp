#include <stile/function.hpp>

using namespace stile;

namespace {
struct Login {
  std::string name = "nobody";
  std::string pin = "0000";
};
STILE_DESCRIBE(Login, (name, defaulted), (pin, secret, defaulted))
}  // namespace

// Has every number of a process, a variable, a secret, and a parameter that no log shows.
Json GET(QueryOf<Login> login) {
  return {{"name", login->name}, {"knows", login->pin == secret("matrix_pin")}};
}

const Settings settings{.timeout = 700ms,
                        .concurrency = 3,
                        .instances = 2,
                        .queue = 5,
                        .min_instances = 1,
                        .idle_timeout = 1h,
                        .max_requests = 100'000,
                        .max_memory = 1 << 30,
                        .slow = 10s,
                        .environment = {"MATRIX_PLACE"},
                        .secrets = {"matrix_pin"}};
