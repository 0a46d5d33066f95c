#include "stile/access.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "endpoint/gate.hpp"
#include "endpoint/scheme.hpp"

namespace stile {
namespace {

bool holds(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// A check of the project's own.
class OwnScheme : public detail::Scheme {
 public:
  OwnScheme(AccessScheme::Kind kind, std::string name, Access::Check check)
      : description_{kind, std::move(name)}, check_(check) {}

  const AccessScheme& description() const override { return description_; }
  bool is_same(const detail::Scheme& other) const override {
    const auto* own = dynamic_cast<const OwnScheme*>(&other);
    return own != nullptr && own->description_ == description_ && own->check_ == check_;
  }
  detail::Verdict judge(const Request& request) const override {
    using Kind = detail::Verdict::Kind;
    if (!is_brought(request)) return {};
    auto caller = check_(request);
    if (caller && caller->id.empty())
      throw std::logic_error("a check of access has found a Caller without an id");
    if (caller) return {Kind::known, std::move(*caller)};
    return {Kind::refused, {}, "what was sent proves nobody", "the function's own check has said no"};
  }

 private:
  bool is_brought(const Request& request) const {
    if (description_.kind == AccessScheme::Kind::header) return request.header(description_.name).has_value();
    const auto& cookies = request.cookies();
    return std::any_of(cookies.begin(), cookies.end(),
                       [&](const NamedValue& cookie) { return cookie.name == description_.name; });
  }

  AccessScheme description_;
  Access::Check check_;
};

}  // namespace

detail::Scheme::~Scheme() = default;

bool Caller::has_scope(std::string_view scope) const { return holds(scopes, scope); }
bool Caller::has_role(std::string_view role) const { return holds(roles, role); }

Access::Access(std::shared_ptr<const detail::Scheme> scheme) { schemes_.push_back(std::move(scheme)); }

Access Access::everyone() { return {}; }

Access Access::header(std::string name, Check check) {
  return Access(std::make_shared<OwnScheme>(AccessScheme::Kind::header, std::move(name), check));
}

Access Access::cookie(std::string name, Check check) {
  return Access(std::make_shared<OwnScheme>(AccessScheme::Kind::cookie, std::move(name), check));
}

Access Access::with(const Access& other) && {
  const bool has_everyone = schemes_.empty() || other.schemes_.empty();
  schemes_.insert(schemes_.end(), other.schemes_.begin(), other.schemes_.end());
  if (has_everyone) schemes_.clear();
  scopes_.insert(scopes_.end(), other.scopes_.begin(), other.scopes_.end());
  roles_.insert(roles_.end(), other.roles_.begin(), other.roles_.end());
  is_despite_folder_ = is_despite_folder_ || other.is_despite_folder_;
  return std::move(*this);
}

Access Access::scope(std::string name) && {
  scopes_.push_back(std::move(name));
  return std::move(*this);
}

Access Access::role(std::string name) && { return std::move(*this).role({std::move(name)}); }

Access Access::role(std::initializer_list<std::string> one_of) && {
  roles_.emplace_back(one_of);
  return std::move(*this);
}

Access Access::despite_folder() && {
  is_despite_folder_ = true;
  return std::move(*this);
}

std::string Access::in_words() const { return detail::Gate::policy_of(*this).in_words(); }

}  // namespace stile
