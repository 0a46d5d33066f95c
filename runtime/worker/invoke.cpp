#include "worker/invoke.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include "posix/failure.hpp"
#include "worker/request_parts.hpp"
#include "worker/standard_streams.hpp"

namespace stile::worker {
namespace {

std::string read_body(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string body{std::istreambuf_iterator<char>(stream), {}};
  if (!stream.is_open() || stream.bad())
    throw Failure(fmt::format("cannot read {}: {}", file, std::strerror(errno)));
  return body;
}

// As nginx would: what a header is called on the wire, and the same in CGI's words.
std::vector<std::string> parameters_of(const Invocation& invocation) {
  std::vector<std::string> parameters{"REQUEST_METHOD=" + invocation.method,
                                      "REQUEST_URI=" + invocation.uri,
                                      "REMOTE_ADDR=127.0.0.1",
                                      "REQUEST_SCHEME=http",
                                      "SERVER_NAME=localhost",
                                      "REQUEST_ID=" + invocation.request_id};
  for (const std::string& header : invocation.headers) {
    const auto colon = header.find(':');
    if (colon == std::string::npos || colon == 0) {
      throw UsageError(fmt::format("--header needs 'Name: value', not '{}'", header));
    }
    const auto start = header.find_first_not_of(" \t", colon + 1);
    const std::string value = start == std::string::npos ? std::string() : header.substr(start);
    const std::string name = cgi_name(std::string_view(header).substr(0, colon));
    if (name == "CONTENT_LENGTH") continue;  // the body's own
    parameters.push_back((name == "CONTENT_TYPE" ? name : "HTTP_" + name) + "=" + value);
  }
  const std::size_t size = invocation.body.size();
  if (size != 0) parameters.push_back(fmt::format("CONTENT_LENGTH={}", size));
  return parameters;
}

std::string as_http(std::string_view cgi) {
  constexpr std::string_view status = "Status: ";
  return fmt::format("HTTP/1.1 {}", cgi.substr(status.size()));
}

}  // namespace

Invocation invocation_of(const Arguments& arguments) {
  return {arguments.method,
          arguments.path,
          arguments.headers,
          arguments.body_file ? read_body(*arguments.body_file) : std::string(),
          {}};
}

Invocation invocation_of(CrashFile crash) {
  return {std::move(crash.method), std::move(crash.uri), std::move(crash.headers), std::move(crash.body),
          std::move(crash.request_id)};
}

std::string invoke(Invocation invocation, const Service& service) {
  const std::vector<std::string> parameters = parameters_of(invocation);
  std::vector<const char*> pointers;
  for (const std::string& parameter : parameters) pointers.push_back(parameter.c_str());
  pointers.push_back(nullptr);
  Incoming incoming;
  try {
    read_parameters(pointers.data(), incoming);
    check_size(incoming, service);
  } catch (const Problem& problem) {
    return as_http(refuse(problem, incoming));
  }
  incoming.parts.body = std::move(invocation.body);
  Locals locals;
  return as_http(run_function(incoming, service, locals));
}

}  // namespace stile::worker
