// What holds for an endpoint of all that it and the folders above it say. Pure; any thread.
#pragma once

#include <cstddef>

#include <boost/describe/class.hpp>
#include <boost/describe/members.hpp>
#include <boost/mp11/list.hpp>
#include <stile/endpoint.hpp>

namespace stile {

BOOST_DESCRIBE_STRUCT(Settings, (),
                      (access, timeout, concurrency, max_body, instances, queue, min_instances, idle_timeout,
                       max_requests, max_memory, slow, cache, vary, environment, secrets, rate, caller_rate,
                       cors))

using SettingsMembers = boost::describe::describe_members<Settings, boost::describe::mod_public>;

/// Each member is the nearest one's that says it: the function's, its folder's, that of the folder above. Access is what all of
/// them ask for: throws std::invalid_argument where it would let in whom a folder above does not, and does not say so.
Settings effective_settings(const Endpoint& endpoint);

/// `nearer`, with what it leaves unset taken from `farther`.
Settings overlay(Settings nearer, const Settings& farther);

}  // namespace stile
