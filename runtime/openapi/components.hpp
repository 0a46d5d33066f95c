// Named schemas of many functions under one roof: the same struct once, different ones of one name apart. Pure; one thread.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace stile {

class Components {
 public:
  using Json = nlohmann::ordered_json;

  /// `fragments` are borrowed by key: a function's id, and its fragment with "operations" and "schemas". Names in `reserved`
  /// are taken. Rewrites every reference in them.
  Components(std::map<std::string, Json>& fragments, const std::vector<std::string>& reserved);

  /// By name, sorted.
  Json schemas() const;

 private:
  std::map<std::string, Json> schemas_;
};

}  // namespace stile
