#include "endpoint/cookies.hpp"

#include <stdexcept>
#include <string>

#include "fuzz/fuzzer.hpp"
#include "manifest/text.hpp"

using namespace stile;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = test::as_text(data, size);
  std::vector<NamedValue> cookies;
  parse_cookies(text, cookies);
  for (const auto& [name, value] : cookies) {
    test::require(!name.empty(), "a cookie has a name");
    test::require(text.find(value) != std::string_view::npos, "a value is as it came");
    try {  // what came in may be sent out again, or is refused: it never breaks the header
      const std::string printed = print_cookie({.name = name, .value = value});
      test::require(is_field_value(printed), "Set-Cookie is a field's value");
      test::require(printed.starts_with(name + "=" + value), "it begins with the pair");
      test::require(printed.find(';') == name.size() + 1 + value.size(), "which ends at its first semicolon");
    } catch (const std::invalid_argument&) {
    }
  }
  return 0;
}
