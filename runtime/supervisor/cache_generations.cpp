#include "supervisor/cache_generations.hpp"

#include <fmt/core.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "supervisor/revision.hpp"
#include "supervisor/run_directory.hpp"

namespace stile::supervisor {
namespace {

// Never the same twice: to the nanosecond, and the clock is not set back by the hand of who clears a cache.
std::string now_as_text() {
  return fmt::format("{:x}", std::chrono::system_clock::now().time_since_epoch().count());
}

bool is_generation(const std::string& text) {
  return !text.empty() && text.size() <= 16 &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

void write(const std::string& file, const std::map<std::string, std::string>& ended) {
  write_file(file,
             nlohmann::json(ended).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

}  // namespace

CacheGenerations::CacheGenerations(std::string file) : file_(std::move(file)) {
  std::ifstream in(file_, std::ios::binary);
  if (!in) return;
  const auto read =
      nlohmann::json::parse(std::string(std::istreambuf_iterator<char>(in), {}), nullptr, false);
  bool is_sound = read.is_object();
  if (is_sound) {
    for (const auto& [name, value] : read.items()) {
      is_sound = is_sound && value.is_string() && is_generation(value.get_ref<const std::string&>());
      if (is_sound) ended_[name] = value.get<std::string>();
    }
  }
  if (is_sound) return;
  ended_ = {{"", now_as_text()}};
  write(file_, ended_);
}

void CacheGenerations::end(const std::vector<std::string>& names) {
  auto next = ended_;
  for (const auto& name : names) next[name] = now_as_text();
  write(file_, next);
  ended_ = std::move(next);
}

void CacheGenerations::stamp(Deployment& deployment) const {
  for (auto& function : deployment.functions) {
    if (function.limits.cache.count() == 0) continue;
    if (function.generation.empty()) function.generation = identity_of(function.executable);
    for (const auto& name : {std::string(), function.manifest.name}) {
      if (const auto found = ended_.find(name); found != ended_.end())
        function.generation += "-" + found->second;
    }
  }
}

}  // namespace stile::supervisor
