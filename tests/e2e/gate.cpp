#include "e2e/gate.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "support/eventually.hpp"

namespace stile::test {

Gate::Gate(const std::string& base, const std::string& state_directory, const std::string& name)
    : url_(base + "/api/faults/gate?name=" + name), path_(state_directory + "/" + name) {
  std::filesystem::create_directories(state_directory);
  // Any account may pass.
  if (::mkfifo(path_.c_str(), 0666) == -1 || ::chmod(path_.c_str(), 0666) == -1)
    throw std::runtime_error("mkfifo " + path_);
  writer_.reset(::open(path_.c_str(), O_RDWR | O_CLOEXEC));  // O_WRONLY would wait for a reader
  if (!writer_) throw std::runtime_error("open " + path_);
}

std::future<HttpResponse> Gate::send(const std::string& method) const {
  return std::async(std::launch::async, [method, url = url_] { return HttpClient().request(method, url); });
}

std::vector<pid_t> Gate::arrivals(std::size_t count) const {
  std::vector<pid_t> pids;
  const bool came = eventually([&] {
    std::ifstream journal(path_ + ".ran");
    pids.clear();
    for (pid_t pid = 0; journal >> pid;) pids.push_back(pid);
    return pids.size() >= count;
  });
  if (!came) throw std::runtime_error("only " + std::to_string(pids.size()) + " came to the gate");
  return pids;
}

void Gate::open() {
  // Who has written into the journal may not have come to the FIFO yet: it finds a file instead.
  const auto passage = path_ + ".passage";
  std::ofstream(passage).flush();
  std::filesystem::rename(passage, path_);
  writer_.reset();
}

}  // namespace stile::test
