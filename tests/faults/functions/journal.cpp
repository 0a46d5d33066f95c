// Writes down each body that it is posted, before it answers: a test sees what ran, and how often.
#include <fcntl.h>
#include <unistd.h>
#include <stile/function.hpp>

using namespace stile;

Json POST(const Request& request) {
  static const int journal =
      ::open((state_dir() / "journal").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const std::string line(request.body() + "\n");
  if (::write(journal, line.data(), line.size()) == -1) throw Problem{500, "no journal"};
  return {{"pid", ::getpid()}};
}

Json GET() { return {{"pid", ::getpid()}}; }

const Settings settings{.concurrency = 4};
