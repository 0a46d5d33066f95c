// From a comment as it is written to what it tells a reader of the API: a summary and a description. Knows no C++ but
// how comments are marked. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stile {

struct CommentText {
  std::string summary;      ///< its first sentence in one line, without the dot
  std::string description;  ///< the rest: Markdown as it stands, paragraphs with an empty line between them
};

/// `comments` are one block comment, or the lines of several "//" that stand below each other. The result is UTF-8
/// without control characters but newlines: what is neither becomes U+FFFD or a blank. The first sentence ends at ". ",
/// "! ", "? " (not before a small letter, nor after "e.g.", nor between backticks), at a list, or with its paragraph.
///
/// Left out is what is not meant for who calls the API:
/// - what speaks to tools (NOLINT, clang-format), lines of dashes at the ends, and from TODO or FIXME on the rest of a
///   paragraph;
/// - paragraphs that are code, whose first and last lines end in ";" or a brace, unless fenced or indented by four;
/// - an example request, which is a line of a method and a path ("GET /api/hello/Ada?shout=true") where a sentence
///   could begin; where the first line goes on ("GET /api/notes: the newest ones") the rest is the sentence.
CommentText comment_text(const std::vector<std::string_view>& comments);

}  // namespace stile
