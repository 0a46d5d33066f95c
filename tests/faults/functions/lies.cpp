// A worker that lies to its supervisor: in the table of words, in its counters, over the control socket.
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <stile/function.hpp>

using namespace stile;

namespace {

// Whatever memory this process shares with others: the table, the counters, the recorder.
template <class Write>
void for_each_shared(Write write) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    char rights[5] = {};
    if (std::sscanf(line.c_str(), "%lx-%lx %4s", &begin, &end, rights) != 3) continue;
    if (rights[1] != 'w' || rights[3] != 's') continue;
    write(reinterpret_cast<volatile std::uint64_t*>(begin), (end - begin) / 8);
  }
}

// Each socket of ours that listens.
template <class Do>
void for_each_listener(Do what) {
  for (int fd = 0; fd < 64; ++fd) {
    int listens = 0;
    socklen_t size = sizeof(listens);
    if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens == 1) what(fd);
  }
}

// A connection whose close() waits for the peer, which never reads, over the control socket.
void send_lingering() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof(address);
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  const int sender = ::socket(AF_INET, SOCK_STREAM, 0);
  if (::bind(listener, any, size) != 0 || ::listen(listener, 1) != 0 ||
      ::getsockname(listener, any, &size) != 0 || ::connect(sender, any, size) != 0)
    throw Problem{500, "no pair"};
  const linger forever{1, 20'000};
  ::setsockopt(sender, SOL_SOCKET, SO_LINGER, &forever, sizeof(forever));
  const std::string much(1 << 16, 'x');
  while (::send(sender, much.data(), much.size(), MSG_DONTWAIT) > 0) {
  }
  for (int fd = 3; fd < 20; ++fd) {
    std::uint32_t packet[4] = {8, 0, 0, 0};
    iovec part{packet, sizeof(packet)};
    alignas(cmsghdr) char ancillary[CMSG_SPACE(sizeof(int))] = {};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = ancillary;
    header.msg_controllen = sizeof(ancillary);
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(rights), &sender, sizeof(int));
    ::sendmsg(fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  ::close(sender);
}

}  // namespace

Json POST(Query<"what"> what) {
  std::mt19937_64 random(static_cast<std::uint64_t>(::getpid()));
  std::uint64_t words = 0;
  for_each_shared([&](volatile std::uint64_t* at, std::uint64_t size) {
    words += size;
    for (std::uint64_t i = 0; i < size; ++i) {
      if (*what == "idle") at[i] = at[i] & ~std::uint64_t{7};            // nobody reads
      if (*what == "released") at[i] = (at[i] & ~std::uint64_t{7}) | 3;  // given back
      if (*what == "generations") at[i] = at[i] + 8;
      if (*what == "huge") at[i] = ~std::uint64_t{0};
      if (*what == "garbage") at[i] = random();
    }
  });
  if (*what == "blocking")
    for_each_listener([](int fd) { ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK); });
  if (*what == "shutdown") for_each_listener([](int fd) { ::shutdown(fd, SHUT_RDWR); });
  if (*what == "linger") send_lingering();
  if (*what == "packets") {
    for (int i = 0; i < 1000; ++i) {
      std::uint32_t packet[8] = {static_cast<std::uint32_t>(random()) % 12,
                                 static_cast<std::uint32_t>(random()), static_cast<std::uint32_t>(random()),
                                 static_cast<std::uint32_t>(random()) % 3};
      for (int fd = 3; fd < 20; ++fd)
        ::send(fd, packet, random() % (sizeof(packet) + 1), MSG_DONTWAIT | MSG_NOSIGNAL);
    }
  }
  if (*what == "truncate") {
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      const int fd = std::atoi(entry.path().filename().c_str());
      static_cast<void>(::ftruncate(fd, 0) == -1);
    }
  }
  if (*what != "packets") ::raise(SIGKILL);  // while it stands there
  return words;
}

Json GET() { return {{"pid", ::getpid()}}; }

const Settings settings{.timeout = 1s, .concurrency = 4};  // for those whose request it has made forgotten
