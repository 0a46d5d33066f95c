// UUIDs (RFC 9562) and their text. Any thread.
#pragma once

#include <boost/uuid/uuid.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace stile {

using Uuid = boost::uuids::uuid;

/// Section 4, strictly: "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", its letters in any case, of any version. Nothing
/// where `text` is anything else: braces, "urn:uuid:", no hyphens.
std::optional<Uuid> read_uuid(std::string_view text);

/// With hyphens, in lower case.
std::string print_uuid(const Uuid& uuid);

/// A new one of version 4: 122 bits that nobody can guess, from the kernel. Throws std::system_error where it has
/// none.
Uuid new_uuid();

}  // namespace stile
