#include "endpoint/media_type.hpp"

#include <catch2/catch.hpp>

using namespace stile;

TEST_CASE("JSON is told by its media type, in any case, whatever its parameters") {
  for (const auto* type :
       {"application/json", "Application/JSON", "application/json;charset=utf-8",
        "application/json; charset=\"UTF-8\"", "application/json ; Charset = utf8", "application/json;",
        "application/json; version=1; q=x", "application/problem+json", "application/vnd.api+JSON; ext=\"a\"",
        "model/x+json", " application/json "}) {
    CAPTURE(type);
    CHECK(is_json(type));
  }
}

TEST_CASE("Nothing else is JSON") {
  for (const auto* type :
       {"", "application", "json", "/json", "application/", "text/json", "text/plain", "application/jsonp",
        "application/json5", "application/x-json", "application/+json", "application/json+xml", "+json",
        "application/json, text/plain", "application/json text", "a b/c+json", "application/x/y+json",
        "; application/json"}) {
    CAPTURE(type);
    CHECK_FALSE(is_json(type));
  }
}

TEST_CASE("A charset other than UTF-8 is not JSON") {
  for (const auto* type : {"application/json; charset=latin1", "application/json; charset=\"utf-16\"",
                           "application/json;a=b;CHARSET=iso-8859-1", "application/json; charset=",
                           "application/json; charset", "application/json; charset=utf-8; charset=latin1"}) {
    CAPTURE(type);
    CHECK_FALSE(is_json(type));
  }
}
