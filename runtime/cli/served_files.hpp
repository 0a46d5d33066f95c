// What nginx serves by itself of /docs: the document, and the page's files as the build has brought them in. Knows
// neither nginx nor where they are served from. Any thread.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "manifest/deployment.hpp"

namespace stile::cli {

/// Is the page in the folder that the build makes for it? It is not where npm was missing.
bool has_page(const std::filesystem::path& folder);

/// The OpenAPI document, of what the build has written beside each worker. Throws Failure where that can't be read.
std::string api_document(const Deployment& deployment);

/// "openapi.json" and, where the page is there, "docs/NAME" for each file of its folder, with their texts. Throws Failure
/// for one that can't be read.
std::map<std::string, std::string> served_files(const Deployment& deployment,
                                                const std::filesystem::path& page_folder);

}  // namespace stile::cli
