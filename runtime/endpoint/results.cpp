#include "stile/results.hpp"

namespace stile::detail {

Response json_response(std::string text) { return Response::bytes(std::move(text), "application/json"); }

Response created_response(std::string_view location, std::string text) {
  Response response = Response::created(location, Json());
  response.body(std::move(text));
  return response;
}

// Without content a response has no body.
void document_any(Operation& operation) {
  operation.add_response("2XX", "What the function answers", "*/*", {});
}

void document_json(Operation& operation, const Schema& schema) {
  operation.add_response("200", "OK", "application/json", schema);
}

void document_created(Operation& operation, const Schema& schema) {
  Schema uri;
  uri.set_text("type", "string").set_text("format", "uri-reference");
  Schema location;
  location.set_text("description", "Where it is now").set("required", "true").set("schema", uri);
  Schema headers;
  headers.set("Location", location);
  operation.add_response("201", "Created", "application/json", schema, headers);
}

void document_nothing(Operation& operation) { operation.add_response("204", "No Content"); }

}  // namespace stile::detail
