#include "endpoint/effective_settings.hpp"

#include <boost/mp11/algorithm.hpp>
#include <utility>

#include "endpoint/gate.hpp"

namespace stile {

Settings overlay(Settings nearer, const Settings& farther) {
  boost::mp11::mp_for_each<SettingsMembers>([&](auto member) {
    auto& value = nearer.*member.pointer;
    if (!value.has_value()) value = farther.*member.pointer;
  });
  return nearer;
}

Settings effective_settings(const Endpoint& endpoint) {
  Settings settings = endpoint.settings == nullptr ? Settings{} : *endpoint.settings;
  for (auto folder = endpoint.folders.rbegin(); folder != endpoint.folders.rend(); ++folder) {
    if ((*folder)->settings == nullptr) continue;
    const Settings& farther = *(*folder)->settings;
    if (settings.access && farther.access)
      settings.access =
          detail::Gate::tightened(std::move(*settings.access), *farther.access, (*folder)->file);
    settings = overlay(std::move(settings), farther);
  }
  return settings;
}

}  // namespace stile
