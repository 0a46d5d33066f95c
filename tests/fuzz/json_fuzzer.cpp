#include "stile/json.hpp"

#include <stile/problem.hpp>

#include "fuzz/fuzzer.hpp"
#include "manifest/text.hpp"

using namespace stile;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = test::as_text(data, size);
  try {
    const Json value = parse_json(text);
    test::require(invalid_utf8_at(text) == std::string_view::npos, "what is parsed is UTF-8");
    const std::string printed = print_json(value);
    test::require(parse_json(printed) == value, "what is printed means the same");
    test::require(print_json(parse_json(printed)) == printed, "and is printed as before");
  } catch (const Problem& problem) {
    test::require(problem.status() == 400, "what is no JSON is a 400");
    test::require(!problem.detail().empty(), "that says why");
    test::require(invalid_utf8_at(problem.detail()) == std::string::npos, "in UTF-8");
    Json members = problem.members();
    test::require(parse_json(print_json(members)) == members, "and in JSON");
  }
  return 0;
}
