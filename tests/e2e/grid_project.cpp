#include "e2e/grid_project.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <system_error>

namespace stile::test {
namespace {

ServedOptions options_for(const std::string& configuration_file,
                          const std::optional<Certificate>& certificate) {
  ServedOptions options;
  options.arguments = {"--functions-build", STILE_E2E_FUNCTIONS, "--config", configuration_file};
  if (certificate)
    options.arguments.insert(options.arguments.end(),
                             {"--tls-cert", certificate->file(), "--tls-key", certificate->key_file()});
  return options;
}

const std::map<int, std::string> titles{{400, "Bad Request"},
                                        {401, "Unauthorized"},
                                        {404, "Not Found"},
                                        {405, "Method Not Allowed"},
                                        {412, "Precondition Failed"},
                                        {413, "Content Too Large"},
                                        {414, "URI Too Long"},
                                        {415, "Unsupported Media Type"},
                                        {431, "Request Header Fields Too Large"},
                                        {429, "Too Many Requests"},
                                        {500, "Internal Server Error"},
                                        {501, "Not Implemented"},
                                        {502, "Bad Gateway"},
                                        {503, "Service Unavailable"},
                                        {504, "Gateway Timeout"},
                                        {505, "HTTP Version Not Supported"}};

}  // namespace

GridProject::GridProject(const std::string& configuration, HttpVersion version)
    : certificate_(version == HttpVersion::two ? std::optional<Certificate>(std::in_place) : std::nullopt),
      project_(options_for(directory_.write("stile.json", configuration), certificate_)) {}

HttpClientOptions GridProject::client_options() const {
  HttpClientOptions options;
  if (certificate_) {
    options.authority = certificate_->file();
    options.version = HttpVersion::two;
  }
  return options;
}

std::vector<pid_t> GridProject::workers() const {
  auto found = project_.processes();
  std::erase_if(found, [](pid_t pid) {
    std::error_code gone;
    const auto program = std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/exe", gone);
    return gone || program.extension() != ".fcgi";
  });
  return found;
}

void check_problem(const HttpResponse& response, int status) {
  CAPTURE(response.body);
  CHECK(response.status == status);
  CHECK(response.header("Content-Type") == "application/problem+json");
  REQUIRE(response.header_values("X-Request-Id").size() == 1);
  const auto problem = nlohmann::json::parse(response.body);
  CHECK(problem.at("type") == "about:blank");
  CHECK(problem.at("title") == titles.at(status));
  CHECK(problem.at("status") == status);
  CHECK(problem.at("request_id") == response.header("X-Request-Id"));
  // A bug's detail is for the log alone.
  if (status != 500) CHECK_FALSE(problem.at("detail").get<std::string>().empty());
}

}  // namespace stile::test
