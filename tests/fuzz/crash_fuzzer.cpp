#include <stdexcept>

#include "fuzz/fuzzer.hpp"
#include "manifest/crash_file.hpp"

using namespace stile;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = test::as_text(data, size);
  CrashFile crash;
  crash.uri = text.substr(0, text.size() / 2);
  crash.body = text;
  crash.body_size = size;
  crash.backtrace = text;
  test::require(!print_crash_file(crash).empty(), "any bytes can be printed");
  try {
    const CrashFile parsed = parse_crash_file(text);
    const std::string printed = print_crash_file(parsed);
    test::require(print_crash_file(parse_crash_file(printed)) == printed, "what is printed means the same");
  } catch (const std::invalid_argument& error) {
    test::require(*error.what() != '\0', "it is said why");
  }
  return 0;
}
