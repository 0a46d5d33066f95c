// An author at work: a function file, compiled the way the build compiles it; a folder of them, configured
// the way the build configures it. Knows nothing of what is wrong with them. One thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stile::test {

/// Every compiler that is to say the same.
std::vector<std::string> compilers();

struct Compiled {
  bool succeeded = false;
  std::vector<std::string> errors;  ///< the lines with "error:"
  std::string output;               ///< all of it
};

enum class Pass { syntax, all };  ///< `all` knows more of what a function does, and takes longer

/// Compiles the function `name` ("notes/{id}") with `source` as its file and warnings as errors.
Compiled compile(const std::string& compiler, std::string_view name, std::string_view source,
                 Pass pass = Pass::syntax);

/// Compiles a source that is no function, such as a test of functions. It sees the shared code of functions/.
Compiled compile_alone(const std::string& compiler, std::string_view source);

struct Configured {
  bool succeeded = false;
  std::string
      output;  ///< with every run of blanks and newlines as one blank: CMake breaks lines where it likes
};

/// Configures a project with these files (relative, each with a good GET) under its functions folder, and
/// `cmake` in its CMakeLists.txt unless that is empty.
Configured configure(const std::vector<std::string>& files, const std::string& cmake = {});

}  // namespace stile::test
