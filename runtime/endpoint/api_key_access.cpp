// Access::api_key(), an object of its own: only functions that ask for keys link what checks them.
#include <chrono>
#include <cstdlib>
#include <utility>

#include "access/key_store.hpp"
#include "endpoint/scheme.hpp"

namespace stile {
namespace {

class ApiKeyScheme : public detail::Scheme {
 public:
  const AccessScheme& description() const override { return description_; }

  detail::Verdict judge(const Request& request) const override {
    using Kind = detail::Verdict::Kind;
    const auto presented = request.header_values(api_key_header);
    if (presented.empty()) return {};
    if (presented.size() > 1)
      return {Kind::refused, {}, "there is more than one API key", "more than one API key was sent"};
    auto found = keys().find(presented.front(), std::chrono::system_clock::now());
    if (auto* refusal = std::get_if<access::Refusal>(&found)) {
      const bool is_ours = refusal->fault == access::Refusal::Fault::server;
      return {is_ours ? Kind::unavailable : Kind::refused, {}, refusal->description, refusal->reason};
    }
    auto& entry = std::get<access::KeyEntry>(found);
    return {Kind::known,
            {.id = std::move(entry.id),
             .name = std::move(entry.name),
             .scopes = std::move(entry.scopes),
             .roles = std::move(entry.roles)}};
  }

 private:
  static const access::KeyStore& keys() {
    static const access::KeyStore store([] {
      const char* file = std::getenv("STILE_KEYS_FILE");  // NOLINT(concurrency-mt-unsafe): nobody sets it
      return std::string(file == nullptr ? "" : file);
    }());
    return store;
  }

  AccessScheme description_{AccessScheme::Kind::api_key};
};

}  // namespace

Access Access::api_key() { return Access(std::make_shared<ApiKeyScheme>()); }

}  // namespace stile
