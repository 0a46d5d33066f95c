#include "cli/served_files.hpp"

#include <fmt/core.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "openapi/document.hpp"
#include "posix/failure.hpp"

namespace stile::cli {

namespace fs = std::filesystem;

namespace {

std::string read_text(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in) throw Failure(fmt::format("cannot read {}", file.string()));
  return text;
}

}  // namespace

std::string api_document(const Deployment& deployment) {
  try {
    return openapi_document(deployment, [](const DeployedFunction& function) {
      const auto file = fs::path(function.executable).replace_extension(".openapi.json");
      return fs::exists(file) ? read_text(file) : std::string{};
    });
  } catch (const std::invalid_argument& error) {
    throw Failure(error.what());
  }
}

bool has_page(const fs::path& folder) { return fs::is_regular_file(folder / "index.html"); }

std::map<std::string, std::string> served_files(const Deployment& deployment, const fs::path& page_folder) {
  std::map<std::string, std::string> files{{"openapi.json", api_document(deployment)}};
  if (!has_page(page_folder)) return files;
  for (const auto& entry : fs::directory_iterator(page_folder)) {
    const auto name = entry.path().filename().string();
    if (!fs::is_regular_file(entry.symlink_status()) || name.front() == '.') continue;
    files.emplace("docs/" + name, read_text(entry.path()));
  }
  return files;
}

}  // namespace stile::cli
