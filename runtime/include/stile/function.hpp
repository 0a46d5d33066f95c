// The one header that a function includes. In the file: plain functions named GET, POST, PUT, PATCH or
// DELETE, and perhaps `const stile::Settings settings{...}`. docs/writing-functions.md says the rest.
#pragma once

#include <stile/bytes.hpp>
#include <stile/conditional.hpp>
#include <stile/described.hpp>
#include <stile/endpoints.hpp>
#include <stile/folder.hpp>
#include <stile/json.hpp>
#include <stile/paging.hpp>
#include <stile/parameters.hpp>
#include <stile/problem.hpp>
#include <stile/request.hpp>
#include <stile/response.hpp>
#include <stile/results.hpp>
#include <stile/settings.hpp>
#include <stile/state.hpp>
#include <stile/text_type.hpp>
