#include "manifest/strict_json.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace stile {
namespace {

using Json = nlohmann::json;

constexpr int most_levels = 16;

std::string place_of(std::string_view text, std::size_t byte) {
  const auto before = text.substr(0, std::min(byte, text.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto newline = before.rfind('\n');
  return fmt::format("line {}, column {}", line,
                     before.size() - (newline == std::string_view::npos ? 0 : newline + 1));
}

// Sees the names as they are read; afterwards the second of two would have replaced the first.
class Names {
 public:
  bool operator()(int depth, Json::parse_event_t event, const Json& value) {
    if (depth >= most_levels) throw std::invalid_argument(fmt::format("more than {} levels", most_levels));
    if (event == Json::parse_event_t::object_start) objects_.emplace_back();
    if (event == Json::parse_event_t::object_end) objects_.pop_back();
    if (event == Json::parse_event_t::key && !objects_.back().insert(value.get<std::string>()).second) {
      throw std::invalid_argument(fmt::format("\"{}\" stands twice in one object", value.get<std::string>()));
    }
    return true;
  }

 private:
  std::vector<std::set<std::string>> objects_;
};

}  // namespace

Json parse_strict(std::string_view text) {
  // nlohmann takes a NUL for the end.
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    throw std::invalid_argument(place_of(text, nul + 1) + ": a NUL byte");
  }
  Names names;
  try {
    return Json::parse(text.begin(), text.end(), [&](int depth, Json::parse_event_t event, Json& value) {
      return names(depth, event, value);
    });
  } catch (const Json::parse_error& error) {
    throw std::invalid_argument(place_of(text, error.byte) + ": this is not JSON");
  } catch (const Json::exception&) {
    throw std::invalid_argument("a number is too large");
  }
}

}  // namespace stile
