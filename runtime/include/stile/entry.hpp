// Finds the methods and the settings that a function file exports, checks them, and makes the file's Endpoint
// of them. Included once, by the source that the build generates for each file, after that file:
// STILE_FUNCTION_FILE, STILE_FUNCTION_NAME, STILE_FUNCTION_ENDPOINT (the name of the symbol to define) and
// STILE_FUNCTION_FOLDERS (the symbols of the folders above it, from the outermost on) are set there. Compile time alone.
#pragma once

#include <stile/entry_common.hpp>

namespace stile::entry {

// A method that is [[deprecated]] is so for clients: it is served as ever.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

STILE_METHOD(GET)
STILE_METHOD(POST)
STILE_METHOD(PUT)
STILE_METHOD(PATCH)
STILE_METHOD(DELETE)
#undef STILE_METHOD
#pragma GCC diagnostic pop
#undef STILE_PARAMETER_CHECKS

template <class... Method>
constexpr bool any_present() {
  return ((!Method::template plain<int> || decltype(Method::signature(0))::present) || ...);
}
static_assert(any_present<method_GET, method_POST, method_PUT, method_PATCH, method_DELETE>(),
              STILE_FUNCTION_FILE
              ": has no method; write at least one of GET, POST, PUT, PATCH and DELETE as a plain "
              "function outside of any namespace");

static_assert(is_absent<decltype(::around)>(), STILE_FUNCTION_FILE
              ": around is a step around a folder, and goes into the folder's _settings.cpp. (Where it is "
              "a helper of your own, put it into a namespace.)");
static_assert(
    (!method_GET::steps(0) && !method_POST::steps(0) && !method_PUT::steps(0) && !method_PATCH::steps(0) &&
     !method_DELETE::steps(0)),
    STILE_FUNCTION_FILE
    ": Next is what a step around a folder asks, in the folder's _settings.cpp; here nothing is next");

}  // namespace stile::entry

extern "C" {
extern const stile::Endpoint STILE_FUNCTION_ENDPOINT;
constinit const stile::Endpoint STILE_FUNCTION_ENDPOINT{
    .file = STILE_FUNCTION_FILE,
    .name = STILE_FUNCTION_NAME,
    .handlers = {stile::entry::method_GET::handler(0), stile::entry::method_POST::handler(0),
                 stile::entry::method_PUT::handler(0), stile::entry::method_PATCH::handler(0),
                 stile::entry::method_DELETE::handler(0)},
    .documenters = {stile::entry::method_GET::documenter(0), stile::entry::method_POST::documenter(0),
                    stile::entry::method_PUT::documenter(0), stile::entry::method_PATCH::documenter(0),
                    stile::entry::method_DELETE::documenter(0)},
    .settings = stile::entry::settings_of(::settings),
    .folders = stile::detail::folders<STILE_FUNCTION_FOLDERS>,
};
}
