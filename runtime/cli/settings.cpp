#include "cli/settings.hpp"

#include <arpa/inet.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "cli/quantities.hpp"
#include "cli/rate_text.hpp"
#include "cli/usage_error.hpp"
#include "manifest/route.hpp"

namespace stile::cli {
namespace {

[[noreturn]] void refuse(const std::string& text, std::string_view what) {
  throw std::invalid_argument(fmt::format("\"{}\" is not {}", text, what));
}

std::optional<unsigned> number_in(const std::string& text, unsigned least, unsigned most) {
  unsigned number = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || rest != end || number < least || number > most) return std::nullopt;
  return number;
}

void check_prefix(const std::string& text) {
  if (text.empty() || text == "/") return;
  if (text.size() > 200)
    refuse(text.substr(0, 20) + "...", "a prefix: it may have 200 bytes");  // nginx has limits too
  const auto segments = Route::parse(text).segments();
  const auto is_literal = [](const Segment& segment) { return segment.kind == Segment::Kind::literal; };
  if (!std::all_of(segments.begin(), segments.end(), is_literal)) {
    refuse(text, "a prefix: it takes no parameters");
  }
}

void check_address(const std::string& text) {
  std::array<std::byte, sizeof(in6_addr)> address{};
  if (::inet_pton(AF_INET, text.c_str(), address.data()) == 1) return;
  if (::inet_pton(AF_INET6, text.c_str(), address.data()) == 1) return;
  refuse(text, "an IPv4 or IPv6 address, such as 127.0.0.1, 0.0.0.0 or ::1");
}

void check_port(const std::string& text) {
  if (!number_in(text, 0, 65535)) refuse(text, "a port: 1 .. 65535, or 0 for any free one");
}

// Not empty, and nothing that nginx's configuration has its own ideas of.
bool stands_in_nginx(const std::string& path) {
  const auto strange = [](char c) {
    return static_cast<unsigned char>(c) < ' ' ||
           std::string_view("\"$\\:").find(c) != std::string_view::npos;
  };
  return !path.empty() && std::none_of(path.begin(), path.end(), strange);
}

constexpr std::uint64_t least_cache = 1'000'000;
constexpr std::uint64_t most_cache = 1'000'000'000'000;

void check_directory(const std::string& text) {
  if (!stands_in_nginx(text)) {
    refuse(text, "a folder: it must not be empty, or hold control characters, quotes, $, \\ or :");
  }
}

void check_file(const std::string& text) {
  if (!stands_in_nginx(text) || text.back() == '/') {
    refuse(text, "a file: it must not be empty, or hold control characters, quotes, $, \\ or :");
  }
}

bool is_account_name(const std::string& text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  return !text.empty() && text.front() != '-' && std::all_of(text.begin(), text.end(), plain);
}

void check_user(const std::string& text) {
  if (!is_account_name(text)) refuse(text, "the name of an account");
}

void check_group(const std::string& text) {
  if (!is_account_name(text)) refuse(text, "the name of a group");
}

void check_choice(const std::string& text) {
  if (text != "on" && text != "off") refuse(text, "on or off");
}

void check_command(const std::string& text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' '; };
  if (text.empty() || std::any_of(text.begin(), text.end(), is_control))
    refuse(text, "a command of one line");
}

void check_nginx_workers(const std::string& text) {
  if (text != "auto" && !number_in(text, 1, 512)) refuse(text, "1 .. 512 or auto");
}

void check_duration(const std::string& text) {
  if (parse_duration(text) > std::chrono::hours{24}) refuse(text, "at most 24h");
}

void check_rate(const std::string& text) { (void)parse_rate(text); }

void check_networks(const std::string& text) { (void)parse_networks(text); }

void check_cache_size(const std::string& text) {
  const auto bytes = parse_size(text);
  if (bytes < least_cache || bytes > most_cache) refuse(text, "1MB .. 1000GB");
}

using Form = Setting::Form;
using Where = Setting::Where;
constexpr std::array<Setting, 22> settings{{
    {"prefix", "path below which the endpoints are (default /api; / for none)", &Values::prefix, Form::text,
     check_prefix},
    {"bind", "address to listen on (default 127.0.0.1)", &Values::bind, Form::text, check_address},
    {"port", "port to listen on, 0 for any free one (default: PORT, else 8080)", &Values::port, Form::number,
     check_port, "PORT", Where::own_nginx},
    {"run_dir", "folder of sockets, locks and nginx's files (default /run/stile, or one of the user's own)",
     &Values::run_directory, Form::text, check_directory},
    {"state_dir",
     "folder where functions keep what must last (default: state below --run-dir where that is given, else "
     "/var/lib/stile or ~/.local/state/stile)",
     &Values::state_directory, Form::text, check_directory},
    {"secrets_dir", "folder where functions find secrets, each in a file of its name (default /run/secrets)",
     &Values::secrets_directory, Form::text, check_directory},
    {"keys_file",
     "file of the API keys, which `stile keys` writes (default: keys/keys.json below --run-dir where that is "
     "given, "
     "else in /var/lib/stile-keys or ~/.local/state/stile-keys)",
     &Values::keys_file, Form::text, check_file},
    {"user", "account of functions and nginx's workers where started as root (default www-data)",
     &Values::user, Form::text, check_user},
    {"nginx_workers", "nginx's worker processes (default auto: one a processor)", &Values::nginx_workers,
     Form::text_or_number, check_nginx_workers},
    {"rate",
     "requests from one address to a function that says no rate: 10/s, 100/1m burst 20 (default none)",
     &Values::rate, Form::text, check_rate},
    {"trusted_proxies",
     "addresses and networks of proxies whose X-Forwarded-For is believed: 10.0.0.0/8,fd00::7 (default none)",
     &Values::trusted_proxies,
     Form::text,
     check_networks,
     {},
     Where::own_nginx},
    {"tls_cert",
     "certificate with its chain (PEM): HTTPS and HTTP/2 instead of plain HTTP",
     &Values::tls_certificate,
     Form::text,
     check_file,
     {},
     Where::own_nginx},
    {"tls_key",
     "the certificate's private key (PEM, without a passphrase)",
     &Values::tls_key,
     Form::text,
     check_file,
     {},
     Where::own_nginx},
    {"drain_delay", "on SIGTERM: how long new requests are still served while /readyz says no (default 0s)",
     &Values::drain_delay, Form::text, check_duration},
    {"drain_timeout",
     "on SIGTERM, after the delay: how long requests that run may take (default: the longest timeout and 5s)",
     &Values::drain_timeout, Form::text, check_duration},
    {"keep_crashes", "keep requests that ended their worker in the run directory, for replay (the default)",
     &Values::keep_crashes, Form::choice, check_choice},
    {"cache_size", "what all kept answers may take of the disk, about (default 64MB)", &Values::cache_size,
     Form::text_or_number, check_cache_size},
    {"docs", "serve the page /docs and the document that it shows, /openapi.json (the default)",
     &Values::docs, Form::choice, check_choice},
    {"nginx", "start an nginx (the default), or write what yours is to include", &Values::nginx, Form::choice,
     check_choice},
    {"socket_group", "group that may open the functions' sockets (default: the account's own)",
     &Values::socket_group, Form::text, check_group},
    {"nginx_files",
     "folder of the files for an nginx of yours (default: nginx below --run-dir where that is given, else "
     "/var/lib/stile-nginx or ~/.local/state/stile-nginx)",
     &Values::nginx_files,
     Form::text,
     check_directory,
     {},
     Where::shared_nginx},
    {"on_nginx_change",
     "command for sh, run when those files have changed (default: none)",
     &Values::on_nginx_change,
     Form::text,
     check_command,
     {},
     Where::shared_nginx},
}};

std::string replace_underscores(std::string_view key) {
  std::string text(key);
  std::replace(text.begin(), text.end(), '_', '-');
  return text;
}

std::optional<std::string> non_empty(const Variables& variables, const std::string& name) {
  auto value = variables(name);
  if (value && value->empty()) value.reset();
  return value;
}

std::string absolute(const std::string& path, const Caller& caller) {
  auto whole = (std::filesystem::path(caller.folder) / path).lexically_normal();
  if (!whole.has_filename() && whole.has_relative_path()) whole = whole.parent_path();  // "run/" is "run"
  return whole.string();
}

std::string default_run_directory(const Caller& caller) {
  if (caller.user_id == 0) return "/run/stile";
  if (const auto runtime = non_empty(caller.variables, "XDG_RUNTIME_DIR")) return *runtime + "/stile";
  return fmt::format("/tmp/stile-{}", caller.user_id);
}

// A folder beside others of its kind that outlive a reboot: /var/lib/NAME, or a user's ~/.local/state/NAME.
std::string lasting_directory(const std::string& name, const char* what, const Caller& caller) {
  if (caller.user_id == 0) return "/var/lib/" + name;
  if (const auto state = non_empty(caller.variables, "XDG_STATE_HOME")) return *state + "/" + name;
  if (const auto home = non_empty(caller.variables, "HOME")) return *home + "/.local/state/" + name;
  throw UsageError(fmt::format("HOME is not set, so there is no place for {}", what));
}

std::string default_state_directory(const Values& values, const std::string& run_directory,
                                    const Caller& caller) {
  // Several of them side by side are told apart by --run-dir alone.
  if (values.run_directory) return run_directory + "/state";
  return lasting_directory("stile", "the functions' state: name one with --state-dir", caller);
}

// Not in the state directory, which is the functions' own: they could make keys. Nobody is bothered where there is no place
// for what he may not need.
std::string default_keys_file(const Values& values, const std::string& run_directory, const Caller& caller) {
  if (values.run_directory) return run_directory + "/keys/keys.json";
  try {
    return lasting_directory("stile-keys", "keys", caller) + "/keys.json";
  } catch (const UsageError&) {
    return {};
  }
}

std::string default_nginx_files(const Values& values, const std::string& run_directory,
                                const Caller& caller) {
  if (values.run_directory) return run_directory + "/nginx";
  return lasting_directory("stile-nginx", "nginx's files: name one with --nginx-files", caller);
}

// One nginx may include the files of several servers, each with a run directory of its own.
std::string name_in_nginx(const Values& values, const std::string& run_directory) {
  if (!values.run_directory) return "stile";
  std::string name = "stile" + run_directory;
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  };
  std::replace_if(
      name.begin(), name.end(), [&](char c) { return !plain(c); }, '.');
  return name;
}

}  // namespace

std::string Setting::flag() const { return "--" + replace_underscores(key); }

std::string Setting::off_flag() const { return "--no-" + replace_underscores(key); }

std::string Setting::variable() const {
  std::string name = "STILE_" + std::string(key);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return name;
}

std::span<const Setting> all_settings() { return settings; }

Values values_of_environment(const Variables& variables) {
  Values values;
  for (const auto& setting : settings) {
    std::string name = setting.variable();
    auto text = non_empty(variables, name);
    if (!text && !setting.general_variable.empty()) {
      name = setting.general_variable;
      text = non_empty(variables, name);
    }
    if (!text) continue;
    try {
      setting.check(*text);
    } catch (const std::invalid_argument& error) {
      throw UsageError(fmt::format("environment: {}: {}", name, error.what()));
    }
    values.*setting.value = std::move(text);
  }
  return values;
}

Values overlay(Values nearer, const Values& farther) {
  for (const auto& setting : settings) {
    if (auto& value = nearer.*setting.value; !value) value = farther.*setting.value;
  }
  return nearer;
}

Resolved resolve(const Values& values, const Caller& caller) {
  Resolved resolved;
  resolved.prefix = values.prefix.value_or("/api");
  if (resolved.prefix == "/") resolved.prefix.clear();
  resolved.bind = values.bind.value_or("127.0.0.1");
  resolved.port = static_cast<std::uint16_t>(number_in(values.port.value_or("8080"), 0, 65535).value());
  resolved.run_directory = absolute(values.run_directory.value_or(default_run_directory(caller)), caller);
  resolved.state_directory =
      absolute(values.state_directory ? *values.state_directory
                                      : default_state_directory(values, resolved.run_directory, caller),
               caller);
  resolved.secrets_directory = absolute(values.secrets_directory.value_or("/run/secrets"), caller);
  const auto keys_file =
      values.keys_file ? *values.keys_file : default_keys_file(values, resolved.run_directory, caller);
  if (!keys_file.empty()) resolved.keys_file = absolute(keys_file, caller);
  resolved.user = values.user.value_or("www-data");
  resolved.nginx_workers =
      number_in(values.nginx_workers.value_or("auto"), 1, 512).value_or(caller.processors);
  resolved.concurrency = std::min(concurrency_per_processor * caller.processors, 64U);
  // What one process may hold of it, so that it is replaced before the kernel ends it, or another one.
  resolved.max_memory = caller.memory.value_or(0) / 4 * 3;
  resolved.rate = parse_rate(values.rate.value_or("none"));
  if (values.trusted_proxies) resolved.trusted_proxies = parse_networks(*values.trusted_proxies);
  resolved.drain_delay = parse_duration(values.drain_delay.value_or("0s"));
  if (values.drain_timeout) resolved.drain_timeout = parse_duration(*values.drain_timeout);
  if (values.tls_certificate.has_value() != values.tls_key.has_value()) {
    throw UsageError(values.tls_key ? "tls_key is given without tls_cert: HTTPS needs both"
                                    : "tls_cert is given without tls_key: HTTPS needs both");
  }
  if (values.tls_key) {
    resolved.tls_certificate = absolute(*values.tls_certificate, caller);
    resolved.tls_key = absolute(*values.tls_key, caller);
  }
  resolved.keep_crashes = values.keep_crashes.value_or("on") == "on";
  resolved.cache_bytes = parse_size(values.cache_size.value_or("64MB"));
  resolved.docs = values.docs.value_or("on") == "on";
  resolved.own_nginx = values.nginx.value_or("on") == "on";
  resolved.socket_group = values.socket_group.value_or("");
  resolved.on_nginx_change = values.on_nginx_change.value_or("");
  if (resolved.own_nginx) return resolved;
  resolved.nginx_name = name_in_nginx(values, resolved.run_directory);
  resolved.nginx_files = absolute(
      values.nginx_files ? *values.nginx_files : default_nginx_files(values, resolved.run_directory, caller),
      caller);
  return resolved;
}

void refuse_vain_flags(const Values& flags, const Resolved& resolved) {
  for (const auto& setting : all_settings()) {
    if (!(flags.*setting.value)) continue;
    if (setting.where == Where::own_nginx && !resolved.own_nginx) {
      throw UsageError(fmt::format("{} means nothing without an nginx of Stile's: your own nginx says it",
                                   setting.flag()));
    }
    if (setting.where == Where::shared_nginx && resolved.own_nginx)
      throw UsageError(fmt::format("{} means something only with --no-nginx", setting.flag()));
  }
}

}  // namespace stile::cli
