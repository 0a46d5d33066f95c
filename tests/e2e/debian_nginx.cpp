#include "e2e/debian_nginx.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

namespace stile::test {
namespace {

constexpr int inherited = 3;

std::string main_configuration(const std::string& folder) {
  std::string temporary;
  for (const char* name : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
    temporary += "  " + std::string(name) + "_temp_path " + folder + "/" + name + ";\n";
  return "user www-data;\n"
         "worker_processes auto;\n"
         "pid " +
         folder +
         "/nginx.pid;\n"
         "error_log " +
         folder +
         "/error.log;\n"
         "include " +
         folder +
         "/modules-enabled/*.conf;\n"
         "events {\n"
         "  worker_connections 768;\n"
         "}\n"
         "http {\n"
         "  sendfile on;\n"
         "  tcp_nopush on;\n"
         "  types_hash_max_size 2048;\n"
         "  include /etc/nginx/mime.types;\n"
         "  default_type application/octet-stream;\n"
         "  ssl_protocols TLSv1.2 TLSv1.3;\n"
         "  ssl_prefer_server_ciphers on;\n"
         "  access_log " +
         folder +
         "/access.log;\n"
         "  gzip on;\n" +
         temporary + "  include " + folder +
         "/conf.d/*.conf;\n"
         "  include " +
         folder +
         "/sites-enabled/*;\n"
         "}\n";
}

std::string site(const std::string& folder, std::uint16_t port, const std::string& additions) {
  return "server {\n"
         "  listen 127.0.0.1:" +
         std::to_string(port) +
         " default_server;\n"
         "  root " +
         folder +
         "/html;\n"
         "  index index.html index.htm index.nginx-debian.html;\n"
         "  server_name _;\n"
         "  add_header X-Site mine always;\n"
         "  error_page 400 404 414 /404.html;\n"
         "  location / {\n"
         "    try_files $uri $uri/ =404;\n"
         "  }\n"
         "  location ~ \\.php$ {\n"
         "    return 403;\n"
         "  }\n"
         "  location ~* \\.(css|json)$ {\n"
         "    expires 30d;\n"
         "  }\n" +
         additions + "}\n";
}

std::vector<std::string> nginx_command(const std::string& folder) {
  return {"env",
          "PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/bin",
          "NGINX=" + std::to_string(inherited) + ";",
          "nginx",
          "-e",
          folder + "/error.log",
          "-c",
          folder + "/nginx.conf"};
}

}  // namespace

DebianNginx::DebianNginx(const Additions& additions) {
  for (const char* folder : {"modules-enabled", "conf.d"})
    std::filesystem::create_directory(directory_.file(folder));
  directory_.write("html/index.html", "<html>" + std::string(2000, 'x') + "</html>\n");
  directory_.write("html/404.html", "<html>not here</html>\n");
  directory_.write("html/style.css", "body { color: black; }\n");
  directory_.write("nginx.conf", main_configuration(directory_.path()));
  directory_.write("conf.d/stile.conf", additions.http);
  directory_.write("sites-enabled/default", site(directory_.path(), listener_.port(), additions.server));
  auto command = nginx_command(directory_.path());
  command.insert(command.end(), {"-g", "daemon off;"});
  // The port is open already, and nginx inherits it, as from an older nginx.
  process_.emplace(
      command,
      ProcessOptions{.environment = {}, .directory = {}, .descriptors = {{listener_.fd(), inherited}}});
}

DebianNginx::Additions DebianNginx::with_files_of(const std::string& folder) {
  return {"include " + folder + "/http.conf;\n", "  include " + folder + "/server.conf;\n"};
}

std::string DebianNginx::url(const std::string& path) const {
  return "http://127.0.0.1:" + std::to_string(port()) + path;
}

std::string DebianNginx::errors() const {
  std::ifstream in(directory_.file("error.log"));
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string DebianNginx::complaints() const {
  auto command = nginx_command(directory_.path());
  command.insert(command.end(), {"-t", "-q"});
  const auto outcome =
      run(command, {.environment = {}, .directory = {}, .descriptors = {{listener_.fd(), inherited}}});
  return outcome.exit.clean() ? "" : outcome.err;
}

}  // namespace stile::test
