// What the compiled stile says and how it ends, without serving anything.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "support/process.hpp"
#include "support/temporary_directory.hpp"

using namespace stile::test;

namespace {

const std::string program = STILE_BINARY_DIR "/bin/stile";

Outcome stile_with(std::vector<std::string> arguments, const ProcessOptions& options = {}) {
  arguments.insert(arguments.begin(), program);
  return run(arguments, options);
}

// One line on standard error that names `part`, nothing on standard output, and this exit code.
void check_complaint(const Outcome& outcome, int code, const std::string& part) {
  INFO(outcome.err);
  CHECK(outcome.exit.signal == 0);
  CHECK(outcome.exit.code == code);
  CHECK(outcome.out.empty());
  CHECK_THAT(outcome.err, Catch::StartsWith("stile: "));
  CHECK_THAT(outcome.err, Catch::Contains(part));
  CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
}

}  // namespace

TEST_CASE("A mistake on the command line ends with 2 and names itself") {
  check_complaint(stile_with({}), 2, "verb");
  check_complaint(stile_with({"sevre"}), 2, "sevre");
  check_complaint(stile_with({"serve", "--prot", "1"}), 2, "--prot");
  check_complaint(stile_with({"serve", "--port", "http"}), 2, "--port");
  check_complaint(stile_with({"nginx", "--port", "0"}), 2, "--port");
  check_complaint(stile_with({"serve", "--no-nginx", "--port", "80"}), 2, "--port");
  check_complaint(stile_with({"serve", "--on-nginx-change", "true"}), 2, "--no-nginx");
  check_complaint(stile_with({"health", "--no-nginx"}), 2, "health");
  check_complaint(stile_with({"serve", "--config", "/nonexistent/stile.json"}), 2, "/nonexistent/stile.json");
}

TEST_CASE("A mistake in the environment ends with 2 and names the variable") {
  check_complaint(stile_with({"routes"}, {.environment = {{"PORT", "http"}}}), 2, "PORT");
  check_complaint(stile_with({"routes"}, {.environment = {{"STILE_BIND", "nowhere"}}}), 2, "STILE_BIND");
}

TEST_CASE("A mistake in stile.json ends with 2 and names the file and the place") {
  const TemporaryDirectory directory;
  const auto complain_of = [&](const std::string& text, const std::string& part) {
    directory.write("stile.json", text);
    check_complaint(stile_with({"serve"}, {.directory = directory.path()}), 2,
                    directory.file("stile.json") + part);
  };
  complain_of(R"({"prot": 8080})", ": /prot: ");
  complain_of(R"({"port": "8080"})", ": /port: ");
  complain_of(R"({"functions": {"nothing": {}}})", ": /functions/nothing: there is no function");
  complain_of(R"({"routes": {"/hello/{x}/y": "hello/{name}"}})", ": /routes/~1hello~1{x}~1y: ");
  complain_of("{", ": line 1, column 1");
  complain_of(R"({"bind": "127.0.0.1\u0000; daemon on"})", ": /bind: must not hold a NUL");
}

TEST_CASE("Where there are no compiled functions it ends with 1 and says what to do") {
  check_complaint(stile_with({"serve", "--functions-build", "/nonexistent"}), 1, "./stile build");
}

TEST_CASE("A run directory too long for sockets ends with 1 and says what to do") {
  check_complaint(stile_with({"serve", "--run-dir", "/tmp/" + std::string(90, 'x')}), 1, "--run-dir");
}

TEST_CASE("Standard output that can't be written ends with 1") {
  const auto outcome = run({"sh", "-c", program + " routes >/dev/full"});
  check_complaint(outcome, 1, "standard output");
}

TEST_CASE("Help and the version are on standard output and end with 0") {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--help"}, {"serve", "--help"}}) {
    const auto outcome = stile_with(arguments);
    CHECK(outcome.exit.clean());
    CHECK(outcome.err.empty());
    CHECK_THAT(outcome.out, Catch::Contains("serve"));
  }
  const auto version = stile_with({"--version"});
  CHECK(version.exit.clean());
  CHECK(version.out == run({STILE_SOURCE_DIR "/stile", "--version"}).out);
}

TEST_CASE("The script refuses what it does not know with 2, before it builds anything") {
  const std::string script = STILE_SOURCE_DIR "/stile";
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{},
                                                    {"sevre"},
                                                    {"build", "extra"},
                                                    {"build", "--preset", "fast"},
                                                    {"build", "--preset"},
                                                    {"serve", "--preset", "asan"},
                                                    {"serve", "--no-build"}}) {
    auto command = arguments;
    command.insert(command.begin(), script);
    const auto outcome = run(command);
    INFO(outcome.err);
    CHECK(outcome.exit.code == 2);
    CHECK(outcome.out.empty());
    CHECK_THAT(outcome.err, Catch::StartsWith("stile: "));
    CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
  }
  const auto help = run({script, "--help"});
  CHECK(help.exit.clean());
  CHECK_THAT(help.out, Catch::Contains("usage:"));
}

TEST_CASE("The script asks a server that runs with what is built, and builds nothing for it") {
  if (!std::filesystem::exists(STILE_SOURCE_DIR "/build/release/bin/stile")) {
    WARN("there is no release build: left out");
    return;
  }
  const TemporaryDirectory directory;
  // Neither a compiler nor a package manager is where it could find one.
  for (const char* tool : {"bash", "readlink", "dirname"})
    std::filesystem::create_symlink("/usr/bin/" + std::string(tool), directory.file(tool));
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"status"}, {"rollback", "hello"}, {"reload", "--no-build"}}) {
    std::vector<std::string> command{STILE_SOURCE_DIR "/stile"};
    command.insert(command.end(), words.begin(), words.end());
    command.insert(command.end(), {"--run-dir", directory.path()});
    const auto outcome = run(command, {.environment = {{"PATH", directory.path()}}});
    CHECK(outcome.exit.code == 1);
    CHECK_THAT(outcome.err, Catch::StartsWith("stile: no server "));
  }
}

TEST_CASE("routes prints methods, path and file of every function, sorted by path") {
  const auto outcome = stile_with({"routes", "--prefix", "/v1"});
  CHECK(outcome.exit.clean());
  CHECK_THAT(outcome.out,
             Catch::Matches("(.*\n)*GET, HEAD, OPTIONS +/v1/hello +functions/hello\\.cpp\n(.*\n)*"));
  CHECK(outcome.out.find("/v1/hello ") < outcome.out.find("/v1/hello/{name}"));
  CHECK(outcome.out.find("/v1/hello/{name}") < outcome.out.find("/v1/notes "));
}

TEST_CASE("openapi prints the document, the same bytes each time, with what stile.json says of the API") {
  const TemporaryDirectory directory;
  const auto file = directory.write("stile.json", R"({"api": {"title": "Shop", "version": "2.1.0"}})");
  const auto outcome = stile_with({"openapi", "--config", file});
  CHECK(outcome.exit.clean());
  CHECK_THAT(outcome.out,
             Catch::StartsWith(R"({"openapi":"3.1.0","info":{"title":"Shop","version":"2.1.0",)"));
  CHECK_THAT(outcome.out, Catch::Contains(R"("/api/notes/{id}":{"get":{"operationId":"getNotesById")"));
  CHECK(stile_with({"openapi", "--config", file}).out == outcome.out);
}

TEST_CASE("openapi --diff names what breaks clients of an older document, and ends with 1 only then") {
  const TemporaryDirectory directory;
  const auto document = stile_with({"openapi"}).out;
  const auto same = directory.write("same.json", document);
  const auto unchanged = stile_with({"openapi", "--diff", same});
  CHECK(unchanged.exit.clean());
  CHECK(unchanged.out.empty());

  std::string older = document;
  const std::string bound = R"("maximum":500)";
  REQUIRE(older.find(bound) != std::string::npos);
  older.replace(older.find(bound), bound.size(), R"("maximum":600)");
  const auto narrowed = stile_with({"openapi", "--diff", directory.write("older.json", older)});
  CHECK(narrowed.exit.code == 1);
  CHECK(narrowed.out == "GET /api/notes: query parameter \"limit\" must be at most 500 now\n");

  check_complaint(stile_with({"openapi", "--diff", directory.file("none.json")}), 2, "none.json");
  check_complaint(stile_with({"openapi", "--diff", directory.write("other.json", "{}")}), 2, "other.json");
  check_complaint(
      stile_with({"openapi", "--diff", directory.write("list.json", R"({"openapi":"3.1.0","paths":[1]})")}),
      2, "list.json");
}

TEST_CASE("A file weighs less than the environment, and that less than a flag") {
  const TemporaryDirectory directory;
  directory.write("stile.json", R"({"port": 1111, "bind": "127.0.0.3"})");
  ProcessOptions options{.directory = directory.path()};
  const auto listens_on = [&](const std::vector<std::string>& flags) {
    std::vector<std::string> arguments{"nginx"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    const auto text = stile_with(arguments, options).out;
    const auto begin = text.find("listen ");
    REQUIRE(begin != std::string::npos);
    return text.substr(begin + 7, text.find_first_of("; ", begin + 7) - begin - 7);
  };
  CHECK(listens_on({}) == "127.0.0.3:1111");
  options.environment["PORT"] = "2222";
  CHECK(listens_on({}) == "127.0.0.3:2222");
  options.environment["STILE_PORT"] = "3333";
  CHECK(listens_on({}) == "127.0.0.3:3333");
  CHECK(listens_on({"--port", "4444", "--bind", "127.0.0.4"}) == "127.0.0.4:4444");
}

TEST_CASE("A certificate without its key ends with 2, whoever names it") {
  const TemporaryDirectory directory;
  check_complaint(stile_with({"serve", "--tls-cert", "cert.pem"}), 2, "tls_cert is given without tls_key");
  check_complaint(stile_with({"nginx"}, {.environment = {{"STILE_TLS_KEY", "key.pem"}}}), 2,
                  "tls_key is given without tls_cert");
  const auto file = directory.write("stile.json", R"({"tls_key": "key.pem"})");
  check_complaint(stile_with({"nginx", "--config", file}), 2, "tls_key is given without tls_cert");
  const auto both = stile_with({"nginx", "--config", file, "--tls-cert", "/etc/cert.pem"});
  CHECK_THAT(both.out, Catch::Contains("ssl_certificate_key \"" + directory.file("key.pem") + "\";") &&
                           Catch::Contains("ssl_certificate \"/etc/cert.pem\";"));
}

TEST_CASE("nginx prints a configuration that nginx itself takes") {
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory.file("nginx"));
  const auto outcome = stile_with({"nginx", "--run-dir", directory.path()});
  REQUIRE(outcome.exit.clean());
  const auto check = run({"env", "PATH=/usr/sbin:/usr/bin:/bin", "nginx", "-t", "-e", "stderr", "-c",
                          directory.write("nginx.conf", outcome.out)});
  INFO(check.err);
  CHECK(check.exit.clean());
}
