// Where a value stands in a request, and what was refused there: all of it is gathered, so that one answer names every
// fault. Values on the stack of a conversion; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <stile/json_fwd.hpp>
#include <stile/problem.hpp>
#include <stile/rules.hpp>

namespace stile {

namespace detail {

/// Nullptr where there is none.
const Rule* find_rule(std::span<const Rule> rules, Rule::Kind kind, std::uint8_t depth = 0);

enum class In : std::uint8_t { path, query, header, cookie, body };
std::string_view to_string(In in);

struct Source {
  In in;
  std::string_view name;  ///< of a parameter; empty for the body, and for the query as a whole
};

/// What was refused so far.
class Faults {
 public:
  bool empty() const { return faults_.empty(); }
  /// Further ones are not worth the time: a body may have thousands.
  bool full() const { return faults_.size() >= most; }
  std::size_t size() const { return faults_.size(); }
  /// `came` is empty where nothing came.
  void add(Source source, std::string pointer, std::string expected, std::string came);
  /// 422 with a member "errors" (RFC 9457, section 3.2); only where there is one.
  Problem problem() const;

 private:
  static constexpr std::size_t most = 32;
  struct Fault {
    Source source;
    std::string pointer;
    std::string expected;
    std::string came;
  };
  std::vector<Fault> faults_;
};

/// Of a value that its author has written, in words for him: "its default breaks its own rules: ...".
std::string own_value_refused(std::string_view what, const Faults& faults);

}  // namespace detail

/// A place in the body or in a parameter, as a chain up to the whole. Knows the rules for what stands there.
class Place {
 public:
  Place(detail::Faults& faults, detail::Source source, std::span<const Rule> rules = {})
      : faults_(&faults), source_(source), rules_(rules) {}

  Place member(std::string_view key, std::span<const Rule> rules) const {
    return {*this, key, 0, rules, 0, is_secret()};
  }
  /// A member of a map, an element: for these stand the rules made with each().
  Place member(std::string_view key) const {
    return {*this, key, 0, rules_, static_cast<std::uint8_t>(depth_ + 1), is_secret()};
  }
  Place element(std::size_t index) const {
    return {*this, {}, index, rules_, static_cast<std::uint8_t>(depth_ + 1), is_secret()};
  }

  /// A JSON Pointer (RFC 6901); empty for the whole body. Cut, with "..." after it, where it is over 1,000 bytes: names of
  /// members may be as long as a body.
  std::string pointer() const;
  /// The rule of this very place; nullptr where there is none.
  const Rule* rule(Rule::Kind kind) const;
  /// Itself, or what it stands in.
  bool is_secret() const { return is_secret_ || rule(Rule::Kind::secret) != nullptr; }
  /// Whether to go on with the neighbours of what was refused.
  bool goes_on() const { return !faults_->full(); }
  std::size_t fault_count() const { return faults_->size(); }

  /// Notes the fault, what came and what was `expected` ("a string"); false, so that `return place.refuse(...)` says it all.
  bool refuse(const Json& came, std::string_view expected) const;
  bool refuse_text(std::string_view came, std::string_view expected) const;
  bool refuse_missing(std::string_view expected = "a value") const;
  /// Where what came is told in words: "2 values".
  bool refuse_as(std::string came, std::string_view expected) const;

 private:
  Place(const Place& parent, std::string_view key, std::size_t index, std::span<const Rule> rules,
        std::uint8_t depth, bool is_secret)
      : faults_(parent.faults_),
        source_(parent.source_),
        rules_(rules),
        parent_(&parent),
        key_(key),
        index_(index),
        depth_(depth),
        is_secret_(is_secret) {}

  detail::Faults* faults_;
  detail::Source source_;
  std::span<const Rule> rules_;
  const Place* parent_ = nullptr;
  std::string_view key_;  // data() is null for an element
  std::size_t index_ = 0;
  std::uint8_t depth_ = 0;
  bool is_secret_ = false;
};

}  // namespace stile
