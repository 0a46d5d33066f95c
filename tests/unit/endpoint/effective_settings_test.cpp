#include "endpoint/effective_settings.hpp"

#include <catch2/catch.hpp>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

using namespace stile;

// Converts to every member, so that it can be tried how many of them an aggregate takes. Never called, and so never defined:
// which clang lets pass for what has a name outside of this file.
namespace stile::test {
struct Anything {
  template <class T>
  operator T() const;  // NOLINT(google-explicit-constructor)
};
}  // namespace stile::test

namespace {

using stile::test::Anything;

template <class T, std::size_t... I>
constexpr bool takes(std::index_sequence<I...> /*members*/) {
  return requires { T{(static_cast<void>(I), Anything{})...}; };
}

}  // namespace

TEST_CASE("of two settings the nearer one's members hold where they are set") {
  const auto both = overlay({.timeout = 5s, .queue = 0, .secrets = Names::none()},
                            {.timeout = 9s, .instances = 2, .environment = {"A"}, .secrets = {"b"}});
  CHECK(both.timeout == 5s);
  CHECK(both.queue == 0U);
  CHECK(both.instances == 2U);
  CHECK_FALSE(both.concurrency.has_value());
  CHECK(both.environment.list() == std::vector<std::string>{"A"});
  CHECK(both.secrets.list().empty());
}

TEST_CASE("no member of the settings is forgotten where folders' are put together") {
  constexpr auto described = boost::mp11::mp_size<SettingsMembers>::value;
  CHECK(takes<Settings>(std::make_index_sequence<described>{}));
  CHECK_FALSE(takes<Settings>(std::make_index_sequence<described + 1>{}));
}
