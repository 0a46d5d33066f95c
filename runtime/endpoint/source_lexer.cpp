#include "endpoint/source_lexer.hpp"

#include <algorithm>
#include <string>

#include "manifest/text.hpp"

namespace stile {
namespace {

constexpr auto npos = std::string_view::npos;

bool is_word(char c) {  // what is not ASCII is a letter of somebody's
  return is_letter(c) || is_digit(c) || c == '_' || c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; }

/// Where the line that `from` is in ends: at its newline, but for one after a backslash.
std::size_t line_end(std::string_view source, std::size_t from) {
  for (auto end = source.find('\n', from); end != npos; end = source.find('\n', end + 1)) {
    auto last = end;
    if (last > from && source[last - 1] == '\r') --last;
    if (last == from || source[last - 1] != '\\') return end;
  }
  return source.size();
}

/// Behind the literal whose first quote stands at `from`.
std::size_t quoted_end(std::string_view source, std::size_t from) {
  const char quote = source[from];
  for (auto i = from + 1; i < source.size(); ++i) {
    if (source[i] == '\\') {
      ++i;
    } else if (source[i] == quote) {
      return i + 1;
    } else if (source[i] == '\n') {
      return i;
    }
  }
  return source.size();
}

/// The same for a raw string (C++20, [lex.string]).
std::size_t raw_end(std::string_view source, std::size_t from) {
  constexpr std::size_t longest_delimiter = 16;
  const auto open = source.substr(from + 1, longest_delimiter + 1).find('(');
  const auto delimiter = source.substr(from + 1, std::min(open, longest_delimiter));
  if (open == npos || delimiter.find_first_of(" )\\\t\n\r\v\f\"") != npos) return quoted_end(source, from);
  const auto closing = ")" + std::string(delimiter) + "\"";
  const auto end = source.find(closing, from + 1 + open);
  return end == npos ? source.size() : end + closing.size();
}

std::size_t block_end(std::string_view source, std::size_t from) {
  const auto end = source.find("*/", from + 2);
  return end == npos ? source.size() : end + 2;
}

/// Behind a preprocessing number (C++20, [lex.ppnumber]): 1'000, 0x1p-3, 1.5f.
std::size_t number_end(std::string_view source, std::size_t i) {
  for (++i; i < source.size(); ++i) {
    const bool sign =
        (source[i] == '+' || source[i] == '-') && std::string_view("eEpP").find(source[i - 1]) != npos;
    const bool separator = source[i] == '\'' && i + 1 < source.size() && is_word(source[i + 1]);
    if (!is_word(source[i]) && source[i] != '.' && !sign && !separator) break;
  }
  return i;
}

class SourceLexer {
 public:
  explicit SourceLexer(std::string_view source) : source_(source) {}

  SourceParts run() {
    if (source_.starts_with("\xEF\xBB\xBF")) at_ = line_start_ = 3;
    while (at_ < source_.size()) step();
    return std::move(parts_);
  }

 private:
  void step() {
    const char c = source_[at_];
    const char next = at_ + 1 < source_.size() ? source_[at_ + 1] : '\0';
    if (c == '\n' || is_blank(c)) {
      move_to(at_ + 1);
    } else if (c == '\\' && (next == '\n' || next == '\r')) {
      move_to(at_ + 1);
    } else if (c == '/' && (next == '/' || next == '*')) {
      comment(next == '*' ? SourceComment::Form::block : SourceComment::Form::lines);
    } else if (c == '#' && !line_in_use_) {
      directive();
    } else if (is_digit(c) || (c == '.' && is_digit(next))) {
      token(SourceToken::Kind::literal, number_end(source_, at_));
    } else if (is_word(c)) {
      word();
    } else if (c == '"' || c == '\'') {
      token(SourceToken::Kind::literal, quoted_end(source_, at_));
    } else {
      token(SourceToken::Kind::punctuation, at_ + 1);
    }
  }

  void word() {
    auto end = at_;
    while (end < source_.size() && is_word(source_[end])) ++end;
    auto prefix = source_.substr(at_, end - at_);
    const char next = end < source_.size() ? source_[end] : '\0';
    const bool raw = prefix.ends_with('R');
    if (raw) prefix.remove_suffix(1);
    const bool encoding = prefix.empty() || prefix == "L" || prefix == "u" || prefix == "U" || prefix == "u8";
    if (!encoding || (next != '"' && (raw || next != '\''))) {
      token(SourceToken::Kind::identifier, end);
    } else {
      token(SourceToken::Kind::literal, raw ? raw_end(source_, end) : quoted_end(source_, end));
    }
  }

  void comment(SourceComment::Form form) {
    const auto end = form == SourceComment::Form::block ? block_end(source_, at_) : line_end(source_, at_);
    SourceComment found{form, source_.substr(at_, end - at_), line_, line_, at_ - line_start_, !line_in_use_};
    line_in_use_ = true;
    move_to(end);
    found.last_line = line_;
    line_in_use_ = true;  // a block may have ended in another line, where now something stands
    parts_.comments.push_back(found);
  }

  void token(SourceToken::Kind kind, std::size_t end) {
    parts_.tokens.push_back({kind, source_.substr(at_, end - at_), line_});
    if (!parts_.comments.empty() && parts_.comments.back().last_line == line_)
      parts_.comments.back().alone = false;
    move_to(end);
    line_in_use_ = true;
  }

  void directive() {
    const auto name = directive_at(at_);
    const auto rest = trim(source_.substr(name.end, line_end(source_, name.end) - name.end));
    move_to(directive_end());
    if (name.text == "if" &&
        (rest == "0" || rest == "false" || rest.starts_with("0 ") || rest.starts_with("0\r"))) {
      skip_branch(true);
    } else if (name.text.starts_with("el")) {  // the branch before was taken
      skip_branch(false);
    }
  }

  struct Name {
    std::string_view text;
    std::size_t end = 0;
  };
  Name directive_at(std::size_t hash) const {
    auto begin = hash + 1;
    while (begin < source_.size() && is_blank(source_[begin])) ++begin;
    auto end = begin;
    while (end < source_.size() && is_letter(source_[end])) ++end;
    return {source_.substr(begin, end - begin), end};
  }

  /// A comment in it may go on over lines.
  std::size_t directive_end() const {
    const auto end_of_line = line_end(source_, at_);
    auto i = at_;
    while (i < end_of_line) {
      const auto two = source_.substr(i, 2);
      if (two == "/*") {
        const auto end = block_end(source_, i);
        if (end > end_of_line) return end;
        i = end;
      } else if (two == "//") {
        return end_of_line;
      } else {
        i = source_[i] == '"' ? std::max(quoted_end(source_, i), i + 1) : i + 1;
      }
    }
    return end_of_line;
  }

  /// On to the line behind the #endif that ends the branch, or the #else where one is to be taken.
  void skip_branch(bool take_else) {
    std::size_t depth = 0;
    while (at_ < source_.size()) {
      move_to(std::min(line_end(source_, at_) + 1, source_.size()));
      auto hash = at_;
      while (hash < source_.size() && is_blank(source_[hash])) ++hash;
      if (hash == source_.size() || source_[hash] != '#') continue;
      const auto name = directive_at(hash).text;
      if (name.starts_with("if")) ++depth;
      const bool ends = name == "endif" || (take_else && name.starts_with("el"));
      if (depth == 0 && ends) {
        move_to(line_end(source_, at_));
        return;
      }
      if (name == "endif" && depth > 0) --depth;
    }
  }

  /// Each byte is passed once.
  void move_to(std::size_t end) {
    for (; at_ < end; ++at_) {
      if (source_[at_] != '\n') continue;
      ++line_;
      line_start_ = at_ + 1;
      line_in_use_ = false;
    }
  }

  std::string_view source_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t line_start_ = 0;
  bool line_in_use_ = false;
  SourceParts parts_;
};

}  // namespace

SourceParts take_apart(std::string_view source) { return SourceLexer(source).run(); }

}  // namespace stile
