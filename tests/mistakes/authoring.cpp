#include "mistakes/authoring.hpp"

#include <fmt/core.h>

#include <sstream>

#include "support/process.hpp"
#include "support/temporary_directory.hpp"

namespace stile::test {
namespace {

// Compilers and CMake on a busy machine.
constexpr std::chrono::minutes long_enough{4};

std::string replace_all(std::string text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// What cmake/StileFunctions.cmake makes of a function file.
std::string generated_source(const std::string& path, std::string_view name) {
  std::string text = read_file(fmt::format("{}/cmake/{}.cpp.in", STILE_SOURCE_DIR,
                                           name.ends_with("_settings") ? "folder" : "function"));
  text = replace_all(text, "@STILE_FUNCTION_PATH@", path);
  text = replace_all(text, "@STILE_FUNCTION_FILE@", "functions/" + std::string(name) + ".cpp");
  text = replace_all(text, "@STILE_FUNCTION_NAME@", name);
  text = replace_all(text, "@STILE_FUNCTION_FOLDERS_DECLARED@", "");
  text = replace_all(text, "@STILE_FUNCTION_FOLDERS@", "");
  return replace_all(text, "@STILE_FUNCTION_SYMBOL@", "stile_endpoint_under_test");
}

std::vector<std::string> lines_with(const std::string& text, std::string_view part) {
  std::vector<std::string> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.find(part) != std::string::npos) found.push_back(line);
  }
  return found;
}

std::string squeeze(const std::string& text) {
  std::istringstream words(text);
  std::string line;
  for (std::string word; words >> word;) line += (line.empty() ? "" : " ") + word;
  return line;
}

Compiled compile_file(const std::string& compiler, const std::string& file, const std::string& functions,
                      Pass pass = Pass::syntax) {
  const Outcome outcome =
      run({compiler, "-std=c++20", pass == Pass::all ? "-S" : "-fsyntax-only", "-o", "/dev/null", "-Wall",
           "-Wextra", "-Wpedantic", "-Werror", std::string("-I") + STILE_SOURCE_DIR + "/runtime/include",
           "-I" + functions, file},
          {.environment = {{"LC_ALL", "C"}}, .directory = {}, .descriptors = {}}, long_enough);
  // clang shows a quote inside of a message with a backslash before it.
  return {outcome.exit.clean(), lines_with(replace_all(outcome.err, "\\\"", "\""), "error:"), outcome.err};
}

}  // namespace

std::vector<std::string> compilers() {
  std::vector<std::string> all;
  std::istringstream list(STILE_COMPILERS);
  for (std::string each; std::getline(list, each, ';');) all.push_back(each);
  return all;
}

Compiled compile(const std::string& compiler, std::string_view name, std::string_view source, Pass pass) {
  const TemporaryDirectory directory;
  const std::string path = directory.write("functions/" + std::string(name) + ".cpp", source);
  return compile_file(compiler, directory.write("generated.cpp", generated_source(path, name)),
                      directory.file("functions"), pass);
}

Compiled compile_alone(const std::string& compiler, std::string_view source) {
  const TemporaryDirectory directory;
  return compile_file(compiler, directory.write("alone.cpp", source), STILE_SOURCE_DIR "/functions");
}

Configured configure(const std::vector<std::string>& files, const std::string& cmake) {
  const TemporaryDirectory directory;
  directory.write("functions/good.cpp", "#include <stile/function.hpp>\nstile::Json GET() { return 1; }\n");
  for (const std::string& file : files) {
    directory.write("functions/" + file, "#include <stile/function.hpp>\nstile::Json GET() { return 1; }\n");
  }
  if (!cmake.empty()) directory.write("functions/CMakeLists.txt", cmake);
  const Outcome outcome = run({STILE_CMAKE, "-G", STILE_GENERATOR, "-S", STILE_SOURCE_DIR, "-B",
                               directory.file("build"), std::string("-DCMAKE_CXX_COMPILER=") + STILE_CXX,
                               "-DSTILE_TESTS=OFF", "-DSTILE_FUNCTIONS_DIR=" + directory.file("functions")},
                              {}, long_enough);
  return {outcome.exit.clean(), squeeze(outcome.out + outcome.err)};
}

}  // namespace stile::test
