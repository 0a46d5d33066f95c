#include "manifest/crash_file.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

#include "manifest/base64.hpp"
#include "manifest/text.hpp"

namespace stile {
namespace {

using CrashJson = nlohmann::ordered_json;

CrashJson json_of(const std::string& text) {
  if (invalid_utf8_at(text) == std::string::npos) return text;
  return {{"base64", encode_base64(std::as_bytes(std::span(text)), Base64::standard)}};
}

[[noreturn]] void refuse_crash(std::string_view member, std::string_view reason) {
  throw std::invalid_argument(fmt::format("\"{}\" {}", member, reason));
}

const CrashJson& crash_member(const CrashJson& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) refuse_crash(name, "is missing");
  return *found;
}

std::string crash_text_of(const CrashJson& value, const char* name) {
  if (value.is_string()) return value.get<std::string>();
  const auto found = value.is_object() ? value.find("base64") : value.end();
  if (!value.is_object() || found == value.end() || !found->is_string())
    refuse_crash(name, "must be a string, or an object with \"base64\"");
  const auto bytes = decode_base64(found->get_ref<const std::string&>(), Base64::standard);
  if (!bytes) refuse_crash(name, "is no base64");
  std::string decoded;
  for (const auto byte : *bytes) decoded += static_cast<char>(byte);
  return decoded;
}

std::uint64_t crash_number_of(const CrashJson& object, const char* name, std::uint64_t most) {
  const CrashJson& value = crash_member(object, name);
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most)
    refuse_crash(name, fmt::format("must be a whole number, 0 .. {}", most));
  return value.get<std::uint64_t>();
}

std::vector<std::string> lines_of(const CrashJson& object, const char* name) {
  const CrashJson& list = crash_member(object, name);
  if (!list.is_array()) refuse_crash(name, "must be an array");
  std::vector<std::string> lines;
  for (const CrashJson& line : list) lines.push_back(crash_text_of(line, name));
  return lines;
}

std::string print_time(std::chrono::system_clock::time_point time) {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(milliseconds);
  const std::time_t count = std::chrono::system_clock::to_time_t(seconds);
  std::tm parts{};
  ::gmtime_r(&count, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     (milliseconds - seconds).count());
}

std::chrono::system_clock::time_point parse_time(const std::string& text) {
  std::tm parts{};
  int milliseconds = 0;
  if (std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ", &parts.tm_year, &parts.tm_mon, &parts.tm_mday,
                  &parts.tm_hour, &parts.tm_min, &parts.tm_sec, &milliseconds) == 7 &&
      parts.tm_year >= 1970 && parts.tm_year < 2200) {
    parts.tm_year -= 1900;
    parts.tm_mon -= 1;
    const auto time =
        std::chrono::system_clock::from_time_t(::timegm(&parts)) + std::chrono::milliseconds(milliseconds);
    if (print_time(time) == text) return time;
  }
  refuse_crash("time", "must be one like 2026-01-31T23:59:59.999Z");
}

bool is_cgi_header(const std::string& header) {
  const auto name = std::string_view(header).substr(0, std::min(header.find(": "), header.size()));
  return name.size() < header.size() && is_token(name);
}

// What can't stand in a request: it would end there, or begin another header.
bool is_one_line(const std::string& text) {
  return text.find_first_of(std::string_view("\0\r\n", 3)) == std::string::npos;
}

}  // namespace

std::string print_crash_file(const CrashFile& crash) {
  CrashJson headers = CrashJson::array();
  for (const std::string& header : crash.headers) headers.push_back(json_of(header));
  CrashJson frames = CrashJson::array();
  for (std::string_view left = crash.backtrace; !left.empty();) {
    const auto end = std::min(left.find('\n'), left.size());
    frames.push_back(std::string(left.substr(0, end)));
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  const CrashJson object = {{"function", json_of(crash.function)},
                            {"pid", crash.pid},
                            {"signal", crash.signal},
                            {"time", print_time(crash.time)},
                            {"request_id", json_of(crash.request_id)},
                            {"method", json_of(crash.method)},
                            {"uri", json_of(crash.uri)},
                            {"headers", headers},
                            {"body", json_of(crash.body)},
                            {"body_size", crash.body_size},
                            {"backtrace", frames}};
  return object.dump(2, ' ', false, CrashJson::error_handler_t::replace) + "\n";
}

CrashFile parse_crash_file(std::string_view text) {
  if (text.size() > most_crash_file_bytes) throw std::invalid_argument("it is too large");
  const CrashJson object = CrashJson::parse(text, nullptr, false);
  if (!object.is_object()) throw std::invalid_argument("it is no JSON object");
  const auto line_of = [&](const char* name) {
    auto value = crash_text_of(crash_member(object, name), name);
    if (!is_one_line(value)) refuse_crash(name, "must be one line");
    return value;
  };
  CrashFile crash;
  crash.function = line_of("function");
  crash.pid = static_cast<std::int64_t>(crash_number_of(object, "pid", 0x7fff'ffff));
  crash.signal = static_cast<int>(crash_number_of(object, "signal", 127));
  crash.time = parse_time(line_of("time"));
  crash.request_id = line_of("request_id");
  crash.method = line_of("method");
  crash.uri = line_of("uri");
  crash.headers = lines_of(object, "headers");
  for (const std::string& header : crash.headers) {
    if (!is_one_line(header) || !is_cgi_header(header))
      refuse_crash("headers", "must be like \"X_NAME: value\"");
  }
  crash.body = crash_text_of(crash_member(object, "body"), "body");
  crash.body_size = crash_number_of(object, "body_size", std::uint64_t{1} << 62U);
  if (crash.body_size < crash.body.size())
    refuse_crash("body_size", "is less than what there is of the body");
  for (const std::string& frame : lines_of(object, "backtrace")) crash.backtrace += frame + "\n";
  return crash;
}

}  // namespace stile
