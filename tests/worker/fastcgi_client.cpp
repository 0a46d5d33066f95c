#include "worker/fastcgi_client.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>

#include "posix/error.hpp"

namespace stile::test {
namespace {

constexpr std::size_t header_size = 8;
constexpr std::size_t largest_record = 65'528;

void append_number(std::string& text, std::size_t number, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) text.push_back(static_cast<char>(number >> (8 * i) & 0xff));
}

void append_length(std::string& text, std::size_t length) {
  if (length < 128) {
    append_number(text, length, 1);
  } else {
    append_number(text, length | 0x8000'0000U, 4);
  }
}

std::size_t number_at(std::string_view text, std::size_t at, int bytes) {
  std::size_t number = 0;
  for (int i = 0; i < bytes; ++i)
    number = number << 8 | static_cast<unsigned char>(text[at + static_cast<std::size_t>(i)]);
  return number;
}

CgiAnswer parse_answer(const std::string& text) {
  CgiAnswer answer;
  const auto end = text.find("\r\n\r\n");
  if (end == std::string::npos) throw std::runtime_error("no CGI response: " + text.substr(0, 200));
  for (std::size_t at = 0; at < end + 2;) {
    const auto line_end = text.find("\r\n", at);
    const auto colon = text.find(": ", at);
    answer.headers.emplace_back(text.substr(at, colon - at), text.substr(colon + 2, line_end - colon - 2));
    at = line_end + 2;
  }
  answer.status = std::stoi(answer.header("Status"));
  answer.body = text.substr(end + 4);
  return answer;
}

}  // namespace

std::string record(RecordType type, std::string_view content, std::uint16_t request_id) {
  const std::size_t padding = (8 - content.size() % 8) % 8;
  std::string text;
  text.push_back(1);
  text.push_back(static_cast<char>(type));
  append_number(text, request_id, 2);
  append_number(text, content.size(), 2);
  append_number(text, padding, 1);
  text.push_back(0);
  text.append(content);
  text.append(padding, '\0');
  return text;
}

std::string encode_parameters(const CgiParameters& parameters) {
  std::string text;
  for (const auto& [name, value] : parameters) {
    append_length(text, name.size());
    append_length(text, value.size());
    text.append(name).append(value);
  }
  return text;
}

CgiParameters all_parameters(const CgiRequest& request) {
  const CgiParameters usual{
      {"REQUEST_METHOD", request.method},
      {"REQUEST_URI", request.uri},
      {"CONTENT_LENGTH", request.body.empty() ? "" : std::to_string(request.body.size())},
      {"REQUEST_ID", "a-request"}};
  CgiParameters parameters = request.more;
  for (const auto& parameter : usual) {
    const auto same = [&](const auto& other) { return other.first == parameter.first; };
    if (std::none_of(request.more.begin(), request.more.end(), same)) parameters.push_back(parameter);
  }
  std::erase_if(parameters, [](const auto& parameter) { return parameter.second == "-"; });
  return parameters;
}

std::string CgiRequest::bytes() const {
  std::string begin;
  append_number(begin, role, 2);
  begin.push_back(static_cast<char>(keep));
  begin.append(5, '\0');
  std::string text = record(RecordType::begin_request, begin);
  const auto append_stream = [&](RecordType type, std::string_view content) {
    for (; !content.empty(); content.remove_prefix(std::min(content.size(), largest_record))) {
      text += record(type, content.substr(0, largest_record));
    }
    text += record(type, {});
  };
  append_stream(RecordType::params, encode_parameters(all_parameters(*this)));
  append_stream(RecordType::standard_input, body);
  return text;
}

std::string CgiAnswer::header(std::string_view name) const {
  const auto found =
      std::find_if(headers.begin(), headers.end(), [&](const auto& header) { return header.first == name; });
  return found == headers.end() ? std::string() : found->second;
}

FastCgiConnection::FastCgiConnection(const std::string& path)
    : socket_(posix::check(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  posix::check(::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
               "connect");
}

FastCgiConnection::FastCgiConnection(posix::Fd socket) : socket_(std::move(socket)) {}

void FastCgiConnection::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto size = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size == -1) posix::throw_errno("send");
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
}

void FastCgiConnection::finish_sending() const { ::shutdown(socket_.get(), SHUT_WR); }

void FastCgiConnection::wait_for_bytes() const {
  pollfd readable{socket_.get(), POLLIN, 0};
  if (::poll(&readable, 1, static_cast<int>(patience.count())) == 0)
    throw std::runtime_error("nothing came in time");
}

bool FastCgiConnection::receive_byte() const {
  wait_for_bytes();
  char byte = 0;
  return ::recv(socket_.get(), &byte, 1, 0) == 1;
}

bool FastCgiConnection::receive_some() {
  wait_for_bytes();
  std::array<char, 65536> buffer;
  const auto size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (size == -1 && errno != ECONNRESET) posix::throw_errno("recv");
  if (size <= 0) return false;
  received_.append(buffer.data(), static_cast<std::size_t>(size));
  return true;
}

void FastCgiConnection::need(std::size_t size) {
  while (received_.size() < size) {
    if (!receive_some())
      throw std::runtime_error("closed after " + std::to_string(received_.size()) + " bytes");
  }
}

CgiAnswer FastCgiConnection::receive() {
  std::string output;
  std::string errors;
  while (true) {
    need(header_size);
    const auto type = static_cast<RecordType>(received_[1]);
    const std::size_t size = number_at(received_, 4, 2);
    const std::size_t padding = number_at(received_, 6, 1);
    need(header_size + size + padding);
    const std::string content = received_.substr(header_size, size);
    received_.erase(0, header_size + size + padding);
    if (type == RecordType::standard_output) output += content;
    if (type == RecordType::standard_error) errors += content;
    if (type != RecordType::end_request) continue;
    if (number_at(content, 0, 4) != 0 || content[4] != 0)
      throw std::runtime_error("the request ended with an error");
    CgiAnswer answer = parse_answer(output);
    answer.standard_error = errors;
    return answer;
  }
}

std::string FastCgiConnection::receive_rest() {
  while (receive_some()) {
  }
  return std::exchange(received_, {});
}

}  // namespace stile::test
