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

using NamesOf = const std::set<std::string>& (detail::Operation::*)() const;

// Of all methods.
std::vector<std::string> names_in(const Endpoint& endpoint, NamesOf names_of) {
  std::set<std::string> all;
  Schemas schemas;
  for (std::size_t i = 0; i < method_names.size(); ++i) {
    if (endpoint.documenters.at(i) == nullptr) continue;
    detail::Operation operation(schemas, method_names.at(i));
    endpoint.documenters.at(i)(operation);
    const auto& names = (operation.*names_of)();
    all.insert(names.begin(), names.end());
  }
  return {all.begin(), all.end()};
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

std::vector<std::string> secret_parameters(const Endpoint& endpoint) {
  return names_in(endpoint, &detail::Operation::secrets);
}

std::vector<std::string> header_parameters(const Endpoint& endpoint) {
  return names_in(endpoint, &detail::Operation::headers);
}

}  // namespace stile
