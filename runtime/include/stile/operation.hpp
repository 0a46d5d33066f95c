// What is told of one method of a function: its parameters, its body, its answers, as OpenAPI 3.1 has them (Operation
// Object). Filled by extract.hpp and results.hpp when a function is described. One thread.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stile/context.hpp>
#include <stile/place.hpp>
#include <stile/schema.hpp>

namespace stile::detail {

class Operation {
 public:
  /// `method`: "GET".
  Operation(Schemas& schemas, std::string_view method, bool is_guarded)
      : schemas_(schemas), method_(method), is_guarded_(is_guarded) {}

  Schemas& schemas() { return schemas_; }
  /// `schema` of one value, or of an array where it may be repeated; its description is the parameter's. Throws
  /// std::invalid_argument where there is one of that name.
  void add_parameter(Source source, bool is_required, Schema schema, bool is_secret);
  void set_body(bool is_required, std::string_view media_type, const Schema& schema);
  /// Without a media type it has no content. `headers` is a Schema of Header Objects.
  void add_response(std::string_view status, std::string_view description, std::string_view media_type = {},
                    const Schema& schema = {}, const Schema& headers = {});
  /// That it heeds the conditions of a request (conditional.hpp).
  void add_conditions();
  /// What follows is told by another function (the next step, or the method): it may name what one before has named.
  void begin_part() { ++part_; }
  /// That a step hands on a value of that type, and that somebody takes one. want() throws std::invalid_argument where
  /// nobody has handed it on before.
  void hand(const HandedType& type) { handed_.push_back(type); }
  void want(const HandedType& type) const;
  /// That somebody asks who calls. Throws std::invalid_argument where everyone may.
  void want_caller() const;
  const std::set<std::string>& secrets() const { return secrets_; }
  /// Names of the headers that are parameters, as they are written.
  const std::set<std::string>& headers() const { return headers_; }
  /// That the answer depends on what no name stands for; for a person.
  void add_unnamed_input(std::string_view what) { unnamed_.emplace_back(what); }
  /// That a parameter of the query which is not declared is refused.
  void refuse_other_query() { refuses_other_query_ = true; }
  /// All parameters; of headers in lower case.
  const std::map<std::pair<In, std::string>, int>& names() const { return names_; }
  const std::vector<std::string>& unnamed_inputs() const { return unnamed_; }
  bool refuses_other_query() const { return refuses_other_query_; }
  void add_problem(int status) { problems_.insert(status); }

  /// Adds "parameters", "requestBody", "responses", and "problems": a list of statuses, all of which are answered alike.
  void tell(Schema& operation) const;

 private:
  Schemas& schemas_;
  std::string_view method_;
  bool is_guarded_;
  std::map<std::pair<In, std::string>, int> names_;  // and which part has told it
  int part_ = 0;
  std::set<std::string> secrets_;
  std::set<std::string> headers_;
  std::vector<std::string> unnamed_;
  bool refuses_other_query_ = false;
  std::vector<std::string> parameters_;
  Schema body_;
  Schema responses_;
  std::set<int> problems_;
  std::vector<HandedType> handed_;
};

}  // namespace stile::detail
