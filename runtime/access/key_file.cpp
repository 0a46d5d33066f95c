#include "access/key_file.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <stdexcept>

#include "manifest/strict_json.hpp"
#include "manifest/text.hpp"

namespace stile::access {
namespace {

using Json = nlohmann::json;

constexpr std::string_view key_prefix = "stile_";
constexpr std::string_view hash_prefix = "sha256:";
constexpr std::size_t id_digits = 12;
constexpr std::size_t secret_digits = 64;
constexpr std::size_t longest_name = 64;
constexpr std::size_t longest_scope = 128;
constexpr std::int64_t latest_second = 253'402'300'799;  // of the year 9999

bool is_hex(std::string_view text) {
  const auto is_hex_digit = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); };
  return std::all_of(text.begin(), text.end(), is_hex_digit);
}

bool is_id(std::string_view text) { return text.size() == id_digits && is_hex(text); }

template <class Bytes>
std::string to_hex(const Bytes& bytes) {
  std::string text;
  for (const auto byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned>(byte));
  return text;
}

unsigned char value_of_digit(char digit) {
  return static_cast<unsigned char>(is_digit(digit) ? digit - '0' : digit - 'a' + 10);
}

std::optional<KeyHash> parse_hash(std::string_view text) {
  KeyHash hash{};
  if (text.size() != hash_prefix.size() + 2 * hash.size() || !text.starts_with(hash_prefix))
    return std::nullopt;
  text.remove_prefix(hash_prefix.size());
  if (!is_hex(text)) return std::nullopt;
  for (std::size_t i = 0; i < hash.size(); ++i)
    hash[i] = static_cast<unsigned char>(value_of_digit(text[2 * i]) << 4U | value_of_digit(text[2 * i + 1]));
  return hash;
}

// One object of the list, whose members are taken out of it one by one.
class Members {
 public:
  Members(const Json& object, std::string place) : object_(object), place_(std::move(place)) {
    if (!object.is_object()) throw std::invalid_argument(place_ + ": must be an object");
  }

  std::string text(const char* name, bool (*is_one)(std::string_view), const char* what) {
    const auto& value = required(name);
    if (!value.is_string() || !is_one(value.get_ref<const std::string&>())) refuse(name, what);
    return value.get<std::string>();
  }

  KeyHash hash(const char* name) {
    const auto& value = required(name);
    const auto parsed = value.is_string() ? parse_hash(value.get_ref<const std::string&>()) : std::nullopt;
    if (!parsed) refuse(name, "must be \"sha256:\" and 64 hex digits");
    return *parsed;
  }

  std::vector<std::string> scopes(const char* name) {
    const auto* const value = optional(name);
    if (value == nullptr) return {};
    std::vector<std::string> found;
    if (!value->is_array()) refuse(name, "must be an array");
    for (const auto& element : *value) {
      if (!element.is_string() || !is_scope(element.get_ref<const std::string&>()))
        refuse(name, "must hold words without blanks, quotes and backslashes");
      found.push_back(element.get<std::string>());
    }
    return found;
  }

  std::optional<std::chrono::sys_seconds> time(const char* name) {
    const auto* const value = optional(name);
    if (value == nullptr) return std::nullopt;
    const bool is_time = value->is_number_integer() && *value >= 0 && *value <= latest_second;
    if (!is_time) refuse(name, "must be seconds since 1970");
    return std::chrono::sys_seconds(std::chrono::seconds(value->get<std::int64_t>()));
  }

  void refuse_unknown() const {
    for (const auto& [name, value] : object_.items()) {
      if (seen_.count(name) == 0) refuse(name.c_str(), "is unknown");
    }
  }

  [[noreturn]] void refuse(const char* name, const char* what) const {
    throw std::invalid_argument(fmt::format("{}/{}: {}", place_, name, what));
  }

 private:
  const Json* optional(const char* name) {
    seen_.insert(name);
    const auto found = object_.find(name);
    return found == object_.end() ? nullptr : &*found;
  }

  const Json& required(const char* name) {
    const auto* const value = optional(name);
    if (value == nullptr) refuse(name, "is missing");
    return *value;
  }

  const Json& object_;
  std::string place_;
  std::set<std::string, std::less<>> seen_;
};

KeyEntry read_entry(const Json& object, const std::string& place) {
  Members members(object, place);
  KeyEntry entry;
  entry.id = members.text("id", is_id, "must be 12 hex digits");
  entry.name = members.text("name", is_key_name, "is no name of a key");
  entry.hash = members.hash("hash");
  entry.scopes = members.scopes("scopes");
  entry.roles = members.scopes("roles");
  const auto created = members.time("created");
  if (!created) members.refuse("created", "is missing");
  entry.created = *created;
  entry.expires = members.time("expires");
  members.refuse_unknown();
  return entry;
}

}  // namespace

std::vector<KeyEntry> parse_keys(std::string_view text) {
  const Json file = parse_strict(text);
  if (!file.is_object() || file.size() != 1 || !file.contains("keys") || !file.at("keys").is_array())
    throw std::invalid_argument(R"(must be {"keys": [...]}, as `stile keys add` makes it)");
  std::vector<KeyEntry> entries;
  std::set<std::string> ids;
  std::set<std::string> names;
  for (const auto& object : file.at("keys")) {
    const auto place = fmt::format("/keys/{}", entries.size());
    entries.push_back(read_entry(object, place));
    if (!ids.insert(entries.back().id).second) throw std::invalid_argument(place + "/id: stands there twice");
    if (!names.insert(entries.back().name).second)
      throw std::invalid_argument(place + "/name: stands there twice");
  }
  return entries;
}

std::string print_keys(const std::vector<KeyEntry>& entries) {
  Json keys = Json::array();
  for (const auto& entry : entries) {
    Json object{{"id", entry.id},
                {"name", entry.name},
                {"hash", std::string(hash_prefix) + to_hex(entry.hash)},
                {"scopes", entry.scopes},
                {"roles", entry.roles},
                {"created", entry.created.time_since_epoch().count()}};
    if (entry.expires) object["expires"] = entry.expires->time_since_epoch().count();
    keys.push_back(std::move(object));
  }
  return Json{{"keys", std::move(keys)}}.dump(1) + "\n";
}

std::optional<std::string_view> id_of_key(std::string_view key) {
  constexpr auto secret_at = key_prefix.size() + id_digits + 1;
  if (key.size() != secret_at + secret_digits || !key.starts_with(key_prefix) || key[secret_at - 1] != '_')
    return std::nullopt;
  const auto id = key.substr(key_prefix.size(), id_digits);
  if (!is_hex(id) || !is_hex(key.substr(secret_at))) return std::nullopt;
  return id;
}

std::string make_key(const std::array<std::byte, 6>& id, const std::array<std::byte, 32>& secret) {
  return fmt::format("{}{}_{}", key_prefix, to_hex(id), to_hex(secret));
}

bool is_key_name(std::string_view text) {
  const auto is_plain = [](char c) { return is_letter(c) || is_digit(c); };
  const auto may_stand = [&](char c) {
    return is_plain(c) || std::string_view("._-@+:").find(c) != std::string_view::npos;
  };
  return !text.empty() && text.size() <= longest_name && is_plain(text.front()) &&
         std::all_of(text.begin(), text.end(), may_stand) && !is_id(text);
}

bool is_scope(std::string_view text) {
  const auto may_stand = [](char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '\\'; };
  return !text.empty() && text.size() <= longest_scope && std::all_of(text.begin(), text.end(), may_stand);
}

}  // namespace stile::access
