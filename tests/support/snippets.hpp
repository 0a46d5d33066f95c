// The blocks of code in a document, for the tests that run them. Pure; any thread.
#pragma once

#include <string>
#include <vector>

namespace stile::test {

/// The blocks of that language (```language), in their order.
std::vector<std::string> blocks(const std::string& document, const std::string& language);

/// `text` with each `what` in it replaced.
std::string replaced(std::string text, const std::string& what, const std::string& with);

}  // namespace stile::test
