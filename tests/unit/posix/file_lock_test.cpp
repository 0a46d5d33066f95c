#include "posix/file_lock.hpp"

#include <fcntl.h>

#include <catch2/catch.hpp>
#include <future>
#include <string>

#include "support/temporary_directory.hpp"

using namespace stile;

namespace {

posix::Fd opened(const std::string& file) {
  return posix::Fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
}

}  // namespace

TEST_CASE("a lock that somebody keeps is not had") {
  const test::TemporaryDirectory folder;
  const auto first = opened(folder.file("lock"));
  REQUIRE(posix::lock_alone(first));
  CHECK_FALSE(posix::lock_alone(opened(folder.file("lock"))));
}

TEST_CASE("a lock that is let go of while another waits is had") {
  const test::TemporaryDirectory folder;
  auto first = opened(folder.file("lock"));
  REQUIRE(posix::lock_alone(first));
  std::promise<void> began;
  auto second = std::async(std::launch::async, [&] {
    const auto other = opened(folder.file("lock"));
    began.set_value();
    return posix::lock_alone(other);
  });
  began.get_future().wait();
  first.reset();
  CHECK(second.get());
}
