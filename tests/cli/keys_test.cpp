// `stile keys` as a process: what it prints, what the file holds then, and what it refuses.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <vector>

#include "access/key_store.hpp"
#include "cli/installation.hpp"
#include "posix/account.hpp"
#include "posix/fd.hpp"
#include "posix/replaced_file.hpp"
#include "support/process.hpp"
#include "support/temporary_directory.hpp"

namespace fs = std::filesystem;
using namespace stile::test;
using Catch::Contains;
using Json = nlohmann::json;

namespace {

const std::string stile_program = STILE_BINARY_DIR "/bin/stile";

struct Keys {
  TemporaryDirectory directory;
  std::string file = directory.file("keys.json");

  std::vector<std::string> command(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {stile_program, "keys"});
    arguments.insert(arguments.end(), {"--keys-file", file});
    return arguments;
  }
  Outcome ask(const std::vector<std::string>& arguments) const { return run(command(arguments)); }

  // Its output without the line's end.
  std::string add(const std::vector<std::string>& arguments) const {
    auto words = arguments;
    words.insert(words.begin(), "add");
    auto outcome = ask(words);
    INFO(outcome.err);
    REQUIRE(outcome.exit.clean());
    CHECK(outcome.err.empty());
    outcome.out.pop_back();
    return outcome.out;
  }
  Json list() const {
    const auto outcome = ask({"list", "--json"});
    REQUIRE(outcome.exit.clean());
    return Json::parse(outcome.out).at("keys");
  }
  void refuses(const std::vector<std::string>& arguments, int code, const std::string& part) const {
    const auto outcome = ask(arguments);
    INFO(outcome.err);
    CHECK(outcome.exit.code == code);
    CHECK(outcome.out.empty());
    CHECK_THAT(outcome.err, Catch::StartsWith("stile: ") && Contains(part));
    CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
  }
  bool lets_in(const std::string& key) const {
    const stile::access::KeyStore store(file);
    return std::holds_alternative<stile::access::KeyEntry>(store.find(key, std::chrono::system_clock::now()));
  }
};

}  // namespace

TEST_CASE("A key is printed once, is let in, stands in the list, and is not let in once it was revoked") {
  const Keys keys;
  const auto mobile =
      keys.add({"mobile", "--scope", "notes:read", "--scope", "notes:write", "--role", "admin"});
  CHECK(std::regex_match(mobile, std::regex("stile_[0-9a-f]{12}_[0-9a-f]{64}")));
  const auto other = keys.add({"other"});
  CHECK(other != mobile);
  CHECK(keys.lets_in(mobile));
  CHECK(keys.lets_in(other));
  const auto listed = keys.list();
  REQUIRE(listed.size() == 2);
  CHECK(listed[0].at("id") == mobile.substr(6, 12));
  CHECK(listed[0].at("name") == "mobile");
  CHECK(listed[0].at("scopes") == Json{"notes:read", "notes:write"});
  CHECK(listed[0].at("roles") == Json{"admin"});
  CHECK(listed[0].at("expires").is_null());
  CHECK(listed[0].at("expired") == false);
  CHECK(listed[1].at("scopes") == Json::array());
  const auto table = keys.ask({"list"});
  CHECK(table.exit.clean());
  CHECK_THAT(table.out,
             Catch::StartsWith("ID ") && Contains("notes:read notes:write  admin") && Contains("other"));
  // Neither the file nor the list has what would let anybody in.
  for (const auto& text : {table.out, listed.dump(), read_file(keys.file)})
    CHECK(text.find(mobile.substr(19)) == std::string::npos);
  CHECK(keys.ask({"revoke", "mobile"}).exit.clean());
  CHECK_FALSE(keys.lets_in(mobile));
  CHECK(keys.lets_in(other));
  CHECK(keys.ask({"revoke", other.substr(6, 12)}).exit.clean());
  CHECK_FALSE(keys.lets_in(other));
  CHECK(keys.list().empty());
}

TEST_CASE("A key may have an end") {
  const Keys keys;
  const auto key = keys.add({"mobile", "--expires", "90d"});
  const auto entry = keys.list().at(0);
  CHECK(std::regex_match(entry.at("created").get<std::string>(),
                         std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)")));
  CHECK(entry.at("expires").get<std::string>() > entry.at("created").get<std::string>());
  const stile::access::KeyStore store(keys.file);
  const auto now = std::chrono::system_clock::now();
  CHECK(std::holds_alternative<stile::access::KeyEntry>(store.find(key, now + std::chrono::hours(24 * 89))));
  CHECK(std::holds_alternative<stile::access::Refusal>(store.find(key, now + std::chrono::hours(24 * 91))));
}

TEST_CASE("Mistakes with keys end with 2, and what can't be done with 1") {
  const Keys keys;
  keys.add({"mobile"});
  keys.refuses({}, 2, "stile keys add NAME");
  keys.refuses({"ad", "x"}, 2, "stile keys add NAME");
  keys.refuses({"add"}, 2, "needs a name");
  keys.refuses({"revoke"}, 2, "which key");
  keys.refuses({"add", "a", "b"}, 2, "keys add takes no 'b'");
  keys.refuses({"list", "--josn"}, 2, "keys list takes no '--josn'");
  keys.refuses({"add", "two words"}, 2, "no name of a key");
  keys.refuses({"add", "0123456789ab"}, 2, "would be an id");
  keys.refuses({"add", "x", "--scope", "a b"}, 2, "--scope");
  keys.refuses({"add", "x", "--role", ""}, 2, "--role");
  keys.refuses({"add", "x", "--expires", "90"}, 2, "--expires");
  keys.refuses({"add", "x", "--expires", "0d"}, 2, "36500d");
  keys.refuses({"add", "mobile"}, 1, "already");
  keys.refuses({"revoke", "tablet"}, 1, "no key of the id or name tablet");
  CHECK(keys.list().size() == 1);
}

TEST_CASE("A list of keys that are none yet is empty, and makes no file") {
  const Keys keys;
  CHECK(keys.list().empty());
  CHECK_FALSE(fs::exists(keys.file));
  keys.refuses({"revoke", "x"}, 1, "no key");
}

TEST_CASE("A file of keys that is broken, or for others to write, is left as it is") {
  const Keys keys;
  keys.directory.write("keys.json", R"({"keys": [{"id": 1}]})");
  keys.refuses({"add", "x"}, 1, "/keys/0/id");
  keys.refuses({"list"}, 1, keys.file + ": /keys/0/id");
  CHECK(read_file(keys.file) == R"({"keys": [{"id": 1}]})");
  keys.directory.write("keys.json", R"({"keys": []})");
  fs::permissions(keys.file, fs::perms(0666));
  keys.refuses({"add", "x"}, 1, "chmod go-w");
  CHECK(read_file(keys.file) == R"({"keys": []})");
}

TEST_CASE("A key that could not be shown is none") {
  const Keys keys;
  keys.add({"first"});
  const auto outcome =
      run({"sh", "-c", stile_program + " keys add second --keys-file " + keys.file + " >/dev/full"});
  CHECK(outcome.exit.code == 1);
  CHECK_THAT(outcome.err, Contains("standard output"));
  CHECK(keys.list().size() == 1);
}

TEST_CASE("Of keys that are made at once none is lost") {
  const Keys keys;
  std::vector<std::unique_ptr<Process>> at_once;
  constexpr int many = 12;
  for (int i = 0; i < many; ++i)
    at_once.push_back(std::make_unique<Process>(keys.command({"add", "k" + std::to_string(i)})));
  for (const auto& process : at_once) CHECK(process->wait_all().clean());
  CHECK(keys.list().size() == many);
}

TEST_CASE("While somebody else holds the lock, nothing is changed") {
  const Keys keys;
  const stile::posix::Fd lock(::open((keys.file + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  REQUIRE(::flock(lock.get(), LOCK_EX) == 0);
  keys.refuses({"add", "x"}, 1, "try again");
  CHECK_FALSE(fs::exists(keys.file));
  CHECK(keys.list().empty());  // reading waits for nobody
}

TEST_CASE("A link to the file of keys stays one, and its folder is made") {
  const Keys keys;
  fs::create_directory(keys.directory.file("real"));
  fs::create_symlink("real/keys.json", keys.file);
  keys.add({"a"});
  keys.add({"b"});
  CHECK(fs::is_symlink(keys.file));
  CHECK(fs::is_regular_file(keys.directory.file("real/keys.json")));
  CHECK(keys.list().size() == 2);
  const auto made = run({stile_program, "keys", "add", "x", "--run-dir", keys.directory.file("new/run")});
  CHECK(made.exit.clean());
  CHECK(fs::is_regular_file(keys.directory.file("new/run/keys/keys.json")));
}

TEST_CASE("Keys need a place: where there is no home, one that is named") {
  std::vector<std::string> command;  // root has a place of its own
  if (::geteuid() == 0) command = as_nobody();
  command.insert(command.end(), {"env", "-u", "HOME", "-u", "XDG_STATE_HOME", stile_program, "keys", "list",
                                 "--state-dir", "/tmp"});
  const auto outcome = run(command);
  CHECK(outcome.exit.code == 2);
  CHECK_THAT(outcome.err, Contains("--keys-file"));
}

TEST_CASE("As root, the account of the functions reads the file of keys, and nobody but root can change it") {
  if (::geteuid() != 0) {
    WARN("only root can try this: left out");
    return;
  }
  const Keys keys;
  keys.add({"mobile"});
  const auto account = stile::posix::find_account("www-data");
  const auto owner = stile::posix::owner_of_file(keys.file);
  REQUIRE(owner);
  CHECK(owner->user == 0);
  CHECK(owner->group == account.group);
  CHECK(owner->mode == 0640);
  // What root has changed since stays.
  fs::permissions(keys.file, fs::perms(0644));
  keys.add({"tablet"});
  CHECK(stile::posix::owner_of_file(keys.file)->mode == 0644);
  // Where the account could put a file of its own in its place there are to be no keys.
  REQUIRE(::chown(keys.directory.path().c_str(), account.user, account.group) == 0);
  keys.refuses({"add", "x"}, 1, "choose another folder");
  REQUIRE(::chown(keys.directory.path().c_str(), 0, 0) == 0);
  fs::permissions(keys.directory.path(), fs::perms(0777));
  keys.refuses({"add", "x"}, 1, "choose another folder");
  // Somebody else neither reads nor writes it.
  fs::permissions(keys.directory.path(), fs::perms(0755));
  fs::permissions(keys.file, fs::perms(0640));
  auto as_other = as_nobody();
  const auto words = keys.command({"list"});
  as_other.insert(as_other.end(), words.begin(), words.end());
  const auto outcome = run(as_other);
  CHECK(outcome.exit.code == 1);
  CHECK_THAT(outcome.err, Contains("Permission denied"));
}
