#include "endpoint/document.hpp"

#include <fmt/core.h>

#include <set>
#include <stdexcept>

#include "endpoint/comments.hpp"
#include "stile/operation.hpp"

namespace stile {
namespace {

Schema operation_of(Endpoint::Documenter tell, std::string_view method, Schemas& schemas,
                    const MethodComment& comment) {
  detail::Operation operation(schemas, method);
  tell(operation);
  Schema told;
  if (!comment.summary.empty()) told.set_text("summary", comment.summary);
  if (!comment.description.empty()) told.set_text("description", comment.description);
  if (comment.deprecated) told.set("deprecated", "true");
  operation.tell(told);
  return told;
}

}  // namespace

std::string document(const Endpoint& endpoint, std::string_view source) {
  const auto comments = comments_of(source);
  Schemas schemas;
  Schema operations;
  for (std::size_t i = 0; i < method_names.size(); ++i) {
    if (endpoint.documenters.at(i) == nullptr) continue;
    const std::string method(method_names.at(i));
    const auto comment = comments.find(method);
    try {
      operations.set(method, operation_of(endpoint.documenters.at(i), method, schemas,
                                          comment == comments.end() ? MethodComment{} : comment->second));
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument(fmt::format("{}: {}", method, error.what()));
    }
  }
  Schema components;
  for (const auto& [name, text] : schemas.all()) components.set(name, text);
  Schema fragment;
  return fragment.set("operations", operations).set("schemas", components).text();
}

CacheInputs cache_inputs(const Endpoint& endpoint) {
  static_assert(method_names.front() == "GET");
  CacheInputs inputs;
  if (endpoint.documenters.front() == nullptr) return inputs;
  Schemas schemas;
  detail::Operation operation(schemas, "GET");
  endpoint.documenters.front()(operation);
  for (const auto& [in, name] : operation.names()) {
    if (in == detail::In::query) inputs.query.push_back(name);
    if (in == detail::In::header) inputs.headers.push_back(name);
    if (in == detail::In::cookie) inputs.cookies.push_back(name);
  }
  inputs.refuses_other_query = operation.refuses_other_query();
  inputs.unnamed = operation.unnamed_inputs();
  // Its value would stand in the files of what is kept.
  for (const auto& name : operation.secrets())
    inputs.unnamed.push_back(fmt::format("a secret parameter ({})", name));
  return inputs;
}

std::vector<std::string> secret_parameters(const Endpoint& endpoint) {
  std::set<std::string> all;
  Schemas schemas;
  for (std::size_t i = 0; i < method_names.size(); ++i) {
    if (endpoint.documenters.at(i) == nullptr) continue;
    detail::Operation operation(schemas, method_names.at(i));
    endpoint.documenters.at(i)(operation);
    all.insert(operation.secrets().begin(), operation.secrets().end());
  }
  return {all.begin(), all.end()};
}

}  // namespace stile
