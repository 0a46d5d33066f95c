// What a build says where it fails: ninja's output, with that of compilers, linkers and CMake in it. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stile::supervisor {

struct BuildFailure {
  std::string
      file;  ///< below the folder of functions: "notes/{id}.cpp"; empty where it is of no function's file
  std::string error;  ///< one line: "functions/hello.cpp:3:10: error: ..."
};

/// One for each step that has failed, with the first error in it. `functions` is the absolute folder, which errors call
/// "functions". At least one, whatever the output.
std::vector<BuildFailure> failures_in(std::string_view output, const std::string& functions);

}  // namespace stile::supervisor
