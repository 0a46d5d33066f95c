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

void check_user(const std::string& text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  if (text.empty() || text.front() == '-' || !std::all_of(text.begin(), text.end(), plain)) {
    refuse(text, "the name of an account");
  }
}

void check_nginx_workers(const std::string& text) {
  if (text != "auto" && !number_in(text, 1, 512)) refuse(text, "1 .. 512 or auto");
}

using Form = Setting::Form;
constexpr std::array<Setting, 9> settings{{
    {"prefix", "path below which the endpoints are (default /api; / for none)", &Values::prefix, Form::text,
     check_prefix},
    {"bind", "address to listen on (default 127.0.0.1)", &Values::bind, Form::text, check_address},
    {"port", "port to listen on, 0 for any free one (default: PORT, else 8080)", &Values::port, Form::number,
     check_port, "PORT"},
    {"run_dir", "folder of sockets, locks and nginx's files (default /run/stile, or one of the user's own)",
     &Values::run_directory, Form::text, check_directory},
    {"state_dir",
     "folder where functions keep what must last (default: state below --run-dir where that is given, else "
     "/var/lib/stile or ~/.local/state/stile)",
     &Values::state_directory, Form::text, check_directory},
    {"user", "account of functions and nginx's workers where started as root (default www-data)",
     &Values::user, Form::text, check_user},
    {"nginx_workers", "nginx's worker processes (default auto: one a processor)", &Values::nginx_workers,
     Form::text_or_number, check_nginx_workers},
    {"tls_cert", "certificate with its chain (PEM): HTTPS and HTTP/2 instead of plain HTTP",
     &Values::tls_certificate, Form::text, check_file},
    {"tls_key", "the certificate's private key (PEM, without a passphrase)", &Values::tls_key, Form::text,
     check_file},
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

std::string default_state_directory(const Values& values, const std::string& run_directory,
                                    const Caller& caller) {
  // Several of them side by side are told apart by --run-dir alone.
  if (values.run_directory) return run_directory + "/state";
  if (caller.user_id == 0) return "/var/lib/stile";
  if (const auto state = non_empty(caller.variables, "XDG_STATE_HOME")) return *state + "/stile";
  if (const auto home = non_empty(caller.variables, "HOME")) return *home + "/.local/state/stile";
  throw UsageError(
      "HOME is not set, so there is no place for the functions' state: name one with --state-dir");
}

}  // namespace

std::string Setting::flag() const { return "--" + replace_underscores(key); }

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
  resolved.user = values.user.value_or("www-data");
  resolved.nginx_workers = values.nginx_workers.value_or("auto");
  if (values.tls_certificate.has_value() != values.tls_key.has_value()) {
    throw UsageError(values.tls_key ? "tls_key is given without tls_cert: HTTPS needs both"
                                    : "tls_cert is given without tls_key: HTTPS needs both");
  }
  if (values.tls_key) {
    resolved.tls_certificate = absolute(*values.tls_certificate, caller);
    resolved.tls_key = absolute(*values.tls_key, caller);
  }
  return resolved;
}

}  // namespace stile::cli
