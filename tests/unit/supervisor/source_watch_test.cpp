#include "supervisor/source_watch.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>
#include <string>

#include "posix/failure.hpp"
#include "support/eventually.hpp"
#include "support/temporary_directory.hpp"

using namespace stile;
using namespace stile::supervisor;
namespace fs = std::filesystem;

namespace {

class Watched {
 public:
  /// Whether the watch tells of what `act` does.
  bool tells_of(const std::function<void()>& act) {
    is_told_ = false;
    act();
    const auto limit = loop_.after(test::patience, [this] { loop_.stop(); });
    loop_.run();
    return is_told_;
  }
  std::string write(const std::string& name) const { return directory_.write(name, "text"); }
  std::string file(const std::string& name) const { return directory_.file(name); }

 private:
  test::TemporaryDirectory directory_;
  EventLoop loop_;
  bool is_told_ = false;
  SourceWatch watch_{loop_, directory_.path(), [this] {
                       is_told_ = true;
                       loop_.stop();
                     }};
};

}  // namespace

TEST_CASE("Every way to change a file is told, in folders that are made later too") {
  Watched folder;
  CHECK(folder.tells_of([&] { folder.write("hello.cpp"); }));
  CHECK(folder.tells_of([&] { folder.write("hello.cpp"); }));
  CHECK(folder.tells_of([&] { fs::rename(folder.write(".new"), folder.file("hello.cpp")); }));
  CHECK(folder.tells_of([&] { fs::rename(folder.file("hello.cpp"), folder.file("other.cpp")); }));
  CHECK(folder.tells_of([&] { fs::remove(folder.file("other.cpp")); }));
  CHECK(folder.tells_of([&] { folder.write("a/b/c.cpp"); }));
  CHECK(folder.tells_of([&] { folder.write("a/b/c.cpp"); }));
  CHECK(folder.tells_of([&] { fs::rename(folder.file("a"), folder.file("z")); }));
  CHECK(folder.tells_of([&] { folder.write("z/b/c.cpp"); }));
  CHECK(folder.tells_of([&] { fs::remove_all(folder.file("z")); }));
}

TEST_CASE("A folder that is not there can't be watched, and says so") {
  EventLoop loop;
  CHECK_THROWS_WITH(SourceWatch(loop, "/nonexistent", [] {}), Catch::Contains("/nonexistent"));
}

TEST_CASE("What editors keep beside a file is no source") {
  for (const char* name : {".hello.cpp.swp", "hello.cpp~", "#hello.cpp#", ".#hello.cpp", "4913", "x.swp"})
    CHECK(is_editors_own(name));
  for (const char* name : {"hello.cpp", "{id}.cpp", "_notes", "CMakeLists.txt", "x.hpp"})
    CHECK_FALSE(is_editors_own(name));
}
