// Two documents, a NUL between them; without one, a document that is to differ from itself in nothing.
#include <nlohmann/json.hpp>

#include "fuzz/fuzzer.hpp"
#include "manifest/text.hpp"
#include "openapi/diff.hpp"

using namespace stile;
using nlohmann::json;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = test::as_text(data, size);
  const auto middle = text.find('\0');
  const json before = json::parse(text.substr(0, middle), nullptr, false);
  if (before.is_discarded()) return 0;
  for (const auto& change : openapi::breaking_changes(before, before)) {
    const bool left_off = change.what.find("compared") != std::string::npos;
    test::require(left_off, "a document does not differ from itself");
  }
  if (middle == std::string_view::npos) return 0;
  const json after = json::parse(text.substr(middle + 1), nullptr, false);
  if (after.is_discarded()) return 0;
  for (const auto& change : openapi::breaking_changes(before, after)) {
    const auto line = change.text();
    test::require(!change.what.empty() && line.find('\n') == std::string::npos, "each change is a line");
    test::require(invalid_utf8_at(line) == std::string::npos, "in UTF-8");
  }
  return 0;
}
