// Text of an nginx configuration as it is written, line by line. Knows the syntax, not what is said. One thread for
// each object.
#pragma once

#include <fmt/core.h>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace stile::gateway {

/// `path`, for use inside a directive in quotes. Throws std::invalid_argument for one that nginx has no way to write.
std::string checked(const std::string& path);

/// Any text within a JSON string within quotes of nginx's: whatever one of the two gives a meaning to is written by its
/// number.
std::string inert(std::string_view text);

class NginxText {
 public:
  /// Writes a file of nginx/ into the text.
  using Snippet = std::function<void(NginxText&, std::string_view name)>;

  explicit NginxText(Snippet snippet) : snippet_(std::move(snippet)) {}

  template <class... A>
  void line(fmt::format_string<A...> format, A&&... values) {
    text_.append(2 * depth_, ' ');
    text_ += fmt::format(format, std::forward<A>(values)...);
    text_ += '\n';
  }
  void open(std::string_view what) {
    line("{} {{", what);
    ++depth_;
  }
  void close() {
    --depth_;
    line("}}");
  }
  void include(std::string_view snippet) { snippet_(*this, snippet); }
  std::string take() { return std::exchange(text_, {}); }

 private:
  Snippet snippet_;
  std::string text_;
  std::size_t depth_ = 0;
};

}  // namespace stile::gateway
