// What a client sent, shown back to it in a problem's detail: short, and printable whatever it was. Pure; any
// thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace stile {

/// The first bytes of `text`, `most` at most, that don't end within a character.
std::string_view cut(std::string_view text, std::size_t most);

/// `text` in double quotes: at most its first 64 bytes (cut at a character, with "..." after it), control
/// characters and what is not UTF-8 as \xNN.
std::string quote(std::string_view text);

}  // namespace stile
