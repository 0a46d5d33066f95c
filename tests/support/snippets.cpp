#include "support/snippets.hpp"

namespace stile::test {

std::vector<std::string> blocks(const std::string& document, const std::string& language) {
  std::vector<std::string> found;
  const std::string fence = "```" + language + "\n";
  for (auto begin = document.find(fence); begin != std::string::npos; begin = document.find(fence, begin)) {
    begin += fence.size();
    found.push_back(document.substr(begin, document.find("```", begin) - begin));
  }
  return found;
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

}  // namespace stile::test
