#include "endpoint/comments.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "endpoint/comment_text.hpp"
#include "endpoint/source_lexer.hpp"

namespace stile {
namespace {

using Comments = std::map<std::string, MethodComment, std::less<>>;

bool is_method(std::string_view name) {
  constexpr std::array<std::string_view, 5> methods{"GET", "POST", "PUT", "PATCH", "DELETE"};
  return std::find(methods.begin(), methods.end(), name) != methods.end();
}

/// The brackets that are open. One that closes nothing is ignored, one that closes an outer one closes all within.
class OpenBrackets {
 public:
  bool none() const { return open_.empty(); }
  bool are(std::string_view brackets) const { return open_ == brackets; }

  void take(char c) {
    constexpr std::string_view opening = "([{";
    constexpr std::string_view closing = ")]}";
    if (opening.find(c) != std::string_view::npos) {
      open_.push_back(c);
      ++count_.at(opening.find(c));
    }
    const auto kind = closing.find(c);
    if (kind == std::string_view::npos || count_.at(kind) == 0) return;
    for (bool closed = false; !closed; open_.pop_back()) {
      closed = open_.back() == opening[kind];
      --count_.at(opening.find(open_.back()));
    }
  }

 private:
  std::string open_;
  std::array<std::size_t, 3> count_{};
};

/// What is written above a line. Views into the source.
std::vector<std::string_view> comment_above(const std::vector<SourceComment>& comments, std::size_t line) {
  const auto behind =
      std::partition_point(comments.begin(), comments.end(),
                           [line](const SourceComment& comment) { return comment.last_line < line; });
  if (behind == comments.begin()) return {};
  auto first = behind - 1;
  if (!first->alone || first->last_line + 1 != line) return {};
  const auto adjoins = [](const SourceComment& above, const SourceComment& below) {
    return above.form == SourceComment::Form::lines && above.last_line + 1 == below.first_line;
  };
  if (first->form == SourceComment::Form::lines) {
    while (first != comments.begin() && (first - 1)->alone && adjoins(*(first - 1), *first)) --first;
    // Goes on from behind other code: int x;  // like this,
    //                                         // and this
    const bool goes_on = first != comments.begin() && adjoins(*(first - 1), *first) && first->column > 0 &&
                         (first - 1)->column == first->column;
    if (goes_on) return {};
  }
  std::vector<std::string_view> texts;
  std::transform(first, behind, std::back_inserter(texts),
                 [](const SourceComment& comment) { return comment.text; });
  return texts;
}

/// Goes over the tokens once, and looks at each declaration outside of braces.
class DeclarationReader {
 public:
  explicit DeclarationReader(const SourceParts& source) : source_(source) {}

  Comments run() {
    const auto& tokens = source_.tokens;
    for (std::size_t i = 0; i < tokens.size(); ++i)
      take(tokens[i], i + 1 < tokens.size() ? &tokens[i + 1] : nullptr);
    return std::move(found_);
  }

 private:
  struct Declaration {
    std::size_t tokens = 0;
    std::size_t first_line = 0;
    bool maybe_ended = false;  ///< by a }, unless the next token says otherwise
    bool is_macro = false;     ///< NAME(...) is how it begins
    bool initialised = false;
    bool deprecated = false;
    const SourceToken* last = nullptr;
  };

  void take(const SourceToken& token, const SourceToken* next) {
    if (declaration_.maybe_ended && !goes_on_after_brace(token)) declaration_ = {};
    declaration_.maybe_ended = false;
    if (declaration_.tokens++ == 0) declaration_.first_line = token.line;
    const bool outside = brackets_.none();
    const bool in_attribute = brackets_.are("[[") || brackets_.are("((");
    if (in_attribute && (token.text == "deprecated" || token.text == "__deprecated__"))
      declaration_.deprecated = true;
    if (outside && token.text == "=") declaration_.initialised = true;
    if (outside && next != nullptr && next->text == "(" && names_a_method(token)) record(token.text);
    if (outside && token.text == "(" && declaration_.tokens == 2) declaration_.is_macro = may_be_macro();

    if (token.kind == SourceToken::Kind::punctuation) brackets_.take(token.text.front());
    declaration_.last = &token;
    const bool closes_macro =
        declaration_.is_macro && token.text == ")" && next != nullptr && next->line > token.line;
    if (brackets_.none() && (token.text == ";" || closes_macro)) declaration_ = {};
    if (brackets_.none() && token.text == "}") declaration_.maybe_ended = true;
  }

  static bool goes_on_after_brace(const SourceToken& token) {
    constexpr std::string_view goes_on = ">,;.(=:";
    return token.kind == SourceToken::Kind::punctuation &&
           goes_on.find(token.text.front()) != std::string_view::npos;
  }

  /// BOOST_DESCRIBE_STRUCT(Note, (), (id)) and its like, which no semicolon has to follow.
  bool may_be_macro() const {
    constexpr std::array<std::string_view, 5> keywords{"alignas", "decltype", "__attribute__", "__declspec",
                                                       "explicit"};
    return declaration_.last->kind == SourceToken::Kind::identifier &&
           std::find(keywords.begin(), keywords.end(), declaration_.last->text) == keywords.end();
  }

  /// Json GET(...), but neither Store::GET(...), nor GET(...) alone, nor what a variable is made of.
  bool names_a_method(const SourceToken& token) const {
    if (!is_method(token.text) || declaration_.initialised || declaration_.last == nullptr) return false;
    constexpr std::string_view ends_of_type = ">*&])";
    return declaration_.last->kind == SourceToken::Kind::identifier ||
           ends_of_type.find(declaration_.last->text.front()) != std::string_view::npos;
  }

  void record(std::string_view method) {
    MethodComment& comment = found_[std::string(method)];
    comment.deprecated = comment.deprecated || declaration_.deprecated;
    if (!comment.summary.empty() || !comment.description.empty()) return;
    auto text = comment_text(comment_above(source_.comments, declaration_.first_line));
    comment.summary = std::move(text.summary);
    comment.description = std::move(text.description);
  }

  const SourceParts& source_;
  OpenBrackets brackets_;
  Declaration declaration_;
  Comments found_;
};

}  // namespace

Comments comments_of(std::string_view source) { return DeclarationReader(take_apart(source)).run(); }

}  // namespace stile
