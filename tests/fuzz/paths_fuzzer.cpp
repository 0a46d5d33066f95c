// Whatever path a client sends: what a function gets of it are values that can't lead elsewhere.
#include <array>
#include <string>

#include "fuzz/fuzzer.hpp"
#include "manifest/percent.hpp"
#include "manifest/route.hpp"

using namespace stile;

namespace {

void check_segment(std::string_view segment) {
  test::require(!segment.empty() && segment != "." && segment != "..", "a segment is a name");
  test::require(segment.find('\0') == std::string_view::npos, "without NUL");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::array routes{Route::parse("/"), Route::parse("/api/a-b/{id}"),
                                 Route::parse("/{a}/{b}/{c}"), Route::parse("/{rest...}"),
                                 Route::parse("/api/{id}/x/{rest...}")};
  const auto path = test::as_text(data, size);
  for (const Route& route : routes) {
    const auto values = route.match(path);
    if (!values) continue;
    test::require(path.starts_with('/'), "a path begins with a slash");
    std::size_t value = 0;
    for (const auto& segment : route.segments()) {
      if (segment.kind == Segment::Kind::literal) continue;
      test::require(value < values->size() && values->at(value).name == segment.text,
                    "each parameter has a value");
      std::string_view text = values->at(value++).value;
      test::require(text.size() <= path.size(), "which is no longer than the path");
      if (segment.kind == Segment::Kind::parameter) {
        check_segment(text);
        test::require(text.find('/') == std::string_view::npos, "and without slash");
      } else {
        while (!text.empty()) {
          const auto name = text.substr(0, text.find('/'));
          check_segment(name);
          test::require(name.size() + 1 != text.size(), "and another one behind each slash");
          text.remove_prefix(std::min(name.size() + 1, text.size()));
        }
      }
    }
    test::require(value == values->size(), "and there are no others");
  }
  return 0;
}
