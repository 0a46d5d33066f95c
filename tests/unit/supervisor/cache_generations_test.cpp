#include "supervisor/cache_generations.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <set>
#include <string>

#include "posix/failure.hpp"
#include "support/temporary_directory.hpp"

using namespace stile;
using namespace std::chrono_literals;
using supervisor::CacheGenerations;

namespace {

struct Stamped {
  test::TemporaryDirectory directory;
  std::string file = directory.file("generations.json");

  Deployment deployment(const std::string& program) const {
    DeployedFunction function;
    function.manifest.name = "notes/{id}";
    function.limits.cache = 60s;
    function.executable = directory.write("program", program);
    auto further = function;
    further.id = "further";
    DeployedFunction other;
    other.manifest.name = "other";
    other.executable = "/nowhere";
    return {"/api", {function, further, other}};
  }
  std::string generation(CacheGenerations& generations, const std::string& program) const {
    auto stamped = deployment(program);
    generations.stamp(stamped);
    CHECK(stamped.functions[0].generation == stamped.functions[1].generation);
    CHECK(stamped.functions[2].generation.empty());
    CHECK(stamped.functions[0].generation.find_first_not_of("0123456789abcdef-") == std::string::npos);
    return stamped.functions[0].generation;
  }
};

}  // namespace

TEST_CASE("A generation lasts as long as the build does, and comes back with neither") {
  const Stamped stamped;
  CacheGenerations generations(stamped.file);
  const auto first = stamped.generation(generations, "one");
  CHECK(stamped.generation(generations, "one") == first);
  const auto second = stamped.generation(generations, "two");
  const auto third = stamped.generation(generations, "one");
  CHECK(std::set<std::string>{first, second, third}.size() == 3);
  generations.end({"notes/{id}", "no such"});
  const auto fourth = stamped.generation(generations, "one");
  CHECK(fourth != third);
  CHECK(stamped.generation(generations, "one") == fourth);
}

TEST_CASE(
    "The next server knows the generations of the one before, and starts anew where it can't read them") {
  const Stamped stamped;
  std::string before;
  {
    CacheGenerations generations(stamped.file);
    stamped.generation(generations, "one");
    generations.end({"notes/{id}"});
    before = stamped.generation(generations, "one");
  }
  {
    CacheGenerations generations(stamped.file);
    CHECK(stamped.generation(generations, "one") == before);
  }
  for (const auto* text : {"", "no json", "[]", R"({"notes/{id}": 7})", R"({"notes/{id}": {"build": "1"}})",
                           R"({"notes/{id}": {"build": "x; }", "since": "1"}})"}) {
    CAPTURE(text);
    stamped.directory.write("generations.json", text);
    CacheGenerations generations(stamped.file);
    const auto anew = stamped.generation(generations, "one");
    CHECK(anew != before);
    CHECK(stamped.generation(generations, "one") == anew);
  }
}

TEST_CASE("What can't be written down does not end anything") {
  const Stamped stamped;
  CacheGenerations generations(stamped.file);
  const auto before = stamped.generation(generations, "one");
  std::filesystem::create_directory(stamped.file + ".new");
  CHECK_THROWS_AS(generations.end({"notes/{id}"}), Failure);
  CHECK(stamped.generation(generations, "one") == before);
}
