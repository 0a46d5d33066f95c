// What of a process must stand in no line that it logs: the secrets that it has asked for. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stile {

/// The secrets that this process may ask for; before this is called, which a worker does first, any.
void declare_secrets(std::vector<std::string> names);

/// Whether there are any to look for.
bool has_secrets();

/// The text with "***" in the place of each secret, and of each long line of one (of a PEM key, say). Shorter ones than 6
/// bytes are left: they would stand in much that means something else.
std::string without_secrets(std::string_view text);

}  // namespace stile
