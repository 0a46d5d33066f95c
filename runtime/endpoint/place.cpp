#include "stile/place.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "endpoint/quote.hpp"
#include "stile/json.hpp"

namespace stile {
namespace {

// A value as a refusal shows it: scalars as they are, the others by their kind.
std::string shown(const Json& value) {
  switch (value.type()) {
    case Json::value_t::object:
      return "an object";
    case Json::value_t::array:
      return "an array";
    case Json::value_t::string:
      return quote(value.get_ref<const std::string&>());
    default:
      return print_json(value);
  }
}

std::string escape_pointer(std::string_view key) {
  std::string escaped;
  for (const char c : key) {
    if (c == '~') {
      escaped += "~0";
    } else if (c == '/') {
      escaped += "~1";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

constexpr std::string_view masked = "***";
constexpr std::size_t longest_pointer = 1000;

// query parameter "limit", the body at "/tags/3", the body
std::string place_in_words(detail::Source source, const std::string& pointer) {
  if (source.name.empty() && source.in != detail::In::body) return "the query";
  if (source.in == detail::In::body) return pointer.empty() ? "the body" : "the body at " + quote(pointer);
  const bool is_parameter = source.in == detail::In::query || source.in == detail::In::path;
  return fmt::format("{}{} {}{}", detail::to_string(source.in), is_parameter ? " parameter" : "",
                     quote(source.name), pointer.empty() ? "" : " at " + quote(pointer));
}

}  // namespace

namespace detail {

const Rule* find_rule(std::span<const Rule> rules, Rule::Kind kind, std::uint8_t depth) {
  const auto found = std::find_if(rules.begin(), rules.end(),
                                  [&](const Rule& rule) { return rule.kind == kind && rule.depth == depth; });
  return found == rules.end() ? nullptr : &*found;
}

std::string_view to_string(In in) {
  constexpr std::array<std::string_view, 5> names{"path", "query", "header", "cookie", "body"};
  return names.at(static_cast<std::size_t>(in));
}

void Faults::add(Source source, std::string pointer, std::string expected, std::string came) {
  if (full()) return;
  faults_.push_back({source, std::move(pointer), std::move(expected), std::move(came)});
}

Problem Faults::problem() const {
  Json errors = Json::array();
  for (const auto& fault : faults_) {
    Json error{{"in", to_string(fault.source.in)}, {"expected", fault.expected}};
    if (!fault.source.name.empty()) error["name"] = fault.source.name;
    if (fault.source.in == In::body || !fault.pointer.empty()) error["pointer"] = fault.pointer;
    if (!fault.came.empty()) error["came"] = fault.came;
    errors.push_back(std::move(error));
  }
  const auto& first = faults_.front();
  std::string detail = place_in_words(first.source, first.pointer);
  if (first.came.empty()) {
    detail += " is missing";
  } else {
    detail += fmt::format(" is {}; expected {}", first.came, first.expected);
  }
  if (faults_.size() > 1) detail += fmt::format(" (and {} more)", faults_.size() - 1);
  return Problem(422, std::move(detail)).with("errors", std::move(errors));
}

std::string own_value_refused(std::string_view what, const Faults& faults) {
  const Json members = faults.problem().members();
  const Json& first = members.at("errors").at(0);
  const auto pointer = first.value("pointer", "");
  return fmt::format("its {} breaks its own rules: expected {}{}{}", what,
                     first.at("expected").get_ref<const std::string&>(), pointer.empty() ? "" : " at ",
                     pointer);
}

}  // namespace detail

std::string Place::pointer() const {
  if (parent_ == nullptr) return {};
  std::string pointer = parent_->pointer();
  if (pointer.size() > longest_pointer) return pointer;  // cut already
  pointer += '/';
  pointer += key_.data() == nullptr ? std::to_string(index_) : escape_pointer(key_);
  if (pointer.size() > longest_pointer) pointer = std::string(cut(pointer, longest_pointer)) + "...";
  return pointer;
}

const Rule* Place::rule(Rule::Kind kind) const { return detail::find_rule(rules_, kind, depth_); }

bool Place::refuse(const Json& came, std::string_view expected) const {
  return goes_on() && refuse_as(is_secret() ? std::string(masked) : shown(came), expected);
}

bool Place::refuse_text(std::string_view came, std::string_view expected) const {
  return goes_on() && refuse_as(is_secret() ? std::string(masked) : quote(came), expected);
}

bool Place::refuse_as(std::string came, std::string_view expected) const {
  faults_->add(source_, pointer(), std::string(expected), std::move(came));
  return false;
}

bool Place::refuse_missing(std::string_view expected) const {
  faults_->add(source_, pointer(), std::string(expected), {});
  return false;
}

}  // namespace stile
