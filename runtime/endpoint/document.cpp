#include "endpoint/document.hpp"

#include <fmt/core.h>

#include <set>
#include <stdexcept>

#include "endpoint/comments.hpp"
#include "endpoint/effective_settings.hpp"
#include "endpoint/gate.hpp"
#include "stile/operation.hpp"

namespace stile {
namespace {

bool is_guarded(const Endpoint& endpoint) {
  return detail::Gate(effective_settings(endpoint).access).is_guarded();
}

// The steps around it first: what they take is asked of each request to the method.
void tell_all(const Endpoint& endpoint, std::size_t method, detail::Operation& operation) {
  for (const Folder* folder : endpoint.folders) {
    if (folder->documenter == nullptr) continue;
    operation.begin_part();
    try {
      folder->documenter(operation);
    } catch (const std::logic_error& error) {
      throw std::invalid_argument(fmt::format("the step of {}: {}", folder->file, error.what()));
    }
  }
  operation.begin_part();
  endpoint.documenters.at(method)(operation);
}

Schema operation_of(const Endpoint& endpoint, std::size_t index, Schemas& schemas,
                    const MethodComment& comment) {
  detail::Operation operation(schemas, method_names.at(index), is_guarded(endpoint));
  tell_all(endpoint, index, operation);
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
    detail::Operation operation(schemas, method_names.at(i), is_guarded(endpoint));
    tell_all(endpoint, i, operation);
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
      operations.set(method, operation_of(endpoint, i, schemas,
                                          comment == comments.end() ? MethodComment{} : comment->second));
    } catch (const std::logic_error& error) {
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
  detail::Operation operation(schemas, "GET", is_guarded(endpoint));
  tell_all(endpoint, 0, operation);
  for (const auto& [place, part] : operation.names()) {
    const auto& [in, name] = place;
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
  auto names = names_in(endpoint, &detail::Operation::secrets);
  if (const auto access = effective_settings(endpoint).access) {
    for (const auto& scheme : detail::Gate::policy_of(*access).schemes) {
      if (!scheme.name.empty())
        names.push_back(scheme.name);  // of the header or cookie that proves who calls
    }
  }
  return names;
}

std::vector<std::string> header_parameters(const Endpoint& endpoint) {
  return names_in(endpoint, &detail::Operation::headers);
}

}  // namespace stile
