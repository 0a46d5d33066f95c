// Tells which variables its process has, and one of its secrets: in an answer, in its log, in the detail of a problem, as
// what an exception says.
#include <unistd.h>

#include <iostream>
#include <stdexcept>

#include <stile/function.hpp>

using namespace stile;

Json GET() {
  Json names = Json::array();
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    names.push_back(text.substr(0, text.find('=')));
  }
  return names;
}

Json POST(const Request& request, Query<"name"> name, Query<"how", std::string, ""> how) {
  const auto value = secret(*name);
  if (*how == "log") request.log().info("the log: {}", value);
  if (*how == "print") std::cout << "printed: " << value << std::endl;
  if (*how == "problem") throw Problem{502, "refused: " + value};
  if (*how == "throw") throw std::runtime_error("thrown: " + value);
  return {{"value", value}};
}

const Settings settings{.environment = {"GRID_PLACE"}, .secrets = {"grid_key", "grid_pin"}};
