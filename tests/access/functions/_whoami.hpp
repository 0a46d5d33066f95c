// A caller as JSON.
#pragma once

#include <stile/function.hpp>

inline stile::Json whoami(const stile::Caller& caller) {
  stile::Json told{
      {"id", caller.id}, {"name", caller.name}, {"scopes", caller.scopes}, {"roles", caller.roles}};
  if (caller.claims) told["claims"] = *caller.claims;
  return told;
}
