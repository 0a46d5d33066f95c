// A worker that lies to its supervisor: in the table of words, in its counters, over the control socket.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <csignal>
#include <cstdint>
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
