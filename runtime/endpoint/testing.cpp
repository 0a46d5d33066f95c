#include "stile/testing.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <stdexcept>

#include "endpoint/dispatcher.hpp"

namespace stile::testing {
namespace {

constexpr std::string_view prefix = "/api";

class ListSink : public LogSink {
 public:
  void write(Level level, std::string_view /*request_id*/, std::string_view text) noexcept override {
    constexpr std::string_view letters = "DIWE";
    lines.push_back({letters[static_cast<std::size_t>(level)], ' '});
    lines.back() += text;
  }
  std::vector<std::string> lines;
};

/// A function as its worker would hold it.
struct Host {
  explicit Host(const Endpoint& endpoint) : dispatcher(endpoint, describe(endpoint).route.below(prefix)) {}
  Dispatcher dispatcher;
  Locals locals;
};

std::vector<std::unique_ptr<Host>>& hosts() {
  static std::vector<std::unique_ptr<Host>> all;
  if (all.empty()) {
    for (const Endpoint* endpoint : linked_endpoints()) all.push_back(std::make_unique<Host>(*endpoint));
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
      return wins_over(a->dispatcher.route(), b->dispatcher.route());
    });
  }
  return all;
}

struct Entry {
  std::string type;  // by name: each function of the program has type_info of its own
  void* object = nullptr;
  const detail::Replaced* owner = nullptr;
};

std::vector<Entry>& entries() {
  static std::vector<Entry> all;
  return all;
}

std::shared_ptr<void> find_replacement(const std::type_info& type) {
  const auto& all = entries();
  const auto entry =
      std::find_if(all.rbegin(), all.rend(), [&](const Entry& each) { return each.type == type.name(); });
  if (entry == all.rend()) return nullptr;
  return {std::shared_ptr<void>(), entry->object};  // which is the test's
}

std::string cgi_name(std::string_view name) {
  std::string upper;
  for (const char c : name)
    upper += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return upper;
}

}  // namespace

Answer call(std::string_view method, std::string_view path, const Sending& sending) {
  std::vector<std::string> names;  // views into it below: it must not grow any more then
  names.reserve(sending.headers.size());
  RequestParts parts{.method = method,
                     .uri = path,
                     .content_type = sending.content_type,
                     .id = "test",
                     .client_address = "127.0.0.1",
                     .host = "localhost"};
  for (const auto& [name, value] : sending.headers)
    parts.headers.push_back({names.emplace_back(cgi_name(name)), value});
  parts.body = sending.body;

  ListSink sink;
  Request request(std::move(parts), sink);
  for (const auto& host : hosts()) {
    if (!host->dispatcher.route().match(request.path())) continue;
    stile::detail::assumed_caller = sending.caller ? &*sending.caller : nullptr;
    Response response = host->dispatcher.handle(request, host->locals);
    stile::detail::assumed_caller = nullptr;
    return {std::move(response), std::move(sink.lines)};
  }
  return {problem_response(Problem(404, "no function serves this path"), "test"), {}};
}

Answer call(std::string_view method, std::string_view path, const Json& body) {
  return call(method, path, Sending{.content_type = "application/json", .body = print_json(body)});
}

detail::Replaced::Replaced(const std::type_info& type, void* object) {
  hosts().clear();
  entries().push_back({type.name(), object, this});
  stile::detail::replacement = find_replacement;
}

detail::Replaced::~Replaced() {
  hosts().clear();  // first: they refer to the object
  auto& all = entries();
  all.erase(std::find_if(all.begin(), all.end(), [this](const Entry& each) { return each.owner == this; }));
}

TemporaryState::TemporaryState() {
  std::string name = (std::filesystem::temp_directory_path() / "stile-state-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory can be made");
  path_ = name;
  hosts().clear();
  ::setenv("STILE_STATE_DIR", name.c_str(),
           1);  // NOLINT(concurrency-mt-unsafe): one thread, as testing.hpp says
}

TemporaryState::~TemporaryState() {
  hosts().clear();                // first: they may have files open there
  ::unsetenv("STILE_STATE_DIR");  // NOLINT(concurrency-mt-unsafe)
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace stile::testing
