// `stile dev` on a project directory: real CMake, compiler and nginx. What is Stile's own is linked as it is built already.
#include <signal.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "support/eventually.hpp"
#include "support/http_client.hpp"
#include "support/process.hpp"
#include "support/temporary_directory.hpp"

namespace fs = std::filesystem;
using namespace stile::test;
using namespace std::chrono_literals;

namespace {

const std::string program = STILE_BINARY_DIR "/bin/stile";
constexpr auto long_enough = 240s;  // compilers on a busy machine

std::string returning(const std::string& text) {
  return "#include <stile/function.hpp>\nstile::Json GET() { return \"" + text + "\"; }\n";
}

constexpr auto cmake_text = R"(cmake_minimum_required(VERSION 3.25)
project(mine LANGUAGES CXX)
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
set(built @BUILT@/runtime)
add_library(stile_endpoint INTERFACE)
target_include_directories(stile_endpoint INTERFACE @SOURCE@/runtime @SOURCE@/runtime/include)
add_library(stile_worker INTERFACE)
target_link_libraries(stile_worker INTERFACE ${built}/libstile_worker.a ${built}/libstile_endpoint.a
  ${built}/libstile_lending.a ${built}/libstile_manifest.a ${built}/libstile_posix.a
  ${built}/libfcgi_request_memory.a fmt::fmt Threads::Threads)
set(STILE_FUNCTIONS_DIR ${CMAKE_CURRENT_SOURCE_DIR}/functions CACHE PATH "")
list(APPEND CMAKE_MODULE_PATH @SOURCE@/cmake)
include(StileFunctions)
stile_add_functions(${STILE_FUNCTIONS_DIR})
)";

std::string replace_all(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

class DevelopedProject {
 public:
  DevelopedProject() {
    directory_.write("CMakeLists.txt", replace_all(replace_all(cmake_text, "@BUILT@", STILE_BINARY_DIR),
                                                   "@SOURCE@", STILE_SOURCE_DIR));
    save("hello.cpp", returning("one"));
    const auto configured = run({STILE_CMAKE, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-S",
                                 directory_.path(), "-B", directory_.file("build")},
                                {}, long_enough);
    INFO(configured.out << configured.err);
    REQUIRE(configured.exit.clean());
  }
  ~DevelopedProject() {
    if (!process_) return;
    process_->signal(SIGTERM);
    process_->wait();
  }
  DevelopedProject(const DevelopedProject&) = delete;
  DevelopedProject& operator=(const DevelopedProject&) = delete;

  void serve() {
    process_.emplace(std::vector<std::string>{program, "dev", "--port", "0", "--run-dir",
                                              directory_.file("run"), "--functions-build",
                                              directory_.file("build/functions")});
    url_ = process_->wait_for_line(Stream::out, "ready: ").substr(7);
  }
  std::string file(const std::string& name) const { return directory_.file("functions/" + name); }
  void save(const std::string& name, const std::string& text) const {
    directory_.write("functions/" + name, text);
  }
  HttpResponse get(const std::string& path) { return client_.get(url_ + path); }
  /// Whether it comes to that.
  bool answers(const std::string& path, int status, const std::string& part) {
    const bool has = eventually(
        [&] {
          last_ = get(path);
          return last_.status == status && last_.body.find(part) != std::string::npos;
        },
        long_enough);
    UNSCOPED_INFO(path << ": " << last_.status << " " << last_.body << "\n" << process_->text(Stream::out));
    return has;
  }
  std::string wait_for_log(const std::string& part) const {
    return process_->wait_for_line(Stream::out, part, long_enough);
  }

 private:
  TemporaryDirectory directory_;
  std::optional<Process> process_;
  std::string url_;
  HttpClient client_;
  HttpResponse last_;
};

}  // namespace

TEST_CASE("dev serves what is saved, however it is saved") {
  DevelopedProject project;
  project.serve();
  CHECK(project.answers("/hello", 200, "one"));
  project.save("hello.cpp", returning("in place"));
  CHECK(project.answers("/hello", 200, "in place"));
  project.save(".hello.cpp.new", returning("renamed over"));
  fs::rename(project.file(".hello.cpp.new"), project.file("hello.cpp"));
  CHECK(project.answers("/hello", 200, "renamed over"));
  fs::rename(project.file("hello.cpp"), project.file("hello.cpp~"));  // as one that keeps a backup
  project.save("hello.cpp", returning("after a backup"));
  CHECK(project.answers("/hello", 200, "after a backup"));
}

TEST_CASE("In dev a new file becomes a route, in new folders too, and a removed one goes") {
  DevelopedProject project;
  project.serve();
  CHECK(project.answers("/hello", 200, "one"));
  CHECK(project.get("/a/b/{x}").status == 404);
  project.save("a/b/{x}.cpp", returning("deep"));
  CHECK(project.answers("/a/b/7", 200, "deep"));
  project.save("a/b/{x}.cpp", returning("deeper"));
  CHECK(project.answers("/a/b/7", 200, "deeper"));
  fs::remove_all(project.file("a"));
  CHECK(project.answers("/a/b/7", 404, ""));
  CHECK(project.get("/hello").status == 200);
}

TEST_CASE("In dev a file that does not compile leaves the old one serving, and the first error is shown") {
  DevelopedProject project;
  project.serve();
  CHECK(project.answers("/hello", 200, "one"));
  project.save("hello.cpp", "#include <stile/function.hpp>\nstile::Json GET() { retrun 1; }\n");
  CHECK_THAT(project.wait_for_log("error stile - "), Catch::Contains("functions/hello.cpp:2:21: error: "));
  CHECK(project.answers("/hello", 200, "one"));
  // What else is saved meanwhile is served.
  project.save("other.cpp", returning("other"));
  CHECK(project.answers("/other", 200, "other"));
  CHECK(project.answers("/hello", 200, "one"));
  project.save("hello.cpp", returning("mended"));
  CHECK(project.answers("/hello", 200, "mended"));
}

TEST_CASE("In dev a build whose description is refused leaves the old one serving") {
  DevelopedProject project;
  project.serve();
  CHECK(project.answers("/hello", 200, "one"));
  project.save("hello.cpp",
               returning("two") + "void POST(stile::Query<\"n\", int, stile::length(1, 3)>) {}\n");
  CHECK_THAT(project.wait_for_log("error stile - "),
             Catch::Contains("functions/hello.cpp:1:1: error: POST: n: length says"));
  // By now it would be.
  project.save("other.cpp", returning("other"));
  CHECK(project.answers("/other", 200, "other"));
  CHECK(project.answers("/hello", 200, "one"));
  project.save("hello.cpp", returning("mended"));
  CHECK(project.answers("/hello", 200, "mended"));
}

TEST_CASE("In dev a mistake in a struct is told at the place where the struct is described") {
  DevelopedProject project;
  project.serve();
  CHECK(project.answers("/hello", 200, "one"));
  project.save("hello.cpp",
               "#include <stile/function.hpp>\nenum class E { a };\nstruct In { int i; E e; };\n"
               "STILE_DESCRIBE(In, i, e)\nIn POST(stile::Body<In> in) { return *in; }\n");
  CHECK_THAT(project.wait_for_log("error stile - "),
             Catch::Contains("functions/hello.cpp:4:1: error: ") &&
                 Catch::Contains("this member's type has no form in JSON"));
}

TEST_CASE("In dev an endpoint that was never built answers with the compiler's first error") {
  DevelopedProject project;
  project.save("new.cpp", "#include <stile/function.hpp>\nstile::Json GET() { return '$x\\\"' + ; }\n");
  project.serve();
  CHECK(project.answers("/new", 500, "functions/new.cpp:2:"));
  const auto answer = project.get("/new");
  CHECK(answer.header("Content-Type") == "application/problem+json");
  CHECK_THAT(answer.body, Catch::Contains("error: ") && Catch::Contains("\"request_id\":\""));
  CHECK(project.answers("/hello", 200, "one"));
  project.save("new.cpp", returning("built"));
  CHECK(project.answers("/new", 200, "built"));
}

TEST_CASE("In dev a bug is told to who asks from this machine") {
  DevelopedProject project;
  project.save("bug.cpp",
               "#include <stile/function.hpp>\n#include <stdexcept>\n"
               "stile::Json GET() { throw std::runtime_error(\"what was wrong\"); }\n");
  project.serve();
  CHECK(project.answers("/bug", 500, "what was wrong"));
}

TEST_CASE("dev refuses to show errors to others, and needs a folder that can be built") {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"--bind", "0.0.0.0"}, {"--bind", "::"}, {"--no-nginx"}}) {
    std::vector<std::string> command{program, "dev", "--port", "0"};
    if (words.size() == 1) command.resize(2);
    command.insert(command.end(), words.begin(), words.end());
    const auto outcome = run(command);
    CHECK(outcome.exit.code == 2);
    CHECK_THAT(outcome.err, Catch::StartsWith("stile: dev ") && Catch::Contains("loopback"));
  }
  const TemporaryDirectory directory;
  const auto outcome = run({program, "dev", "--port", "0", "--run-dir", directory.file("run"),
                            "--functions-build", directory.path()});
  CHECK(outcome.exit.code == 1);
  CHECK_THAT(outcome.err, Catch::Contains("./stile dev"));
}
