// Keeps what its environment says when it is described, so that a test can say what no build would take.
#include <cstdlib>
#include <sstream>

#include <stile/function.hpp>

using namespace stile;

namespace {
Settings of_environment() {
  Settings settings;
  if (const char* cache = std::getenv("KEPT_CACHE")) settings.cache = std::chrono::seconds(std::atol(cache));
  std::istringstream vary(std::getenv("KEPT_VARY") == nullptr ? "" : std::getenv("KEPT_VARY"));
  std::vector<std::string> words;
  for (std::string word; vary >> word;) words.push_back(word);
  if (!words.empty()) settings.vary = Names(words);
  return settings;
}
}  // namespace

Json GET(Header<"X-Tenant"> tenant, Cookie<"theme"> theme) {
  return {{"tenant", *tenant}, {"theme", *theme}};
}

const Settings settings = of_environment();
