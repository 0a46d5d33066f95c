#include "supervisor/tls_files.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <optional>
#include <string>

#include "support/temporary_directory.hpp"

using namespace stile;
using namespace stile::supervisor;
using Catch::Matchers::Contains;

namespace {

struct Files {
  test::TemporaryDirectory folder{};
  std::string certificate = folder.write("cert.pem", "a certificate");
  std::string key = folder.write("key.pem", "a key");

  explicit Files(mode_t key_mode = 0600, mode_t certificate_mode = 0644) {
    ::chmod(key.c_str(), key_mode);
    ::chmod(certificate.c_str(), certificate_mode);
  }
  void check(const std::optional<posix::Account>& account = std::nullopt) const {
    check_tls_files(certificate, key, account);
  }
};

}  // namespace

TEST_CASE("a key that only its owner and its group may read is taken") {
  CHECK_NOTHROW(Files(0600).check());
  CHECK_NOTHROW(Files(0400).check());
  CHECK_NOTHROW(Files(0640).check());  // as Debian's ssl-cert has it
}

TEST_CASE("a key that others may read or write is refused with its path and what to do") {
  for (const mode_t mode : {0604U, 0644U}) {
    const Files files(mode);
    CHECK_THROWS_WITH(files.check(), Contains("tls_key " + files.key + " may be read by others: chmod o-r"));
  }
  for (const mode_t mode : {0602U, 0620U}) {
    const Files files(mode);
    CHECK_THROWS_WITH(files.check(), Contains("tls_key " + files.key + " may be written by others"));
  }
}

TEST_CASE("a certificate may be read by all, and written by its owner alone") {
  CHECK_NOTHROW(Files(0600, 0444).check());
  CHECK_THROWS_WITH(Files(0600, 0664).check(), Contains("tls_cert") && Contains("may be written by others"));
}

TEST_CASE("a key that the account of the functions may read is refused") {
  const Files files(0640);
  posix::Account account{"a-name", 12345, ::getegid(), {}};
  CHECK_THROWS_WITH(files.check(account), Contains("may be read by a-name, the account of the functions"));
  account.group = 12345;
  CHECK_NOTHROW(files.check(account));
  account.groups = {::getegid()};
  CHECK_THROWS_WITH(files.check(account), Contains("may be read by a-name"));
}

TEST_CASE("what is no file that can be read is refused") {
  const Files files;
  CHECK_THROWS_WITH(check_tls_files(files.folder.file("none.pem"), files.key, std::nullopt),
                    Contains("cannot read tls_cert " + files.folder.file("none.pem") + ": No such file"));
  CHECK_THROWS_WITH(check_tls_files(files.certificate, files.folder.path(), std::nullopt),
                    Contains("tls_key " + files.folder.path() + " is not a file"));
  const auto fifo = files.folder.file("fifo");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  CHECK_THROWS_WITH(check_tls_files(files.certificate, fifo, std::nullopt), Contains("is not a file"));
}

TEST_CASE("a key behind a link is judged by the file itself") {
  const Files files(0604);
  const auto link = files.folder.file("link.pem");
  std::filesystem::create_symlink(files.key, link);
  CHECK_THROWS_WITH(check_tls_files(files.certificate, link, std::nullopt),
                    Contains("may be read by others"));
}
