// Finds the settings and the step that a folder's _settings.cpp exports, checks them, and makes the Folder of them.
// Included once, by the source that the build generates for each such file, after that file: STILE_FUNCTION_FILE,
// STILE_FUNCTION_NAME ("admin/_settings") and STILE_FUNCTION_ENDPOINT (the symbol to define) are set there. Compile
// time alone.
#pragma once

#include <stile/entry_common.hpp>

namespace stile::entry {

namespace {  // a worker has one of these of each folder above its function

STILE_METHOD(around)

}  // namespace
#undef STILE_METHOD
#undef STILE_PARAMETER_CHECKS

static_assert(is_absent<decltype(::GET)>() && is_absent<decltype(::POST)>() && is_absent<decltype(::PUT)>() &&
                  is_absent<decltype(::PATCH)>() && is_absent<decltype(::DELETE)>(),
              STILE_FUNCTION_FILE
              ": a folder answers nothing itself; methods go into a file of their own, index.cpp");
static_assert(!(is_absent<decltype(::around)>() && is_absent<decltype(::settings)>()), STILE_FUNCTION_FILE
              ": says nothing; write const Settings settings{...}, or a step: "
              "Response around(Next<> next) { return next(); }");
static_assert(is_absent<decltype(::around)>() || method_around::steps(0), STILE_FUNCTION_FILE
              ": around takes no Next, so nothing below could ever be asked; write "
              "Response around(Next<> next) { return next(); }");
static_assert(is_absent<decltype(::around)>() || detail::returns_response(method_around::signature(0)),
              STILE_FUNCTION_FILE ": around returns the answer, a Response, its own or that of next()");

}  // namespace stile::entry

extern "C" {
extern const stile::Folder STILE_FUNCTION_ENDPOINT;
constinit const stile::Folder STILE_FUNCTION_ENDPOINT{
    .file = STILE_FUNCTION_FILE,
    .around = stile::entry::method_around::handler(0),
    .documenter = stile::entry::method_around::documenter(0),
    .settings = stile::entry::settings_of(::settings),
};
}
