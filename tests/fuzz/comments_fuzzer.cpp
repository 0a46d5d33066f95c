#include "endpoint/comments.hpp"

#include "fuzz/fuzzer.hpp"
#include "manifest/text.hpp"

using namespace stile;

namespace {

void check_text(const std::string& text) {
  test::require(invalid_utf8_at(text) == std::string_view::npos, "what is read is UTF-8");
  for (const char c : text)
    test::require(c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F), "printable");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto source = test::as_text(data, size);
  const auto all = comments_of(source);
  test::require(all.size() <= 5, "there are five methods");
  for (const auto& [method, comment] : all) {
    test::require(source.find(method) != std::string_view::npos, "a method stands in the source");
    check_text(comment.summary);
    check_text(comment.description);
    test::require(comment.summary.find('\n') == std::string::npos, "a summary is one line");
    test::require(comment.summary.size() + comment.description.size() <= 3 * size, "nothing is made up");
  }
  return 0;
}
