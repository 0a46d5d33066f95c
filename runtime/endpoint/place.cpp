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

// query parameter "limit", the body at "/tags/3", the body
std::string place_in_words(detail::Source source, const std::string& pointer) {
  if (source.in == detail::In::body) return pointer.empty() ? "the body" : "the body at " + quote(pointer);
  const bool is_parameter = source.in == detail::In::query || source.in == detail::In::path;
  return fmt::format("{}{} {}{}", detail::to_string(source.in), is_parameter ? " parameter" : "",
                     quote(source.name), pointer.empty() ? "" : " at " + quote(pointer));
}

}  // namespace

namespace detail {

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
    if (fault.source.in != In::body) error["name"] = fault.source.name;
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

}  // namespace detail

std::string Place::pointer() const {
  if (parent_ == nullptr) return {};
  const std::string own = key_.data() == nullptr ? std::to_string(index_) : escape_pointer(key_);
  return parent_->pointer() + "/" + own;
}

const Rule* Place::rule(Rule::Kind kind) const { return rule_at(kind, depth_); }

const Rule* Place::rule_at(Rule::Kind kind, std::uint8_t depth) const {
  const auto found = std::find_if(rules_.begin(), rules_.end(),
                                  [&](const Rule& rule) { return rule.kind == kind && rule.depth == depth; });
  return found == rules_.end() ? nullptr : &*found;
}

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
