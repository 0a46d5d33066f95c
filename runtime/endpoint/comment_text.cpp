#include "endpoint/comment_text.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "manifest/text.hpp"

namespace stile {
namespace {

using Lines = std::vector<std::string>;
constexpr auto nowhere = std::string_view::npos;

template <std::size_t N>
bool begins_with_any(std::string_view text, const std::array<std::string_view, N>& beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [text](auto begin) { return text.starts_with(begin); });
}

std::string_view drop(std::string_view text, std::string_view characters) {
  const auto begin = text.find_first_not_of(characters);
  return begin == nowhere ? std::string_view() : text.substr(begin);
}

std::string_view drop_at_end(std::string_view text, std::string_view characters) {
  return text.substr(0, text.find_last_not_of(characters) + 1);
}

std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto valid = valid_utf8_length(text);
    for (const char c : text.substr(0, valid))
      result += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
    text.remove_prefix(valid);
    if (text.empty()) break;
    result += "\xEF\xBF\xBD";
    text.remove_prefix(1);
  }
  return std::string(drop_at_end(result, " "));
}

Lines split_lines(std::string_view text) {
  Lines lines;
  for (;;) {
    const auto end = text.find('\n');
    lines.push_back(printable(text.substr(0, end)));
    if (end == nowhere) return lines;
    text.remove_prefix(end + 1);
  }
}

void without_indentation(Lines& lines, std::size_t from) {
  std::size_t common = nowhere;
  for (auto i = from; i < lines.size(); ++i) common = std::min(common, lines[i].find_first_not_of(' '));
  if (common == nowhere) return;  // all of them are empty
  for (auto i = from; i < lines.size(); ++i) lines[i].erase(0, common);
}

/// Without "/*", "*/", and the "*" before each line where each line has one.
Lines lines_of_block(std::string_view comment) {
  comment.remove_prefix(2);
  if (comment.ends_with("*/")) comment.remove_suffix(2);
  comment = drop_at_end(comment, "*");
  const auto inner = drop(comment, "*!");
  if (inner.starts_with('<')) return {};  // of what stands before it
  auto lines = split_lines(inner);
  lines.front() = std::string(drop(lines.front(), " "));
  const bool starred = std::all_of(lines.begin() + 1, lines.end(), [](const std::string& line) {
    const auto text = drop(line, " ");
    return text.empty() || text.front() == '*';
  });
  for (std::size_t i = 1; starred && i < lines.size(); ++i) {
    const auto star = lines[i].find('*');
    if (star != std::string::npos) lines[i].erase(0, star + 1);
  }
  without_indentation(lines, 1);
  return lines;
}

Lines lines_of_slashes(const std::vector<std::string_view>& comments) {
  Lines lines;
  for (auto comment : comments) {
    constexpr std::size_t most = 3;
    comment.remove_prefix(std::min({comment.find_first_not_of('/'), comment.size(), most}));
    if (comment.starts_with('!')) comment.remove_prefix(1);
    if (comment.starts_with('<')) return {};
    for (auto& line : split_lines(comment)) {  // several, where one ends with a backslash
      if (line.ends_with('\\')) line = drop_at_end(std::string_view(line).substr(0, line.size() - 1), " ");
      line.erase(0, line.starts_with(' ') ? 1 : 0);
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

bool is_decoration(std::string_view line) { return drop(line, " -=*#/~_+").empty(); }

bool is_for_tools(std::string_view line) {
  return begins_with_any(drop(line, " "),
                         std::array<std::string_view, 7>{"NOLINT", "clang-format o", "cppcheck-suppress",
                                                         "IWYU pragma", "NOSONAR", "cspell:", "codespell:"});
}

bool begins_a_reminder(std::string_view line) {
  constexpr std::array<std::string_view, 4> words{"TODO", "FIXME", "XXX", "HACK"};
  const auto text = drop(line, " -*");
  const auto word = text.substr(0, text.find_first_of(" :(,."));
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_fence(std::string_view line) {
  return begins_with_any(drop(line, " "), std::array<std::string_view, 2>{"```", "~~~"});
}

bool begins_a_list(std::string_view line) {
  const auto text = drop(line, " ");
  const auto number = text.find_first_not_of("0123456789");
  const bool numbered = number != nowhere && number > 0 && (text[number] == '.' || text[number] == ')');
  return numbered || begins_with_any(text, std::array<std::string_view, 5>{"- ", "* ", "+ ", "| ", "#"});
}

/// "GET /api/notes", perhaps as a shell or Markdown shows it: where it ends in `line`; nowhere if it is none.
std::size_t request_end(std::string_view line) {
  constexpr std::array<std::string_view, 7> verbs{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
  constexpr std::array<std::string_view, 3> targets{"/", "http://", "https://"};
  auto text = drop(line, " $>`");
  const auto verb = text.substr(0, text.find(' '));
  if (std::find(verbs.begin(), verbs.end(), verb) == verbs.end()) return nowhere;
  text = drop(text.substr(verb.size()), " ");
  if (!begins_with_any(text, targets)) return nowhere;
  const auto end =
      static_cast<std::size_t>(text.data() - line.data()) + std::min(text.find(' '), text.size());
  return line.substr(end).starts_with(" HTTP/") ? std::min(line.find(' ', end + 1), line.size()) : end;
}

bool is_example(std::string_view line) {
  if (drop(line, " $>`").starts_with("curl ")) return true;
  const auto end = request_end(line);
  return end != nowhere && drop(line.substr(end), " `").empty();
}

bool ends_like_code(std::string_view line) {
  return line.ends_with(';') || line.ends_with('{') || (line.ends_with('}') && line.find(';') != nowhere);
}

bool is_code(const Lines& paragraph) {
  const bool closes = drop(paragraph.back(), " })];,").empty();
  return ends_like_code(paragraph.front()) && drop(paragraph.front(), " {") != "" &&
         (closes || ends_like_code(paragraph.back()));
}

bool is_verbatim(const Lines& paragraph) {
  return paragraph.front().starts_with("    ") || std::any_of(paragraph.begin(), paragraph.end(), is_fence);
}

/// Without examples and reminders; empty where nothing is left, or where all of it is code.
Lines cleaned(const Lines& paragraph) {
  if (is_verbatim(paragraph)) return paragraph;
  if (is_code(paragraph)) return {};
  Lines kept;
  bool may_begin = true;  // a sentence, in this line
  for (const auto& line : paragraph) {
    if (begins_a_reminder(line)) break;
    if (may_begin && is_example(line)) continue;
    may_begin = line.ends_with('.') || line.ends_with('!') || line.ends_with('?');
    kept.push_back(line);
  }
  return kept;
}

/// By empty lines; one within a fence ends no paragraph.
std::vector<Lines> paragraphs_of(Lines lines) {
  lines.erase(std::remove_if(lines.begin(), lines.end(), is_for_tools), lines.end());
  const auto first = std::find_if_not(lines.begin(), lines.end(), is_decoration);
  const auto last = std::find_if_not(lines.rbegin(), std::make_reverse_iterator(first), is_decoration).base();
  std::vector<Lines> paragraphs;
  Lines paragraph;
  bool fenced = false;
  const auto end_paragraph = [&] {
    if (paragraph.empty()) return;
    paragraph = cleaned(paragraph);
    if (!paragraph.empty()) paragraphs.push_back(std::move(paragraph));
    paragraph.clear();
  };
  for (auto line = first; line < last; ++line) {
    if (is_fence(*line)) fenced = !fenced;
    if (line->empty() && !fenced) {
      end_paragraph();
    } else {
      paragraph.push_back(std::move(*line));
    }
  }
  end_paragraph();
  return paragraphs;
}

std::string joined(const Lines& lines, std::size_t from, std::size_t to) {
  std::string text;
  for (auto i = from; i < to; ++i) text += (i == from ? "" : "\n") + lines[i];
  return text;
}

/// Behind the mark that ends the first sentence.
std::size_t sentence_end(std::string_view text) {
  constexpr std::array<std::string_view, 5> abbreviations{"e.g.", "i.e.", "cf.", "vs.", "approx."};
  bool in_code = false;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] == '`') in_code = !in_code;
    const bool mark = text[i] == '.' || text[i] == '!' || text[i] == '?';
    if (in_code || !mark || (text[i + 1] != ' ' && text[i + 1] != '\n')) continue;
    const auto next = drop(text.substr(i + 1, 8), " \n");
    const bool small = !next.empty() && next.front() >= 'a' && next.front() <= 'z';
    const auto abbreviated = [so_far = text.substr(0, i + 1)](auto word) { return so_far.ends_with(word); };
    if (!small && std::none_of(abbreviations.begin(), abbreviations.end(), abbreviated)) return i + 1;
  }
  return text.size();
}

/// What the first line says besides what the document knows anyway: "# ", "@brief ", "GET /api/notes: ".
std::string without_preface(std::string_view line) {
  line = drop(line, "# ");
  for (const std::string_view command : {"@brief ", "\\brief "}) {
    if (line.starts_with(command)) line = drop(line.substr(command.size()), " ");
  }
  const auto end = request_end(line);
  if (end == nowhere) return std::string(line);
  auto rest = drop(line.substr(end), " `:-=>");
  for (const std::string_view dash : {"\u2013", "\u2014", "\u2192"}) {  // en dash, em dash, arrow
    if (rest.starts_with(dash)) rest = drop(rest.substr(dash.size()), " ");
  }
  std::string sentence(rest.empty() ? line : rest);
  if (sentence.front() >= 'a' && sentence.front() <= 'z')
    sentence.front() = static_cast<char>(sentence.front() - 'a' + 'A');
  return sentence;
}

}  // namespace

CommentText comment_text(const std::vector<std::string_view>& comments) {
  if (comments.empty()) return {};
  const bool block = comments.front().starts_with("/*");
  auto paragraphs = paragraphs_of(block ? lines_of_block(comments.front()) : lines_of_slashes(comments));
  CommentText text;
  std::size_t next = 0;
  if (!paragraphs.empty() && !is_verbatim(paragraphs.front())) {
    Lines& lines = paragraphs.front();
    lines.front() = without_preface(lines.front());
    const auto prose = std::find_if(lines.begin() + 1, lines.end(), begins_a_list) - lines.begin();
    const auto opening = joined(lines, 0, static_cast<std::size_t>(prose));
    const auto end = sentence_end(opening);
    text.summary = opening.substr(0, end);
    std::replace(text.summary.begin(), text.summary.end(), '\n', ' ');
    if (text.summary.ends_with('.') && !text.summary.ends_with("..")) text.summary.pop_back();
    text.description = drop(std::string_view(opening).substr(end), " \n");
    const auto rest = joined(lines, static_cast<std::size_t>(prose), lines.size());
    if (!rest.empty() && !text.description.empty()) text.description += '\n';
    text.description += rest;
    next = 1;
  }
  for (; next < paragraphs.size(); ++next) {
    if (!text.description.empty()) text.description += "\n\n";
    text.description += joined(paragraphs[next], 0, paragraphs[next].size());
  }
  return text;
}

}  // namespace stile
