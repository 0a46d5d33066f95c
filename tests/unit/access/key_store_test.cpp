#include "access/key_store.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>
#include <vector>

#include "support/eventually.hpp"
#include "support/temporary_directory.hpp"

using namespace stile::access;
using Catch::Contains;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

const std::chrono::system_clock::time_point now{1'800'000'000s};

std::string key_number(unsigned char number) {
  std::array<std::byte, 6> id{};
  std::array<std::byte, 32> secret{};
  id[5] = std::byte{number};
  secret[0] = std::byte{number};
  return make_key(id, secret);
}

KeyEntry entry_number(unsigned char number) {
  const auto key = key_number(number);
  KeyEntry entry;
  entry.id = std::string(*id_of_key(key));
  entry.name = "k" + std::to_string(number);
  entry.hash = hash_of_key(key);
  entry.scopes = {"notes:read"};
  return entry;
}

// As `stile keys` does: another file in its place.
void replace(const stile::test::TemporaryDirectory& directory, const std::vector<KeyEntry>& entries) {
  fs::rename(directory.write("next", print_keys(entries)), directory.file("keys.json"));
}

Refusal refusal_of(const KeyStore& store, std::string_view key) {
  return std::get<Refusal>(store.find(key, now));
}

}  // namespace

TEST_CASE("A key that is in the file is found, and no other one") {
  const stile::test::TemporaryDirectory directory;
  replace(directory, {entry_number(1), entry_number(2)});
  const KeyStore store(directory.file("keys.json"));
  const auto found = std::get<KeyEntry>(store.find(key_number(2), now));
  CHECK(found.name == "k2");
  CHECK(found.scopes == std::vector<std::string>{"notes:read"});
  CHECK_THAT(refusal_of(store, key_number(3)).reason, Contains("no API key 000000000003"));
  auto wrong = key_number(2);
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  CHECK_THAT(refusal_of(store, wrong).reason, Contains("not the secret of the API key 000000000002 (k2)"));
  for (const auto* text : {"", "stile_", "k2", "000000000002"})
    CHECK_THAT(refusal_of(store, text).reason, Contains("form"));
  // What a caller is told does not say which of these it was.
  for (const auto& text : {key_number(3), wrong, std::string("k2")}) {
    const auto refusal = refusal_of(store, text);
    CHECK(refusal.fault == Refusal::Fault::caller);
    CHECK(refusal.error == "invalid_token");
    CHECK(refusal.description == "the key is not valid");
    CHECK(refusal.reason.find(text) == std::string::npos);
  }
}

TEST_CASE("A key holds until the second in which it expires") {
  const stile::test::TemporaryDirectory directory;
  auto entry = entry_number(1);
  entry.expires = std::chrono::sys_seconds(1'800'000'000s);
  replace(directory, {entry});
  const KeyStore store(directory.file("keys.json"));
  CHECK(std::holds_alternative<KeyEntry>(store.find(key_number(1), now - 1ms)));
  CHECK_THAT(refusal_of(store, key_number(1)).reason, Contains("has expired"));
  CHECK(refusal_of(store, key_number(1)).description == "the key has expired");
}

TEST_CASE("A key that was revoked is refused within a second, without being told") {
  const stile::test::TemporaryDirectory directory;
  replace(directory, {entry_number(1)});
  const KeyStore store(directory.file("keys.json"));
  REQUIRE(std::holds_alternative<KeyEntry>(store.find(key_number(1), now)));
  replace(directory, {});
  const auto revoked = std::chrono::steady_clock::now();
  CHECK(stile::test::eventually(
      [&] { return std::holds_alternative<Refusal>(store.find(key_number(1), now)); }));
  CHECK(std::chrono::steady_clock::now() - revoked < 1s);
  replace(directory, {entry_number(1)});
  CHECK(stile::test::eventually(
      [&] { return std::holds_alternative<KeyEntry>(store.find(key_number(1), now)); }));
}

TEST_CASE("A change of the same size in the same moment is seen too") {
  const stile::test::TemporaryDirectory directory;
  const KeyStore store(directory.file("keys.json"), 0ms);
  for (unsigned char number = 10; number < 60; ++number) {
    directory.write("keys.json", print_keys({entry_number(number)}));  // in place: the same inode
    CHECK(std::holds_alternative<KeyEntry>(store.find(key_number(number), now)));
    CHECK(
        std::holds_alternative<Refusal>(store.find(key_number(static_cast<unsigned char>(number - 1)), now)));
  }
}

TEST_CASE("Where the file can't be used nobody is let in, until it can") {
  const stile::test::TemporaryDirectory directory;
  const auto path = directory.file("keys.json");
  const KeyStore store(path, 0ms);
  const auto refused_for = [&](const std::string& part) {
    const auto refusal = refusal_of(store, key_number(1));
    CHECK(refusal.fault == Refusal::Fault::server);
    CHECK_THAT(refusal.reason, Contains(part) && Contains(path));
    CHECK(refusal.description.find(path) == std::string::npos);
  };
  refused_for("there is no file");
  replace(directory, {entry_number(1)});
  CHECK(std::holds_alternative<KeyEntry>(store.find(key_number(1), now)));
  fs::permissions(path, fs::perms(0660));
  refused_for("may be written by others");
  fs::permissions(path, fs::perms(0640));
  CHECK(std::holds_alternative<KeyEntry>(store.find(key_number(1), now)));
  directory.write("keys.json", "{");
  refused_for("this is not JSON");
  directory.write("keys.json", R"({"keys": [1]})");
  refused_for("/keys/0");
  fs::remove(path);
  refused_for("there is no file");
  fs::create_directory(path);
  refused_for("is no file");
  fs::remove(path);
  fs::create_symlink("nothing/there", path);
  refused_for("there is no file");
}

TEST_CASE("A file that can't be used is refused to every caller, whatever he presents") {
  const stile::test::TemporaryDirectory directory;
  const KeyStore store(directory.file("keys.json"));
  for (const auto* text : {"", "x"}) CHECK(refusal_of(store, text).fault == Refusal::Fault::server);
}

TEST_CASE("Threads look keys up while the file changes") {
  const stile::test::TemporaryDirectory directory;
  replace(directory, {entry_number(1), entry_number(2)});
  const KeyStore store(directory.file("keys.json"), 0ms);
  std::atomic<bool> go_on{true};
  std::atomic<int> wrong{0};
  std::atomic<int> found{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      while (go_on) {  // the first one is always there, the second one now and then, the third one never
        if (!std::holds_alternative<KeyEntry>(store.find(key_number(1), now))) ++wrong;
        if (std::holds_alternative<KeyEntry>(store.find(key_number(2), now))) ++found;
        if (!std::holds_alternative<Refusal>(store.find(key_number(3), now))) ++wrong;
      }
    });
  }
  for (int i = 0; i < 200; ++i) {
    replace(directory, {entry_number(1)});
    replace(directory, {entry_number(1), entry_number(2)});
  }
  CHECK(stile::test::eventually([&] { return found > 0; }));
  go_on = false;
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
}
