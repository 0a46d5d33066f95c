#include "cli/served_files.hpp"

#include <fmt/core.h>

#include <fstream>
#include <iterator>
#include <utility>

#include "openapi/document.hpp"
#include "posix/failure.hpp"

namespace stile::cli {

namespace fs = std::filesystem;

bool has_page(const fs::path& folder) { return fs::is_regular_file(folder / "index.html"); }

std::map<std::string, std::string> served_files(const Deployment& deployment, const fs::path& page_folder) {
  std::map<std::string, std::string> files{{"openapi.json", openapi_document(deployment)}};
  if (!has_page(page_folder)) return files;
  for (const auto& entry : fs::directory_iterator(page_folder)) {
    const auto name = entry.path().filename().string();
    if (!fs::is_regular_file(entry.symlink_status()) || name.front() == '.') continue;
    std::ifstream in(entry.path(), std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(in), {});
    if (!in) throw Failure(fmt::format("cannot read {}", entry.path().string()));
    files.emplace("docs/" + name, std::move(text));
  }
  return files;
}

}  // namespace stile::cli
