// An answer made of whatever bytes a function may get from a client: its first line is a status, then come headers of
// which each is one line, then the body.
#include <stdexcept>
#include <string>

#include <stile/problem.hpp>
#include <stile/response.hpp>

#include "endpoint/dispatcher.hpp"
#include "fuzz/fuzzer.hpp"
#include "manifest/text.hpp"

using namespace stile;

namespace {

constexpr auto npos = std::string_view::npos;

template <class Change>
int changes(Change change) {
  try {
    change();
    return 1;
  } catch (const std::invalid_argument&) {
    return 0;
  }
}

void check_rendered(const std::string& text, int headers, std::string_view body) {
  if (text.empty()) return;  // too large: a problem is sent instead
  const auto end = text.find("\r\n\r\n");
  test::require(end != npos, "the headers end");
  test::require(std::string_view(text).substr(end + 4) == body, "the body follows");
  std::string_view block = std::string_view(text).substr(0, end + 2);
  test::require(block.starts_with("Status: "), "the status comes first");
  int lines = -1;
  while (!block.empty()) {
    const auto line = block.substr(0, block.find("\r\n"));
    block.remove_prefix(line.size() + 2);
    const auto colon = line.find(": ");
    test::require(colon != npos && is_token(line.substr(0, colon)), "a header has a name");
    test::require(is_field_value(line.substr(colon + 2)), "and a value of one line");
    ++lines;
  }
  test::require(lines == headers, "there are as many as were set");
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
  int headers = body.empty() ? 0 : 1;  // Content-Type, unless it is set
  const bool sets_type = equal_ignoring_case(name, "Content-Type");
  const int set = changes([&] { response.add_header(name, value); });
  headers += sets_type && set == 1 && !body.empty() ? 0 : set;
  headers += changes([&] { response.cookie({.name = std::string(name), .value = value}); });
  response.body(body);
  check_rendered(render(response, BodyPart::included), headers + 1, body);  // and Content-Length

  try {
    const Response redirect = Response::redirect(value);
    check_rendered(render(redirect, BodyPart::included), static_cast<int>(redirect.headers().size()) + 1,
                   redirect.body());
  } catch (const std::invalid_argument&) {
  }
  const Response problem = problem_response(Problem(400, value), "an-id");
  check_rendered(render(problem, BodyPart::included), 2, problem.body());
  return 0;
}
