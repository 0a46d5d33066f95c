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

// In nanoseconds: never the same twice, as nobody sets a clock back to one.
std::string now_as_text() {
  return fmt::format("{:x}", std::chrono::system_clock::now().time_since_epoch().count());
}

// Of both parts: they stand in nginx's configuration.
bool is_hexadecimal(const nlohmann::json& object, const char* name) {
  if (!object.contains(name) || !object.at(name).is_string()) return false;
  const auto& text = object.at(name).get_ref<const std::string&>();
  return !text.empty() && text.size() <= 16 &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

CacheGenerations::CacheGenerations(std::string file) : file_(std::move(file)) {
  std::ifstream in(file_, std::ios::binary);
  const auto read =
      nlohmann::json::parse(std::string(std::istreambuf_iterator<char>(in), {}), nullptr, false);
  if (!read.is_object()) return;
  for (const auto& [name, one] : read.items()) {
    if (one.is_object() && is_hexadecimal(one, "build") && is_hexadecimal(one, "since"))
      generations_[name] = {one.at("build"), one.at("since")};
  }
}

void CacheGenerations::stamp(Deployment& deployment) {
  Generations next;
  bool is_changed = false;
  for (auto& function : deployment.functions) {
    if (function.limits.cache.count() == 0) continue;
    const auto build = function.generation.empty() ? identity_of(function.executable) : function.generation;
    const auto known = generations_.find(function.manifest.name);
    const bool is_known = known != generations_.end() && known->second.build == build;
    // At each of its routes it is the same one.
    const auto [own, is_first] =
        next.emplace(function.manifest.name, is_known ? known->second : Generation{build, now_as_text()});
    is_changed = is_changed || !is_known;
    function.generation = own->second.build + "-" + own->second.since;
  }
  if (!is_changed && next.size() == generations_.size()) return;
  write(next);
  generations_ = std::move(next);
}

void CacheGenerations::end(const std::vector<std::string>& names) {
  auto next = generations_;
  for (const auto& name : names) {
    if (const auto found = next.find(name); found != next.end()) found->second.since = now_as_text();
  }
  write(next);
  generations_ = std::move(next);
}

void CacheGenerations::write(const Generations& generations) const {
  auto object = nlohmann::json::object();
  for (const auto& [name, one] : generations) object[name] = {{"build", one.build}, {"since", one.since}};
  write_file(file_, object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

}  // namespace stile::supervisor
