#include "supervisor/build_output.hpp"

#include <algorithm>
#include <utility>

namespace stile::supervisor {
namespace {

constexpr std::string_view step_has_failed = "FAILED: ";
constexpr std::size_t longest_error = 500;

using Lines = std::vector<std::string_view>;

Lines split_lines(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

bool has(std::string_view line, std::string_view part) { return line.find(part) != std::string_view::npos; }

// collect2's only says that the linker has failed.
bool is_compilers(std::string_view line) {
  return (has(line, ": error: ") || has(line, ": fatal error: ")) && !line.starts_with("collect2: ");
}

bool is_linkers(std::string_view line) {
  return has(line, ": undefined reference to ") || has(line, ": multiple definition of ");
}

bool is_anything(std::string_view line) { return !line.empty() && !line.starts_with("ninja: Entering"); }

std::string fit(std::string text, const std::string& functions) {
  const auto at = text.find(functions + "/");
  if (at != std::string::npos) text.replace(at, functions.size(), "functions");
  if (text.size() > longest_error) text.resize(longest_error);
  return text;
}

// Where an error within a library's template was asked for: "FUNCTIONS/a.cpp:7:1:   required from here" before g++'s, and
// ": note: in instantiation of ... requested here" behind clang's. Empty where no line says so.
std::string asked_for_at(const Lines& lines, Lines::const_iterator error, const std::string& functions) {
  const auto place_in = [&](std::string_view line, std::string_view words) -> std::string {
    const auto begin = line.find(functions + "/");
    if (begin == std::string_view::npos || !has(line, words)) return {};
    const auto end = line.find(": ", begin);
    return std::string(line.substr(begin, end - begin));
  };
  for (auto line = error; line != lines.begin();) {
    if (auto place = place_in(*--line, "required from"); !place.empty()) return place;
  }
  for (auto line = std::next(error); line != lines.end() && !is_compilers(*line); ++line) {
    if (auto place = place_in(*line, "requested here"); !place.empty()) return place;
  }
  return {};
}

std::string first_error(const Lines& lines, const std::string& functions) {
  for (const auto is_error : {is_compilers, is_linkers, is_anything}) {
    const auto found = std::find_if(lines.begin(), lines.end(), is_error);
    if (found == lines.end()) continue;
    std::string text(*found);
    // "/usr/bin/ld: OBJECT: in function `GET': FILE:LINE: undefined reference": from the file on.
    if (is_error == is_linkers && has(text, functions + "/")) text.erase(0, text.find(functions + "/"));
    if (is_error == is_compilers && !has(text, functions + "/")) {
      if (const auto place = asked_for_at(lines, found, functions); !place.empty())
        text = place + text.substr(text.find(": "));
    }
    return fit(std::move(text), functions);
  }
  return "the build failed without saying why";
}

// "CMake Error at FILE:LINE (message):", then the message, indented and broken into lines; empty: there is none.
std::string cmake_error(const Lines& lines, const std::string& functions) {
  auto next =
      std::find_if(lines.begin(), lines.end(), [](auto line) { return line.starts_with("CMake Error"); });
  if (next == lines.end()) return {};
  const std::string first(*next);
  std::string message;
  for (++next; next != lines.end() && (next->empty() || next->starts_with("  ")); ++next) {
    const auto words = next->find_first_not_of(' ');
    if (words != std::string_view::npos)
      message += (message.empty() ? "" : " ") + std::string(next->substr(words));
  }
  return fit(message.empty() ? first : message, functions);
}

// The first file of a function that is named: the one that is compiled, whatever includes it has.
std::string file_in(const Lines& lines, const std::string& functions) {
  const auto folder = functions + "/";
  for (const auto line : lines) {
    const auto begin = line.find(folder);
    if (begin == std::string_view::npos) continue;
    const auto rest = line.substr(begin + folder.size());
    const auto end = rest.find(".cpp");
    if (end == std::string_view::npos || rest.find_first_of(": ") < end) continue;
    const std::string file(rest.substr(0, end + 4));
    if (!file.starts_with("_") && !has(file, "/_")) return file;
  }
  return {};
}

// What each of them has said: "FAILED: OUTPUT", its command, then that, until "[3/7] ..." begins another one.
std::vector<Lines> failed_steps(const Lines& lines) {
  std::vector<Lines> steps;
  bool is_inside = false;
  bool is_command = false;
  for (const auto line : lines) {
    if (line.starts_with(step_has_failed)) {
      steps.emplace_back();
      is_inside = is_command = true;
    } else if (line.starts_with("[")) {
      is_inside = false;
    } else if (is_inside && !std::exchange(is_command, false)) {
      steps.back().push_back(line);
    }
  }
  return steps;
}

}  // namespace

std::vector<BuildFailure> failures_in(std::string_view output, const std::string& functions) {
  const auto lines = split_lines(output);
  if (auto error = cmake_error(lines, functions); !error.empty()) return {{{}, std::move(error)}};
  std::vector<BuildFailure> failures;
  for (const auto& step : failed_steps(lines))
    failures.push_back({file_in(step, functions), first_error(step, functions)});
  if (failures.empty()) failures.push_back({{}, first_error(lines, functions)});
  return failures;
}

}  // namespace stile::supervisor
