// The least that a FastCGI responder can do: one thread, one epoll set of kept connections; it reads the records of a
// request up to the end of its body and answers with the bytes that Stile's hello answers. One read and one write for
// each request, no parameter looked at, nothing allocated. It is what bench/hello measures Stile against, and trusts its
// peer: no example of a worker. Listens on the Unix socket that it is told, until a signal ends it.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::size_t header_size = 8;
constexpr unsigned char end_request = 3;
constexpr unsigned char body_record = 5;
constexpr unsigned char output_record = 6;

struct Connection {
  std::array<unsigned char, 8192> bytes;
  std::size_t size = 0;
};

std::string record(unsigned char type, std::string_view content) {
  const std::size_t padding = (8 - content.size() % 8) % 8;
  std::string text{'\1', static_cast<char>(type), '\0', '\1'};
  text += static_cast<char>(content.size() >> 8U);
  text += static_cast<char>(content.size() & 0xffU);
  text += static_cast<char>(padding);
  text += '\0';
  return text.append(content).append(padding, '\0');
}

// Byte for byte what a worker writes.
std::string canned_answer() {
  const std::string_view body = R"({"message":"Hello, World!"})";
  const std::string head =
      "Status: 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
      "\r\n\r\n";
  return record(output_record, head + std::string(body)) + record(output_record, {}) +
         record(end_request, std::string_view("\0\0\0\0\0\0\0\0", 8));
}

// How long the request is that begins with these bytes; 0 where its end has not come.
std::size_t request_size(const Connection& connection) {
  for (std::size_t at = 0; at + header_size <= connection.size;) {
    const unsigned char* header = connection.bytes.data() + at;
    const std::size_t content = static_cast<std::size_t>(header[4] << 8U | header[5]);
    at += header_size + content + header[6];
    if (header[1] == body_record && content == 0) return at <= connection.size ? at : 0;
  }
  return 0;
}

// False where the connection is of no further use.
bool serve(int fd, Connection& connection, const std::string& answer) {
  const auto room = connection.bytes.size() - connection.size;
  const ssize_t got = ::recv(fd, connection.bytes.data() + connection.size, room, MSG_DONTWAIT);
  if (got <= 0) return false;
  connection.size += static_cast<std::size_t>(got);
  if (request_size(connection) == 0) return connection.size < connection.bytes.size();
  connection.size = 0;  // a web server sends nothing before it has the answer
  return ::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(answer.size());
}

int listen_on(const char* path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (std::strlen(path) >= sizeof(address.sun_path)) return -1;
  std::strcpy(address.sun_path, path);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd == -1 || ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == -1) return -1;
  // nginx's workers run under another account; the folder is the bench's own.
  return ::chmod(path, 0666) == 0 && ::listen(fd, SOMAXCONN) == 0 ? fd : -1;
}

bool watch(int epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  return ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

void serve_all(int listener) {
  const std::string answer = canned_answer();
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<Connection> connections;  // by descriptor
  std::array<epoll_event, 64> events{};
  for (bool works = watch(epoll, listener); works;) {
    const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == listener) {
        const int accepted = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (accepted == -1) continue;
        if (const auto number = static_cast<std::size_t>(accepted); number >= connections.size())
          connections.resize(number + 1);
        connections[static_cast<std::size_t>(accepted)].size = 0;
        works = watch(epoll, accepted);
      } else if (!serve(fd, connections[static_cast<std::size_t>(fd)], answer)) {
        ::close(fd);
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int listener = argc == 2 ? listen_on(argv[1]) : -1;
  if (listener == -1) {
    std::fputs("floor: cannot listen: say the path of a Unix socket that is not there yet\n", stderr);
    return 1;
  }
  serve_all(listener);
  return 1;
}
