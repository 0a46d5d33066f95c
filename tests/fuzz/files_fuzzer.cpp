// The files that the command line reads, whatever stands in them: a worker's manifest or stile.json, as the first byte has
// it. What can't be read is refused with a reason.
#include <stdexcept>
#include <string>

#include "cli/configuration.hpp"
#include "cli/usage_error.hpp"
#include "fuzz/fuzzer.hpp"
#include "manifest/manifest.hpp"

using namespace stile;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto text = test::as_text(data, size).substr(1);
  try {
    if (data[0] % 2 == 0) {
      const std::string printed = Manifest::parse(text).to_json();
      test::require(Manifest::parse(printed).to_json() == printed, "what is printed is read back");
    } else {
      cli::parse_configuration(text, "/project/stile.json");
    }
  } catch (const cli::UsageError& error) {
    test::require(*error.what() != 0, "a refusal says why");
  } catch (const std::invalid_argument& error) {
    test::require(*error.what() != 0, "a refusal says why");
  }
  return 0;
}
