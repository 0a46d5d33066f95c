#include "endpoint/urlencoded.hpp"

#include <stile/problem.hpp>

#include "fuzz/fuzzer.hpp"
#include "manifest/text.hpp"

using namespace stile;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    for (const auto& [name, value] : parse_urlencoded(test::as_text(data, size), "query string")) {
      test::require(invalid_utf8_at(name) == std::string::npos, "a name is UTF-8");
      test::require(invalid_utf8_at(value) == std::string::npos, "a value is UTF-8");
    }
  } catch (const Problem& problem) {
    test::require(problem.status() == 400, "what can't be read is a 400");
    test::require(invalid_utf8_at(problem.detail()) == std::string::npos, "and its detail UTF-8");
  }
  return 0;
}
