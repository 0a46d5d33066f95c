#include "support/guarded_project.hpp"

#include <chrono>
#include <stdexcept>

namespace stile::test {
namespace {

constexpr auto configuration =
    R"({"jwt": {"algorithms": ["ES256"], "key": "jwt.pem", "issuer": "https://issuer.example", "audience": "notes"}})";

}  // namespace

GuardedProject::GuardedProject(const std::string& functions_build)
    : key_file_(directory_.write("jwt.pem", signer_.public_pem())),
      project_({.arguments = {"--functions-build", functions_build, "--keys-file", keys_file(), "--config",
                              directory_.write("stile.json", configuration)}}) {}

std::string GuardedProject::add_key(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), "add");
  auto key = keys(std::move(arguments)).out;
  key.pop_back();
  return key;
}

void GuardedProject::revoke(const std::string& name) const { keys({"revoke", name}); }

std::string GuardedProject::token(const nlohmann::json& changes) const {
  nlohmann::json claims{{"sub", "ada"},
                        {"iss", "https://issuer.example"},
                        {"aud", "notes"},
                        {"exp", now() + 600},
                        {"scope", "notes:read notes:write"}};
  claims.update(changes);
  return signer_.token({{"alg", "ES256"}, {"typ", "JWT"}}, claims);
}

std::int64_t GuardedProject::now() {
  using namespace std::chrono;
  return duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
}

Outcome GuardedProject::keys(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {STILE_BINARY_DIR "/bin/stile", "keys"});
  arguments.insert(arguments.end(), {"--keys-file", keys_file()});
  auto outcome = run(arguments);
  if (!outcome.exit.clean()) throw std::runtime_error("stile keys failed: " + outcome.err);
  return outcome;
}

}  // namespace stile::test
