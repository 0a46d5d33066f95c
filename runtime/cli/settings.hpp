// The settings of a served project, and who may say them: stile.json, the environment, flags, in this order
// of rising precedence. One list of them all, from which flags, variables and keys are made. Pure; any
// thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "manifest/rate_policy.hpp"

namespace stile::cli {

/// What one source says, as text that has been checked; unset: it says nothing.
struct Values {
  std::optional<std::string> prefix;
  std::optional<std::string> bind;
  std::optional<std::string> port;
  std::optional<std::string> run_directory;
  std::optional<std::string> state_directory;
  std::optional<std::string> secrets_directory;
  std::optional<std::string> keys_file;
  std::optional<std::string> user;
  std::optional<std::string> nginx_workers;
  std::optional<std::string> drain_delay;
  std::optional<std::string> drain_timeout;
  std::optional<std::string> keep_crashes;
  std::optional<std::string> cache_size;
  std::optional<std::string> docs;
  std::optional<std::string> nginx;
  std::optional<std::string> socket_group;
  std::optional<std::string> nginx_files;
  std::optional<std::string> on_nginx_change;
  std::optional<std::string> rate;
  std::optional<std::string> trusted_proxies;
  std::optional<std::string> tls_certificate;
  std::optional<std::string> tls_key;
};

struct Setting {
  /// In stile.json a number may stand as a number, and a choice is true or false; elsewhere that is "on" or "off", or
  /// a flag without a value (--nginx, --no-nginx).
  enum class Form : std::uint8_t { text, number, text_or_number, choice };
  /// Whether it means something only with an nginx of our own, or only without one.
  enum class Where : std::uint8_t { anywhere, own_nginx, shared_nginx };

  std::string_view key;   ///< "run_dir" in stile.json, --run-dir as a flag, STILE_RUN_DIR in the environment
  std::string_view help;  ///< for --help
  std::optional<std::string> Values::*value;
  Form form;
  /// Throws std::invalid_argument with a sentence that says what may stand there.
  void (*check)(const std::string& text);
  std::string_view general_variable = {};  ///< a further variable that weighs less: PORT
  Where where = Where::anywhere;

  std::string flag() const;      ///< "--run-dir"
  std::string off_flag() const;  ///< of a choice: "--no-nginx"
  std::string variable() const;  ///< "STILE_RUN_DIR"
};

std::span<const Setting> all_settings();

/// Looks up an environment variable.
using Variables = std::function<std::optional<std::string>(const std::string& name)>;

/// What the environment says. An empty variable says nothing. Throws UsageError that names the variable.
Values values_of_environment(const Variables& variables);

/// `nearer` where it says something, else `farther`.
Values overlay(Values nearer, const Values& farther);

/// Who asks, from where: decides the defaults.
struct Caller {
  std::uint32_t user_id = 0;              ///< 0: root
  std::string folder;                     ///< absolute; relative directories are below it
  Variables variables;                    ///< XDG_RUNTIME_DIR, XDG_STATE_HOME, HOME
  unsigned processors = 1;                ///< that may be used
  std::optional<std::uint64_t> memory{};  ///< bytes that may be used, where that is limited
};

/// What a function's concurrency is where nobody says.
constexpr unsigned concurrency_per_processor = 4;

/// Everything decided.
struct Resolved {
  std::string prefix;  ///< "/api", or empty
  std::string bind;
  std::uint16_t port = 0;
  std::string run_directory;      ///< absolute
  std::string state_directory;    ///< absolute
  std::string secrets_directory;  ///< absolute
  std::string keys_file;          ///< absolute; empty where nobody says one and there is no home folder
  std::string user;               ///< the account of functions; meant only where root asks
  unsigned nginx_workers = 1;
  unsigned concurrency = 8;      ///< of functions for which nobody says another
  std::uint64_t max_memory = 0;  ///< likewise
  std::chrono::milliseconds drain_delay{0};
  std::optional<std::chrono::milliseconds> drain_timeout;  ///< unset: as long as the longest request may take
  std::string tls_certificate;                             ///< absolute; empty: plain HTTP
  std::string tls_key;                                     ///< absolute; empty with tls_certificate
  RatePolicy rate{};                                       ///< of functions that say none
  std::vector<std::string> trusted_proxies;                ///< addresses and networks
  bool keep_crashes = true;
  std::uint64_t cache_bytes = 0;  ///< that kept answers take, about
  bool docs = true;               ///< /docs and /openapi.json
  bool own_nginx = true;
  std::string socket_group;     ///< empty: the account's own
  std::string nginx_files;      ///< absolute; where nginx is not our own
  std::string nginx_name;       ///< what this server's names begin with in such an nginx: [A-Za-z0-9._-]
  std::string on_nginx_change;  ///< empty: nothing
};

/// The values, with defaults for the unset ones. Throws UsageError where no default can be found (no home
/// folder), and where a value needs another one (tls_cert, tls_key).
Resolved resolve(const Values& values, const Caller& caller);

/// Throws UsageError for a flag that means nothing with the nginx that it has come to. What the environment or
/// stile.json says in vain is let pass: it may hold for other starts.
void refuse_vain_flags(const Values& flags, const Resolved& resolved);

}  // namespace stile::cli
