// What is wrong with a JSON text, and where, in words for whoever sent it. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace stile {

struct JsonError {
  std::size_t offset;  ///< of the first byte that is wrong
  std::string reason;
};

/// `read` is how many bytes the parser had read when it gave up (the end of the text counts as one);
/// `complete`: the value had ended before.
JsonError explain_json_error(std::string_view text, std::size_t read, bool complete);

JsonError number_does_not_fit(std::size_t offset, std::string_view digits);

}  // namespace stile
