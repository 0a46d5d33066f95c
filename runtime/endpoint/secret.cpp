#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>

#include "endpoint/secret_values.hpp"
#include "manifest/manifest.hpp"
#include "posix/secret_file.hpp"
#include "stile/context.hpp"
#include "stile/rules.hpp"

namespace stile {
namespace {

constexpr std::size_t longest_secret = 65'536;
constexpr std::size_t shortest_masked = 6;
constexpr std::size_t shortest_masked_line = 16;

struct KnownSecrets {
  std::mutex mutex;
  std::optional<std::vector<std::string>> declared;
  std::set<std::string, std::greater<>> values;  // of two that begin alike, the longer one is masked first
};

// Never destroyed: lines are logged until the very end of the process.
KnownSecrets& known_secrets() {
  static auto* const known = new KnownSecrets;
  return *known;
}

std::atomic<bool> some_are_known{false};

void remember(const std::string& value) {
  KnownSecrets& known = known_secrets();
  const std::lock_guard lock(known.mutex);
  if (value.size() >= shortest_masked) known.values.insert(value);
  std::string_view rest = value;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    if (line.size() >= shortest_masked_line) known.values.emplace(line);
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
  some_are_known.store(true, std::memory_order_release);
}

[[noreturn]] void refuse_secret(std::string_view name, const std::string& reason) {
  throw Unavailable(fmt::format("the secret \"{}\": {}", name, reason));
}

std::string secrets_folder() {
  const char* folder = std::getenv("STILE_SECRETS_DIR");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  return folder == nullptr || *folder == '\0' ? "/run/secrets" : folder;
}

void check_declared(std::string_view name) {
  KnownSecrets& known = known_secrets();
  const std::lock_guard lock(known.mutex);
  if (!is_secret_name(name) || (known.declared && std::find(known.declared->begin(), known.declared->end(),
                                                            name) == known.declared->end())) {
    throw std::logic_error(fmt::format(
        "the secret \"{0}\" is not declared: const Settings settings{{.secrets = {{\"{0}\"}}}};", name));
  }
}

}  // namespace

std::string Secret::operator()(std::string_view declared_name) const {
  check_declared(declared_name);
  const auto path = fmt::format("{}/{}", secrets_folder(), declared_name);
  std::optional<std::string> value;
  try {
    value = posix::read_secret_file(path, longest_secret);
  } catch (const std::runtime_error& error) {
    refuse_secret(declared_name, error.what());
  }
  const auto variable = variable_of_secret(declared_name);
  if (!value) {
    const char* from_environment =
        std::getenv(variable.c_str());  // NOLINT(concurrency-mt-unsafe): nobody sets it
    if (from_environment == nullptr)
      refuse_secret(declared_name,
                    fmt::format("there is neither the file {} nor the variable {}", path, variable));
    value = from_environment;
  }
  if (value->empty()) refuse_secret(declared_name, "it is empty");
  if (value->size() > longest_secret) refuse_secret(declared_name, "it is longer than 64 KiB");
  remember(*value);
  return *std::move(value);
}

void declare_secrets(std::vector<std::string> names) {
  KnownSecrets& known = known_secrets();
  const std::lock_guard lock(known.mutex);
  known.declared = std::move(names);
}

bool has_secrets() { return some_are_known.load(std::memory_order_acquire); }

std::string without_secrets(std::string_view text) {
  std::string result(text);
  if (!has_secrets()) return result;
  KnownSecrets& known = known_secrets();
  const std::lock_guard lock(known.mutex);
  constexpr std::string_view mask = "***";
  for (const auto& value : known.values) {
    for (auto at = result.find(value); at != std::string::npos; at = result.find(value, at + mask.size()))
      result.replace(at, value.size(), mask);
  }
  return result;
}

}  // namespace stile
