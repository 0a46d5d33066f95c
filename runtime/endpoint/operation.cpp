#include "stile/operation.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

#include "endpoint/type_name.hpp"
#include "manifest/text.hpp"

namespace stile::detail {
namespace {

// OpenAPI has words of its own for these (Parameter Object, "name").
bool is_told_elsewhere(Source source) {
  if (source.in != In::header) return false;
  return equal_ignoring_case(source.name, "Accept") || equal_ignoring_case(source.name, "Content-Type") ||
         equal_ignoring_case(source.name, "Authorization");
}

Schema content(std::string_view media_type, const Schema& schema) {
  Schema of_type;
  of_type.set("schema", schema);
  Schema content;
  content.set(media_type, of_type);
  return content;
}

}  // namespace

void Operation::add_parameter(Source source, bool is_required, Schema schema, bool is_secret) {
  problems_.insert(422);
  if (is_secret) secrets_.emplace(source.name);
  if (source.in == In::header) headers_.emplace(source.name);
  std::string name(source.name);
  if (source.in == In::header) std::transform(name.begin(), name.end(), name.begin(), to_lower);
  const auto [known, is_new] = names_.emplace(std::pair(source.in, std::move(name)), part_);
  if (!is_new && known->second == part_) {
    throw std::invalid_argument(
        fmt::format("two {} parameters are called \"{}\"", to_string(source.in), source.name));
  }
  if (!is_new || is_told_elsewhere(source)) return;
  Schema parameter;
  parameter.set_text("name", source.name).set_text("in", to_string(source.in));
  if (const auto* description = schema.find("description")) parameter.set("description", *description);
  if (is_required) parameter.set("required", "true");
  if (schema.find("deprecated") != nullptr) parameter.set("deprecated", "true");
  parameter.set("schema", schema);
  parameters_.push_back(parameter.text());
}

void Operation::set_body(bool is_required, std::string_view media_type, const Schema& schema) {
  body_ = {};
  if (is_required) body_.set("required", "true");
  body_.set("content", content(media_type, schema));
}

void Operation::add_response(std::string_view status, std::string_view description,
                             std::string_view media_type, const Schema& schema, const Schema& headers) {
  Schema response;
  response.set_text("description", description);
  if (!headers.empty()) response.set("headers", headers);
  if (!media_type.empty()) response.set("content", content(media_type, schema));
  responses_.set(status, response);
}

void Operation::add_conditions() {
  add_problem(412);
  if (method_ == "GET") add_response("304", "It is as the client has it");
}

void Operation::tell(Schema& operation) const {
  std::string list;
  for (const auto& parameter : parameters_) list += (list.empty() ? "" : ",") + parameter;
  if (!list.empty()) operation.set("parameters", "[" + list + "]");
  if (!body_.empty()) operation.set("requestBody", body_);
  operation.set("responses", responses_);
  list.clear();
  for (const int status : problems_) list += (list.empty() ? "" : ",") + std::to_string(status);
  operation.set("problems", "[" + list + "]");
}

void Operation::want_caller() const {
  if (!is_guarded_) {
    throw std::invalid_argument(
        "it takes a Caller, and everyone may call it: say who may, const Settings settings{.access = "
        "Access::api_key()}; or take a std::optional<Caller>");
  }
}

void Operation::want(const HandedType& type) const {
  const auto is_it = [&](const HandedType& handed) { return handed.is_same(type); };
  if (std::none_of(handed_.begin(), handed_.end(), is_it)) {
    throw std::invalid_argument(fmt::format(
        "Handed<{0}> is asked for, and no step above hands it on: in a _settings.cpp of its folder, write "
        "Response around(Next<{0}> next)",
        name_of(*type.type)));
  }
}

}  // namespace stile::detail
