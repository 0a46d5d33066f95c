// The tokens and the comments of a C++ source, for who looks for declarations and for what is written above them. Knows
// no macro and no type; takes whatever bytes it is given. Pure; any thread.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace stile {

struct SourceToken {
  enum class Kind { identifier, punctuation, literal };
  Kind kind = Kind::punctuation;
  std::string_view text;  ///< one character of punctuation; all of a literal
  std::size_t line = 0;   ///< where it begins, from 1
};

struct SourceComment {
  enum class Form { lines, block };
  Form form = Form::lines;
  std::string_view text;  ///< as it is written, with its // or /* */
  std::size_t first_line = 0;
  std::size_t last_line = 0;
  std::size_t column = 0;  ///< of its first byte in its line, from 0
  bool alone = true;       ///< nothing else stands on its lines
};

struct SourceParts {
  std::vector<SourceToken> tokens;
  std::vector<SourceComment> comments;  ///< in their order; a // that ends in \ goes on in the next line
};

/// Takes `source` apart; what it returns borrows from it. Preprocessor lines are left out, and so is all but the first
/// branch of an #if that is not #if 0: braces balance then. What is never closed ends with its line, a raw string or a
/// block comment with the source. Takes time proportional to the source's length.
SourceParts take_apart(std::string_view source);

}  // namespace stile
