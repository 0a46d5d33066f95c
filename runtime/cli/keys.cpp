#include "cli/keys.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <utility>

#include "access/key_file.hpp"
#include "cli/quantities.hpp"
#include "cli/usage_error.hpp"
#include "posix/account.hpp"
#include "posix/failure.hpp"
#include "posix/fd.hpp"
#include "posix/file_lock.hpp"
#include "posix/random.hpp"
#include "posix/replaced_file.hpp"
#include "posix/secret_file.hpp"

namespace stile::cli {
namespace {

namespace fs = std::filesystem;
using access::KeyEntry;
using Entries = std::vector<KeyEntry>;

std::chrono::sys_seconds this_second() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

std::string text_of(std::chrono::sys_seconds time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

void print_text(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    throw Failure("cannot write to standard output");
}

// A link stays, and what it leads to is replaced, whether that is there yet or not.
std::string without_links(fs::path path) {
  std::error_code error;
  for (int links = 0; links < 40 && fs::is_symlink(path, error); ++links) {
    const auto target = fs::read_symlink(path, error);
    if (error) break;
    path = (path.parent_path() / target).lexically_normal();
  }
  return path.string();
}

// The file of the keys, for as long as nobody else changes it.
class KeysFile {
 public:
  KeysFile(const Resolved& settings, bool is_changed) : settings_(settings) {
    if (settings.keys_file.empty())
      throw UsageError("HOME is not set, so there is no place for keys: name their file with --keys-file");
    path_ = without_links(settings.keys_file);
    if (const auto account = posix::account_to_become(settings.user)) refuse_what_others_may_write(*account);
    if (is_changed) prepare();
  }

  Entries read() const {
    try {
      const auto file = posix::read_guarded_file(path_, access::longest_key_file);
      return file ? access::parse_keys(file->text) : Entries{};
    } catch (const std::invalid_argument& error) {
      throw Failure(fmt::format("{}: {}", path_, error.what()));
    } catch (const std::runtime_error& error) {
      throw Failure(error.what());
    }
  }

  void write(const Entries& entries) const {
    const auto text = access::print_keys(entries);
    if (text.size() > access::longest_key_file)
      throw Failure(fmt::format("{} would hold more than {} bytes: revoke keys that have expired", path_,
                                access::longest_key_file));
    posix::replace_file(path_, text, owner_);
  }

 private:
  void prepare() {
    make_folder();
    lock_.reset(::open((path_ + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!lock_) throw Failure(fmt::format("cannot write to {}.lock: {}", path_, std::strerror(errno)));
    if (!posix::lock_alone(lock_))
      throw Failure(fmt::format("somebody else changes {} now: try again", path_));
    choose_owner();
  }

  // Root's are read by the account of the functions, and written by root alone.
  void choose_owner() {
    const auto account = posix::account_to_become(settings_.user);
    const auto before = posix::owner_of_file(path_);
    if (before) {
      owner_ = *before;
      if (!account && owner_.user != ::geteuid())
        throw Failure(fmt::format("{} is somebody else's (uid {}): do it as its owner", path_, owner_.user));
    } else {
      owner_ = {::geteuid(), ::getegid(), 0600};
      if (account) owner_ = {0, account->group, 0640};
    }
    // It may be prepare() that has made the folder.
    if (account) refuse_what_others_may_write(*account);
  }

  // Whoever may write to the folder may put another file in its place.
  void refuse_what_others_may_write(const posix::Account& account) const {
    const auto file = posix::owner_of_file(path_);
    if (file && file->user != 0) {
      throw Failure(
          fmt::format("{} is owned by uid {} and not by root, so that its keys may be anybody's: look at "
                      "them, then chown "
                      "the file to root",
                      path_, file->user));
    }
    const auto folder = fs::path(path_).parent_path().string();
    const auto owner = posix::owner_of_file(folder);
    if (!owner) return;
    const bool is_others = (owner->mode & (S_IWGRP | S_IWOTH)) != 0;
    const bool is_safe = owner->user == 0 ? !is_others || (owner->mode & S_ISVTX) != 0
                                          : owner->user != account.user && !is_others;
    if (is_safe) return;
    throw Failure(fmt::format(
        "{} may be written by others than root, who could put keys of their own there: choose another "
        "folder (keys_file)",
        folder));
  }

  void make_folder() const {
    const auto folder = fs::path(path_).parent_path();
    std::error_code error;
    if (fs::is_directory(folder, error)) return;
    // Root's has to be passed by the account of the functions.
    const auto before = ::umask(::geteuid() == 0 ? 022 : 077);
    fs::create_directories(folder, error);
    ::umask(before);
    if (error) throw Failure(fmt::format("cannot make {}: {}", folder.string(), error.message()));
  }

  const Resolved& settings_;
  std::string path_;
  posix::Fd lock_;
  posix::FileOwner owner_;
};

std::vector<std::string> checked_words(std::vector<std::string> words, const char* flag) {
  std::vector<std::string> unique;
  for (auto& word : words) {
    if (!access::is_scope(word)) {
      throw UsageError(fmt::format(
          "{}: \"{}\" can be none: it takes up to 128 printable characters without blanks, quotes and \\",
          flag, word));
    }
    if (std::find(unique.begin(), unique.end(), word) == unique.end()) unique.push_back(std::move(word));
  }
  return unique;
}

struct Made {
  std::string key;
  KeyEntry entry;
};

Made make(const KeysCommand& command) {
  if (!access::is_key_name(command.name)) {
    throw UsageError(fmt::format(
        "\"{}\" is no name of a key: it takes up to 64 letters, digits and ._-@+: and begins with one of "
        "the first two; 12 hex digits would be an id",
        command.name));
  }
  Made made;
  made.entry.name = command.name;
  made.entry.scopes = checked_words(command.scopes, "--scope");
  made.entry.roles = checked_words(command.roles, "--role");
  made.entry.created = this_second();
  if (!command.expires.empty()) {
    try {
      made.entry.expires = made.entry.created + parse_lifetime(command.expires);
    } catch (const std::invalid_argument& error) {
      throw UsageError(fmt::format("--expires: {}", error.what()));
    }
  }
  std::array<std::byte, 6> id{};
  std::array<std::byte, 32> secret{};
  posix::fill_random(id);
  posix::fill_random(secret);
  made.key = access::make_key(id, secret);
  made.entry.id = std::string(access::id_of_key(made.key).value());
  made.entry.hash = access::hash_of_key(made.key);
  return made;
}

void add(const KeysCommand& command, const Resolved& settings) {
  const auto made = make(command);
  const KeysFile file(settings, true);
  const auto before = file.read();
  auto entries = before;
  for (const auto& entry : entries) {
    if (entry.name == made.entry.name)
      throw Failure(
          fmt::format("there is a key of the name {} already, {}: revoke it, or choose another name",
                      entry.name, entry.id));
    if (entry.id == made.entry.id) throw Failure("there is a key of that id already: try again");
  }
  entries.push_back(made.entry);
  file.write(entries);
  try {
    print_text(made.key + "\n");
  } catch (const Failure&) {
    file.write(before);
    throw;
  }
}

void revoke(const KeysCommand& command, const Resolved& settings) {
  const KeysFile file(settings, true);
  auto entries = file.read();
  const auto is_it = [&](const KeyEntry& entry) {
    return entry.id == command.name || entry.name == command.name;
  };
  const auto found = std::find_if(entries.begin(), entries.end(), is_it);
  if (found == entries.end())
    throw Failure(
        fmt::format("there is no key of the id or name {}: stile keys list shows them", command.name));
  entries.erase(found);
  file.write(entries);
}

nlohmann::json json_of(const Entries& entries, std::chrono::sys_seconds now) {
  auto keys = nlohmann::json::array();
  for (const auto& entry : entries) {
    keys.push_back({{"id", entry.id},
                    {"name", entry.name},
                    {"scopes", entry.scopes},
                    {"roles", entry.roles},
                    {"created", text_of(entry.created)},
                    {"expires", entry.expires ? nlohmann::json(text_of(*entry.expires)) : nlohmann::json()},
                    {"expired", entry.expires && now >= *entry.expires}});
  }
  return {{"keys", std::move(keys)}};
}

std::string joined(const std::vector<std::string>& words) {
  return words.empty() ? "-" : fmt::format("{}", fmt::join(words, " "));
}

std::string table_of(const Entries& entries, std::chrono::sys_seconds now) {
  std::vector<std::array<std::string, 6>> rows{{"ID", "NAME", "SCOPES", "ROLES", "CREATED", "EXPIRES"}};
  for (const auto& entry : entries) {
    auto expires = entry.expires ? text_of(*entry.expires) : "-";
    if (entry.expires && now >= *entry.expires) expires += " (has expired)";
    rows.push_back({entry.id, entry.name, joined(entry.scopes), joined(entry.roles), text_of(entry.created),
                    std::move(expires)});
  }
  std::array<std::size_t, 5> widths{};
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string table;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) table += fmt::format("{:<{}}  ", row[i], widths[i]);
    table += row.back() + "\n";
  }
  return table;
}

}  // namespace

void check_keys_file(const Resolved& settings) {
  if (!settings.keys_file.empty()) KeysFile(settings, false);
}

void run_keys(const KeysCommand& command, const Resolved& settings) {
  switch (command.action) {
    case KeysCommand::Action::add:
      add(command, settings);
      return;
    case KeysCommand::Action::revoke:
      revoke(command, settings);
      return;
    case KeysCommand::Action::list: {
      const auto entries = KeysFile(settings, false).read();
      const auto now = this_second();
      print_text(command.as_json ? json_of(entries, now).dump() + "\n" : table_of(entries, now));
      return;
    }
  }
}

}  // namespace stile::cli
