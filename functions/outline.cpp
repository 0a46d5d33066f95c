#include <stile/function.hpp>

using namespace stile;

struct Section {
  std::string title;
  std::vector<Section> sections;
};
STILE_DESCRIBE(Section, (title, length(1, 200)), (sections, defaulted))

namespace {
void number(const std::vector<Section>& sections, const std::string& before,
            std::vector<std::string>& lines) {
  for (std::size_t i = 0; i < sections.size(); ++i) {
    const auto own = before + std::to_string(i + 1);
    lines.push_back(own + " " + sections[i].title);
    number(sections[i].sections, own + ".", lines);
  }
}
}  // namespace

// The table of contents of a document: its sections, numbered to any depth.
std::vector<std::string> POST(Body<std::vector<Section>> sections) {
  std::vector<std::string> lines;
  number(*sections, "", lines);
  return lines;
}
