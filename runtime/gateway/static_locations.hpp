// Locations of what nginx serves as files by itself: the documentation page and the document that it shows, and the
// project's own files. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/nginx_text.hpp"
#include "manifest/deployment.hpp"

namespace stile::gateway {

struct Docs {
  std::string folder;     ///< absolute; has openapi.json and, where the page is there, docs/
  bool has_page = false;  ///< else /docs says what is missing
};

/// Whether /docs is the page's: no function's route, nor the prefix, begins with it.
bool serves_page(const Deployment& deployment);

/// /docs, its files, /openapi.json. `snippets` is what each location includes besides. A function's route wins: where one
/// begins with /docs the page is not there, likewise the document.
void write_docs(NginxText& text, const Deployment& deployment, const Docs& docs,
                const std::vector<std::string_view>& snippets);

/// Within `location /`, where no function has matched: the files of an absolute folder.
void write_public_files(NginxText& text, const std::string& folder,
                        const std::vector<std::string_view>& snippets);
/// Beside it, in the server: what a path gets that has no file there. The folder's own 404.html, or the problem.
void write_public_miss(NginxText& text, const std::string& folder,
                       const std::vector<std::string_view>& snippets);

}  // namespace stile::gateway
