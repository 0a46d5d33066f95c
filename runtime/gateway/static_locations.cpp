#include "gateway/static_locations.hpp"

#include <algorithm>

namespace stile::gateway {
namespace {

// Is one of the first segments of what is served by functions?
bool is_taken(const Deployment& deployment, const std::string& first) {
  const auto begins = [&](const Route& route) {
    return !route.segments().empty() && route.segments().front() == Segment{Segment::Kind::literal, first};
  };
  const auto is_this = [&](const auto& endpoint) { return begins(endpoint.route); };
  return begins(Route::parse("/").below(deployment.prefix)) ||
         std::any_of(deployment.functions.begin(), deployment.functions.end(), is_this) ||
         std::any_of(deployment.broken.begin(), deployment.broken.end(), is_this);
}

void include_all(NginxText& text, const std::vector<std::string_view>& snippets) {
  for (const auto snippet : snippets) text.include(snippet);
}

void open_docs(NginxText& text, const std::string& where, const std::vector<std::string_view>& snippets) {
  text.open("location " + where);
  include_all(text, snippets);
  text.line("set $stile_allow \"GET, HEAD\";");
  text.include("endpoint.conf");
}

void include_files(NginxText& text) {
  for (const auto snippet : {"types.conf", "files.conf", "docs.conf"}) text.include(snippet);
}

void write_page(NginxText& text, const Docs& docs, const std::vector<std::string_view>& snippets) {
  open_docs(text, "= /docs", snippets);
  if (!docs.has_page) {
    text.line("default_type application/problem+json;");
    text.line("add_header X-Request-Id $stile_request_id always;");
    text.line("add_header Cache-Control no-store always;");
    text.line("add_header X-Content-Type-Options nosniff always;");
    text.line(
        R"(return 404 '{{"type":"about:blank","title":"Not Found","status":404,"detail":"{}",)"
        R"("request_id":"$stile_request_id"}}\n';)",
        "The page is not there: its files come from npm when Stile is built. The document is /openapi.json.");
    return text.close();
  }
  include_files(text);
  text.line("root \"{}\";", checked(docs.folder));
  text.line("try_files /docs/index.html =404;");
  text.close();
  // Its links are relative, so that it can stand behind a proxy that adds a path.
  open_docs(text, "= /docs/", snippets);
  include_files(text);
  text.line("return 308 ../docs;");
  text.close();
  open_docs(text, "^~ /docs/", snippets);
  include_files(text);
  text.line("root \"{}\";", checked(docs.folder));
  text.close();
}

}  // namespace

bool serves_page(const Deployment& deployment) { return !is_taken(deployment, "docs"); }

void write_docs(NginxText& text, const Deployment& deployment, const Docs& docs,
                const std::vector<std::string_view>& snippets) {
  if (serves_page(deployment)) write_page(text, docs, snippets);
  if (is_taken(deployment, "openapi.json")) return;
  open_docs(text, "= /openapi.json", snippets);
  include_files(text);
  text.line("root \"{}\";", checked(docs.folder));
  text.close();
}

void write_public_files(NginxText& text, const std::string& folder,
                        const std::vector<std::string_view>& snippets) {
  // No name that begins with a dot but the registered one (RFC 8615), no empty segment.
  text.open(R"(location ~ "(?s)^/\.(?!well-known/)|./\.|//")");
  text.line("return 404;");
  text.close();
  // A location of its own: those of functions, which stand beside it, inherit nothing of it.
  text.open("location ~ \"^/\"");
  text.line("root \"{}\";", checked(folder));
  include_all(text, snippets);
  for (const auto snippet : {"types.conf", "files.conf", "public.conf", "error_pages.conf"})
    text.include(snippet);
  text.close();
}

void write_public_miss(NginxText& text, const std::string& folder,
                       const std::vector<std::string_view>& snippets) {
  text.open("location = /@stile_no_file");
  text.line("internal;");
  text.line("root \"{}\";", checked(folder));
  include_all(text, snippets);
  for (const auto snippet : {"types.conf", "files.conf", "public_miss.conf"}) text.include(snippet);
  text.close();
}

}  // namespace stile::gateway
