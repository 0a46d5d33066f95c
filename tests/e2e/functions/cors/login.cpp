// Lets in who knows the word, as a header or as the body.
#include <stile/function.hpp>

using namespace stile;

Json GET(Header<"Authorization", std::string, ""> word) {
  if (*word != "Bearer swordfish")
    throw Problem{401, "not the word"}.with_header("WWW-Authenticate", "Bearer");
  return "in";
}

Json POST(const Request& request) {
  if (request.body() != "swordfish") throw Problem{401, "not the word"};
  return "in";
}

const Settings settings{.cors = Cors{.origins = {"https://app.example"}}};
