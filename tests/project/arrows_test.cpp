// The dependency arrows, read from docs/architecture.md, against what the sources include and call.
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "support/temporary_directory.hpp"

namespace fs = std::filesystem;
using stile::test::read_file;

namespace {

const fs::path root = STILE_SOURCE_DIR;
using Rooms = std::map<std::string, std::set<std::string>>;

std::vector<std::string> names_in(const std::string& list) {
  static const std::regex name("[a-z_/]+");
  return {std::sregex_token_iterator(list.begin(), list.end(), name), {}};
}

// "a, b -> c, d;   e -> f" for all lines of the house's list.
Rooms arrows_of_document() {
  Rooms arrows;
  std::istringstream document(read_file((root / "docs/architecture.md").string()));
  for (std::string line; std::getline(document, line) && line.find("    never:") == std::string::npos;) {
    if (!line.starts_with("    ") || line.find(" -> ") == std::string::npos) continue;
    std::istringstream parts(line);
    for (std::string part; std::getline(parts, part, ';');) {
      const auto arrow = part.find("->");
      if (arrow == std::string::npos) continue;
      for (const auto& from : names_in(part.substr(0, arrow))) {
        for (const auto& to : names_in(part.substr(arrow + 2))) arrows[from].insert(to);
      }
    }
  }
  return arrows;
}

// Who may include whom: what an arrow leads to, and what arrows lead to from there.
Rooms reach(Rooms arrows) {
  for (bool grew = true; grew;) {
    grew = false;
    for (auto& [room, targets] : arrows) {
      for (const auto& target : std::set<std::string>(targets)) {
        const auto further = arrows.find(target);
        if (further == arrows.end()) continue;
        const auto before = targets.size();
        targets.insert(further->second.begin(), further->second.end());
        grew = grew || targets.size() != before;
      }
    }
  }
  return arrows;
}

std::vector<fs::path> sources_below(const fs::path& folder) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const auto extension = entry.path().extension();
    if (extension == ".cpp" || extension == ".hpp") found.push_back(entry.path());
  }
  return found;
}

struct Include {
  bool quoted = false;
  std::string path;
};

std::vector<Include> includes_of(const fs::path& file) {
  static const std::regex line(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])", std::regex::multiline);
  const auto text = read_file(file.string());
  std::vector<Include> found;
  for (std::sregex_iterator it(text.begin(), text.end(), line), end; it != end; ++it) {
    found.push_back({(*it)[1] == "\"", (*it)[2]});
  }
  return found;
}

std::string room_of(const fs::path& file) { return fs::relative(file, root / "runtime").begin()->string(); }

}  // namespace

TEST_CASE("The document has an arrow for every room but those that depend on none") {
  const auto arrows = arrows_of_document();
  for (const auto& entry : fs::directory_iterator(root / "runtime")) {
    if (!entry.is_directory()) continue;
    const auto room = entry.path().filename().string();
    if (room == "include" || room == "posix" || room == "manifest") continue;
    INFO(room);
    CHECK(arrows.count(room) == 1);
  }
}

TEST_CASE("A room includes its own files and those that its arrows lead to") {
  const auto allowed = reach(arrows_of_document());
  std::size_t seen = 0;
  for (const auto& file : sources_below(root / "runtime")) {
    const auto room = room_of(file);
    if (room == "include") continue;
    for (const auto& include : includes_of(file)) {
      if (!include.quoted || include.path.starts_with("stile/")) continue;  // see below
      INFO(file.string() << " includes " << include.path);
      const auto target = include.path.substr(0, include.path.find('/'));
      const auto own = allowed.find(room);
      CHECK((target == room || (own != allowed.end() && own->second.count(target) == 1)));
      ++seen;
    }
  }
  CHECK(seen > 100);  // else the scan itself is broken
}

TEST_CASE("What a function may include depends on nothing of the runtime but itself") {
  for (const auto& file : sources_below(root / "runtime/include")) {
    for (const auto& include : includes_of(file)) {
      INFO(file.string() << " includes " << include.path);
      CHECK_FALSE(include.quoted);
    }
  }
}

TEST_CASE("Only the endpoint's side of the house sees what functions include") {
  for (const auto& file : sources_below(root / "runtime")) {
    const auto room = room_of(file);
    if (room == "include" || room == "endpoint" || room == "worker") continue;
    for (const auto& include : includes_of(file)) {
      INFO(file.string() << " includes " << include.path);
      CHECK_FALSE(include.path.starts_with("stile/"));
    }
  }
}

TEST_CASE("Functions include what is public, libraries, and their own shared code") {
  for (const auto& file : sources_below(root / "functions")) {
    for (const auto& include : includes_of(file)) {
      INFO(file.string() << " includes " << include.path);
      if (include.quoted) CHECK(fs::exists(root / "functions" / include.path));
      CHECK_FALSE(fs::exists(root / "runtime" / include.path));
    }
  }
}

TEST_CASE("Only the worker sees FastCGI") {
  std::set<std::string> rooms;
  for (const auto& file : sources_below(root / "runtime")) {
    for (const auto& include : includes_of(file)) {
      if (include.path.find("fcgi") != std::string::npos && !include.quoted) rooms.insert(room_of(file));
    }
  }
  CHECK(rooms == std::set<std::string>{"worker"});
}

TEST_CASE("Only the supervisor forks") {
  static const std::regex call(R"(\b(fork|vfork|clone|clone3|posix_spawnp?|popen|system|daemon)\s*\()"
                               R"(|\bSYS_(clone|clone3|fork|vfork)\b)");
  std::set<std::string> rooms;
  for (const auto& file : sources_below(root / "runtime")) {
    if (std::regex_search(read_file(file.string()), call)) rooms.insert(room_of(file));
  }
  CHECK(rooms == std::set<std::string>{"supervisor"});
}

TEST_CASE("Pure rooms ask nothing of the system") {
  static const std::regex system_header(
      R"(sys/.*|unistd\.h|fcntl\.h|signal\.h|csignal|poll\.h|netdb\.h|netinet/.*|arpa/.*|thread)");
  for (const char* room : {"access", "endpoint", "manifest", "gateway", "openapi"}) {
    for (const auto& file : sources_below(root / "runtime" / room)) {
      for (const auto& include : includes_of(file)) {
        INFO(file.string() << " includes " << include.path);
        CHECK_FALSE((!include.quoted && std::regex_match(include.path, system_header)));
      }
    }
  }
}
