// Whatever a client sends as a condition: it holds only where the state's own tag stands in it, or a time is one.
#include <string>

#include "endpoint/http_date.hpp"
#include "fuzz/fuzzer.hpp"
#include "stile/conditional.hpp"
#include "stile/problem.hpp"

using namespace stile;

namespace {

class NoLog : public LogSink {
 public:
  void write(Level /*level*/, std::string_view /*request_id*/, std::string_view /*text*/) noexcept override {}
};

constexpr std::string_view tag = "\"7\"";

// The status that a request with such a header gets.
int status_for(std::string_view method, std::string_view header, std::string_view value) {
  NoLog log;
  const Request request(RequestParts{.method = method, .uri = "/", .headers = {{header, value}}}, log);
  Locals locals;
  Shareds shareds;
  Context context(request, locals, shareds);
  try {
    Conditional(context).check({.etag = "7"});
  } catch (const detail::EarlyAnswer& early) {
    return early.status;
  } catch (const Problem& problem) {
    return problem.status();
  }
  return 200;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = test::as_text(data, size);
  if (const auto time = read_http_date(text))
    test::require(print_http_date(*time) == text, "a time has one spelling");

  const bool may_hold = text == "*" || text.find(tag) != std::string_view::npos;
  const int read = status_for("GET", "IF_NONE_MATCH", text);
  test::require(read == 200 || (read == 304 && may_hold), "an answer is left out to who has it alone");
  const int written = status_for("PUT", "IF_MATCH", text);
  test::require(written == 412 || (written == 200 && may_hold),
                "nothing is overwritten by who has not seen it");
  test::require((read == 304) == (written == 200), "both take a list alike");
  test::require(status_for("GET", "IF_NONE_MATCH", std::string(tag) + ", " + std::string(text)) == 304,
                "what follows a tag does not take it away");
  return 0;
}
