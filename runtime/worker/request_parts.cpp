#include "worker/request_parts.hpp"

#include <fmt/core.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <charconv>

#include <stile/problem.hpp>

#include "posix/error.hpp"

namespace stile::worker {
namespace {

constexpr std::string_view header_prefix = "HTTP_";

bool is_id(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
           c == '_' || c == '.';
  };
  return !text.empty() && text.size() <= longest_request_id && std::all_of(text.begin(), text.end(), allowed);
}

// Empty is how nginx sends it where there is no body. Apache leaves it out, and Caddy says -1, for a body in chunks that
// they pass on as it comes.
std::optional<std::uint64_t> parse_length(std::string_view text) {
  if (text.empty() || text == "-1") return std::nullopt;
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw Problem(400, "the length of the body is not a number");
  }
  return length;
}

// The views that are single-valued; which of them a name fills.
std::string_view* field_of(std::string_view name, RequestParts& parts) {
  switch (name.size()) {
    case 10:
      if (name == "REQUEST_ID") return &parts.id;
      return name == "STILE_KEPT" ? &parts.kept : nullptr;
    case 11:
      if (name == "REQUEST_URI") return &parts.uri;
      if (name == "REMOTE_ADDR") return &parts.client_address;
      return name == "SERVER_NAME" ? &parts.host : nullptr;
    case 12:
      return name == "CONTENT_TYPE" ? &parts.content_type : nullptr;
    case 14:
      if (name == "REQUEST_METHOD") return &parts.method;
      return name == "REQUEST_SCHEME" ? &parts.scheme : nullptr;
    default:
      return nullptr;
  }
}

void take(std::string_view name, std::string_view value, std::string_view& length, RequestParts& parts) {
  if (name.starts_with(header_prefix)) {
    name.remove_prefix(header_prefix.size());
    // Programs take HTTP_PROXY from their environment: a client must not be able to say it (CVE-2016-5385).
    if (name != "PROXY") parts.headers.push_back({name, value});
  } else if (std::string_view* field = field_of(name, parts)) {
    *field = value;
  } else if (name == "CONTENT_LENGTH") {
    length = value;
  }
}

}  // namespace

void read_parameters(const char* const* parameters, Incoming& incoming) {
  RequestParts& parts = incoming.parts;
  std::string_view length;
  std::size_t count = 0;
  std::size_t bytes = 0;
  parts.headers.reserve(16);
  for (; *parameters != nullptr; ++parameters) {  // all of them: the id may be the last
    const std::string_view text = *parameters;
    ++count;
    bytes += text.size();
    const auto equals = text.find('=');
    if (equals != std::string_view::npos)
      take(text.substr(0, equals), text.substr(equals + 1), length, parts);
  }
  if (!is_id(parts.id)) {
    incoming.own_id = make_request_id();
    parts.id = incoming.own_id;
  }
  incoming.content_length = parse_length(length);  // before the rest: the body is read in any case
  if (count > most_parameters)
    throw Problem(431, fmt::format("there are more than {} headers", most_parameters));
  if (bytes > most_parameter_bytes) {
    throw Problem(431, fmt::format("the headers are larger than {} bytes", most_parameter_bytes));
  }
  if (parts.method.empty()) throw Problem(400, "the request has no method");
  if (parts.uri.empty()) throw Problem(400, "the request has no URI");
  const auto is_host = [](const HeaderField& header) { return header.name == "HOST"; };
  const auto host = std::find_if(parts.headers.begin(), parts.headers.end(), is_host);
  if (host != parts.headers.end() && !host->value.empty()) parts.host = host->value;
}

std::string make_request_id() {
  std::array<unsigned char, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    posix::throw_errno("getrandom");
  std::string id;
  for (const unsigned char byte : bytes) id += fmt::format("{:02x}", byte);
  return id;
}

std::string cgi_name(std::string_view header) {
  std::string name(header);
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    if (c == '-') return '_';
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return name;
}

}  // namespace stile::worker
