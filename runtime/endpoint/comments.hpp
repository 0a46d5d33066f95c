// What the author of a function file wrote above each method that it exports, for the document of the API. Reads the
// file's text, without a compiler: knows no types and expands no macros. Pure; any thread.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace stile {

struct MethodComment {
  std::string summary;      ///< see comment_text.hpp
  std::string description;  ///< Markdown
  bool deprecated = false;  ///< [[deprecated]], with or without a reason
};

/// By "GET", "POST", "PUT", "PATCH", "DELETE": each one that `source` declares or defines as a function outside of
/// any braces, even where nothing is written above it. What is written above is one block comment, or lines of // or
/// ///, that ends in the line before the declaration's first token; one that goes on from behind earlier code is none.
/// Where a method is declared several times the first one that says something counts. Never throws for what it reads;
/// takes time proportional to the source's length.
std::map<std::string, MethodComment, std::less<>> comments_of(std::string_view source);

}  // namespace stile
