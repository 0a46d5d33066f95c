// Which pages of other origins may call a function: `.cors = Cors{.origins = {"https://app.example"}}` among its Settings.
// nginx enforces it (docs/cors.md).
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace stile {

/// Cross-Origin Resource Sharing (https://fetch.spec.whatwg.org/#http-cors-protocol). What is impossible is an error of the build.
struct Cors {
  /// As browsers write them: "https://app.example", "http://localhost:5173". "https://*.example.org" is all names below
  /// example.org, without itself; "http://localhost:*" any port; "*", by itself, every page there is.
  std::vector<std::string> origins{};
  /// Of the function's methods those that such a page may use; empty: all that it has.
  std::vector<std::string> methods{};
  /// Headers that such a page may send; empty: Content-Type, Authorization and those that the function reads as parameters.
  std::vector<std::string> headers{};
  /// Headers of an answer that its script may read, beyond those that are Stile's own.
  std::vector<std::string> expose{};
  /// Whether cookies and other things that the browser knows of its user go along.
  bool credentials = false;
  /// How long a browser may go by one preflight; 0: it asks each time. At most 24 h.
  std::chrono::seconds max_age{600};
};

}  // namespace stile
