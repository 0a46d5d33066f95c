// An answer made of whatever bytes a function may get from a client: its first line is a status, then come headers of
// which each is one line, then the body.
#include <algorithm>
#include <array>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <stile/problem.hpp>
#include <stile/response.hpp>

#include "endpoint/dispatcher.hpp"
#include "fuzz/fuzzer.hpp"
#include "manifest/text.hpp"

using namespace stile;
using namespace std::literals;

namespace {

constexpr auto npos = std::string_view::npos;

template <class Change>
bool changes(Change change) {
  try {
    change();
    return true;
  } catch (const std::invalid_argument&) {
    return false;
  }
}

// What render() may add by itself, each only where the function has not said it.
constexpr std::array added{"Content-Type"sv, "X-Content-Type-Options"sv, "Referrer-Policy"sv,
                           "Content-Security-Policy"sv, "Content-Length"sv};

void check_rendered(const std::string& text, const Response& response) {
  if (text.empty()) return;  // too large: a problem is sent instead
  const auto end = text.find("\r\n\r\n");
  test::require(end != npos, "the headers end");
  test::require(std::string_view(text).substr(end + 4) == response.body(), "the body follows");
  std::string_view block = std::string_view(text).substr(0, end + 2);
  const auto next = [&] {
    const auto line = block.substr(0, block.find("\r\n"));
    block.remove_prefix(line.size() + 2);
    const auto colon = line.find(": ");
    test::require(colon != npos && is_token(line.substr(0, colon)), "a header has a name");
    test::require(is_field_value(line.substr(colon + 2)), "and a value of one line");
    return std::pair(line.substr(0, colon), line.substr(colon + 2));
  };
  test::require(next().first == "Status", "the status comes first");
  for (const auto& [name, value] : response.headers())
    test::require(next() == std::pair<std::string_view, std::string_view>(name, value),
                  "what was set follows, all of it");
  std::set<std::string_view> seen;
  while (!block.empty()) {
    const auto [name, value] = next();
    test::require(std::find(added.begin(), added.end(), name) != added.end(), "nothing else is added");
    test::require(!response.header(name), "nothing is said a second time");
    test::require(seen.insert(name).second, "and nothing is added twice");
  }
  test::require(seen.contains("Content-Length"), "a length is said");
  test::require(response.body().empty() || seen.contains("X-Content-Type-Options") ||
                    response.header("X-Content-Type-Options"),
                "no browser guesses a body's type");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The input's three parts: a name, a value, a body.
  const auto text = test::as_text(data, size);
  const auto first = text.find('\xff');
  const std::string_view name = text.substr(0, first);
  std::string_view rest = first == npos ? std::string_view() : text.substr(first + 1);
  const auto second = rest.find('\xff');
  const std::string value(rest.substr(0, second));
  const std::string body(second == npos ? std::string_view() : rest.substr(second + 1));

  Response response;
  const bool taken = changes([&] { response.add_header(name, value); });
  test::require(response.headers().size() == (taken ? 1U : 0U), "a header is set, or refused whole");
  changes([&] { response.cookie({.name = std::string(name), .value = value}); });
  response.body(body);
  check_rendered(render(response, BodyPart::included), response);

  try {
    const Response redirect = Response::redirect(value);
    check_rendered(render(redirect, BodyPart::included), redirect);
  } catch (const std::invalid_argument&) {
  }
  const Response problem = problem_response(Problem(400, value), "an-id");
  check_rendered(render(problem, BodyPart::included), problem);
  return 0;
}
