// From a request to a function's parameters, and what is told of them. Used by entry.hpp alone; a function's author needs
// none of it. Pure but for what making a Local or Shared object does; runs on the handler's thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <stile/access.hpp>
#include <stile/conditional.hpp>
#include <stile/context.hpp>
#include <stile/described.hpp>
#include <stile/operation.hpp>
#include <stile/parameters.hpp>
#include <stile/request.hpp>
#include <stile/text_type.hpp>

namespace stile::detail {

// Compiled once, in the library. The views live as long as the request.
std::vector<std::string_view> find_values(const Request& request, Source source);
enum class Found : std::uint8_t { nothing, one, refused };
/// Refuses several.
Found find_value(const Request& request, Source source, const Place& place, std::string_view& value);
const std::string& utf8_body(const Request& request);
std::vector<std::byte> body_bytes(const Request& request);

/// How a T is made of the values of one name: just one, at most one, or any number.
template <class T>
struct Gather {
  using Documented = T;  ///< what its schema is of
  static constexpr bool known = ReadableText<T>;
  static constexpr bool takes_default = true;
  static constexpr bool is_required = !may_be_absent<T>;

  static bool read(const Request& request, Source source, const Place& place, bool is_missing_allowed,
                   T& into) {
    std::string_view text;
    const Found found = find_value(request, source, place, text);
    if (found == Found::nothing) return is_missing_allowed || !is_required || place.refuse_missing();
    return found == Found::one && TextType<T>::read(text, place, into);
  }
};

template <class T>
struct Gather<std::optional<T>> {
  using Documented = T;
  static constexpr bool known = ReadableText<T>;
  static constexpr bool takes_default = false;
  static constexpr bool is_required = false;

  static bool read(const Request& request, Source source, const Place& place, bool /*is_missing_allowed*/,
                   std::optional<T>& into) {
    std::string_view text;
    const Found found = find_value(request, source, place, text);
    return found == Found::nothing || (found == Found::one && TextType<T>::read(text, place, into.emplace()));
  }
};

// Compiled once.
bool check_count(const Place& place, std::size_t count);
bool refuse_twice(const Place& place, std::string_view text);

template <class List, class Add>
bool gather_all(const Request& request, Source source, const Place& place, bool is_missing_allowed,
                List& into, Add add) {
  using T = typename List::value_type;
  const auto values = find_values(request, source);
  if (values.empty() && is_missing_allowed) return true;  // it keeps its default
  into.clear();
  bool is_sound = check_count(place, values.size());
  for (std::size_t i = 0; i < values.size() && (is_sound || place.goes_on()); ++i) {
    T one{};
    const Place here = place.element(i);
    is_sound = TextType<T>::read(values[i], here, one) &&
               (add(into, std::move(one)) || refuse_twice(here, values[i])) && is_sound;
  }
  return is_sound;
}

template <class T>
struct Gather<std::vector<T>> {
  using Documented = std::vector<T>;
  static constexpr bool known = ReadableText<T>;
  static constexpr bool takes_default = false;
  static constexpr bool is_required = false;

  static bool read(const Request& request, Source source, const Place& place, bool is_missing_allowed,
                   std::vector<T>& into) {
    const bool is_unique = place.rule(Rule::Kind::unique_items) != nullptr;
    return gather_all(request, source, place, is_missing_allowed, into, [&](std::vector<T>& all, T one) {
      if (is_unique && std::find(all.begin(), all.end(), one) != all.end()) return false;
      all.push_back(std::move(one));
      return true;
    });
  }
};

template <class T>
struct Gather<std::set<T>> {
  using Documented = std::set<T>;
  static constexpr bool known = ReadableText<T>;
  static constexpr bool takes_default = false;
  static constexpr bool is_required = false;

  static bool read(const Request& request, Source source, const Place& place, bool is_missing_allowed,
                   std::set<T>& into) {
    return gather_all(request, source, place, is_missing_allowed, into,
                      [](std::set<T>& all, T one) { return all.insert(std::move(one)).second; });
  }
};

/// What stands behind a parameter's type: its default and its rules.
template <Option... options>
struct Options {
  static constexpr std::size_t default_count =
      (std::size_t{0} + ... + (options.fallback.kind == Fallback::Kind::none ? 0U : 1U));
  static constexpr Fallback fallback = [] {
    Fallback found{};
    ((options.fallback.kind == Fallback::Kind::none ? void() : void(found = options.fallback)), ...);
    return found;
  }();
  static constexpr auto rules = [] {
    std::array<Rule, sizeof...(options) - default_count> found{};
    [[maybe_unused]] std::size_t count = 0;
    ((options.rule.kind == Rule::Kind::none ? void() : void(found[count++] = options.rule)), ...);
    return found;
  }();
};

/// One kind of parameter: `known` says whether P is one, `convertible` whether its T can be made, `default_fits` its
/// default, `takes_page` whether it says which page of a list is wanted, `path_name` what must stand in braces in the file's
/// name, `unnamed_input` what of the request the answer depends on then that has no name (empty: nothing) - a kind that does not
/// say so is one that no kept answer may be made of (manifest/cache_policy.hpp). first() makes of the request what can be made without a side effect, and has faults noted; second() gives what the
/// function gets, once nothing was refused.
struct UnknownParameter {
  static constexpr bool known = false;
  static constexpr bool takes_page = false;
};
struct KnownParameter {
  static constexpr bool known = true;
  static constexpr bool convertible = true;
  static constexpr bool default_fits = true;
  static constexpr bool takes_page = false;
  static constexpr std::string_view path_name{};
  static constexpr std::string_view unnamed_input = "a parameter that may be any part of the request";
  static void document(Operation& /*operation*/) {}
};
/// One that is no part of the request, or of which nginx takes care.
struct NoInput : KnownParameter {
  static constexpr std::string_view unnamed_input{};
};
struct Nothing {};

template <class P>
struct Extract : UnknownParameter {};

template <>
struct Extract<Request> : KnownParameter {
  static constexpr std::string_view unnamed_input = "the whole request (const Request&)";
  static Nothing first(Context& /*context*/) { return {}; }
  static const Request& second(Context& context, Nothing /*nothing*/) { return context.request; }
};

template <>
struct Extract<Conditional> : NoInput {
  static Nothing first(Context& /*context*/) { return {}; }
  static Conditional second(Context& context, Nothing /*nothing*/) { return Conditional(context); }
  static void document(Operation& operation) { operation.add_conditions(); }
};

template <class P>
struct FromRequest : KnownParameter {
  static P&& second(Context& /*context*/, P& parameter) { return std::move(parameter); }
};

template <class T>
bool takes_text(std::string_view text, const Place& place) {
  T ignored{};
  return TextType<T>::read(text, place, ignored);
}
// Compiled once.
bool wants_some(std::span<const Rule> rules);  ///< of a list: whether it must not be empty
bool has_secret(std::span<const Rule> rules);  ///< itself, or each of its elements
// These throw std::invalid_argument where the value breaks the parameter's own rules.
using TakesText = bool (*)(std::string_view text, const Place& place);
void check_example(std::string_view name, std::span<const Rule> rules, TakesText takes);
void add_default(Schema& schema, std::string_view name, std::span<const Rule> rules, const std::string& json,
                 TakesText takes);

template <class T>
Schema parameter_schema(Schemas& schemas, std::span<const Rule> rules, std::string_view place) {
  using Documented = typename Gather<T>::Documented;
  RulesInUse in_use(rules);
  Schema schema = JsonType<Documented>::schema(schemas, in_use);
  annotate(schema, in_use);
  in_use.check_all_used(place);
  if constexpr (ReadableText<Documented>) check_example(place, rules, &takes_text<Documented>);
  return schema;
}

template <class P, In in, Literal name, class T, Option... options>
struct TextParameter : FromRequest<P> {
  using Given = Options<options...>;
  static constexpr Source source{in, name.view()};
  static constexpr std::string_view unnamed_input{};
  static constexpr bool has_default = Given::default_count > 0;
  static constexpr bool convertible = Gather<T>::known;
  static constexpr bool default_fits = [] {
    if constexpr (!has_default) return true;
    return Gather<T>::takes_default && Given::default_count == 1 && Given::fallback.template fits<T>();
  }();

  static P first(Context& context) {
    T value = [] {
      if constexpr (has_default) {
        return Given::fallback.template as<T>();
      } else {
        return T{};
      }
    }();
    Gather<T>::read(context.request, source, Place(context.faults, source, Given::rules), has_default, value);
    return value;
  }
  static void document(Operation& operation) {
    Schema schema = parameter_schema<T>(operation.schemas(), Given::rules, source.name);
    if constexpr (has_default)
      add_default(schema, source.name, Given::rules, json_text(Given::fallback.template as<T>()),
                  &takes_text<T>);
    operation.add_parameter(
        source, in == In::path || (!has_default && (Gather<T>::is_required || wants_some(Given::rules))),
        std::move(schema), has_secret(Given::rules));
  }
};

template <Literal name, class T, Option... options>
struct Extract<Path<name, T, options...>>
    : TextParameter<Path<name, T, options...>, In::path, name, T, options...> {
  // A path has just one value of a name.
  static constexpr bool convertible = ReadableText<T>;
  static constexpr bool default_fits = Options<options...>::default_count == 0;
  static constexpr std::string_view path_name = name.view();
};

template <Literal name, class T, Option... options>
struct Extract<Query<name, T, options...>>
    : TextParameter<Query<name, T, options...>, In::query, name, T, options...> {};

template <Literal name, class T, Option... options>
struct Extract<Header<name, T, options...>>
    : TextParameter<Header<name, T, options...>, In::header, name, T, options...> {};

template <Literal name, class T, Option... options>
struct Extract<Cookie<name, T, options...>>
    : TextParameter<Cookie<name, T, options...>, In::cookie, name, T, options...> {};

// ---- a query as a struct ----

/// How one member is read; in the order of Struct::members.
struct QueryMember {
  bool (*read)(const Request& request, Source source, const Place& place, bool is_missing_allowed,
               void* object);
  bool is_required;
  Schema (*schema)(Schemas& schemas, std::span<const Rule> rules, std::string_view place);
};
void read_query(Context& context, void* object, const Struct& type, std::span<const QueryMember> members);
void document_query(Operation& operation, const Struct& type, std::span<const QueryMember> members);

template <class T>
class QueryDescriber {
 public:
  template <auto pointer>
  void member(std::string_view /*own_name*/, std::span<const Rule> /*rules*/) {
    using V = MemberType<T, pointer>;
    static_assert(Gather<V>::known, "a member of QueryOf<T> has a type that no query can hold");
    members_.push_back({[](const Request& request, Source source, const Place& place, bool is_missing_allowed,
                           void* object) {
                          return Gather<V>::read(request, source, place, is_missing_allowed,
                                                 static_cast<T*>(object)->*pointer);
                        },
                        Gather<V>::is_required, &parameter_schema<V>});
  }
  template <class Things>
  void whole(const Things& /*things*/) {}
  template <class B>
  void base() {
    const auto& inherited = query_members<B>();
    members_.insert(members_.end(), inherited.begin(), inherited.end());
  }
  std::vector<QueryMember> take() { return std::move(members_); }

  template <class Of>
  static const std::vector<QueryMember>& query_members() {
    static const std::vector<QueryMember> all = [] {
      QueryDescriber<Of> describer;
      describe_members_of<Of>(describer);
      return describer.take();
    }();
    return all;
  }

 private:
  std::vector<QueryMember> members_;
};

template <class T>
struct Extract<QueryOf<T>> : FromRequest<QueryOf<T>> {
  static constexpr std::string_view unnamed_input{};
  static constexpr bool convertible = Described<T>;
  static constexpr bool takes_page = requires(Context & context, T& value) { take_page(context, value); };
  static QueryOf<T> first(Context& context) {
    T value{};
    read_query(context, &value, struct_of<T>(), QueryDescriber<T>::template query_members<T>());
    if constexpr (takes_page) take_page(context, value);
    return value;
  }
  static void document(Operation& operation) {
    document_query(operation, struct_of<T>(), QueryDescriber<T>::template query_members<T>());
  }
};

// ---- the body ----

template <class P>
struct FromBody : FromRequest<P> {
  static constexpr std::string_view unnamed_input = "the body";
};

constexpr std::string_view json_media_type = "application/json";

template <class T>
void document_json_body(Operation& operation, bool is_required) {
  if constexpr (Described<T>) check_readable(struct_of<T>());
  RulesInUse rules({});
  operation.set_body(is_required, json_media_type, JsonType<T>::schema(operation.schemas(), rules));
  for (const int status : {400, 413, 415, 422}) operation.add_problem(status);
}

template <class T>
struct Extract<Body<T>> : FromBody<Body<T>> {
  static constexpr bool convertible = ReadableJson<T>;
  static Body<T> first(Context& context) {
    if constexpr (std::same_as<T, Json>) {
      return context.request.json();
    } else {
      T value{};
      JsonType<T>::read(context.request.json(), Place(context.faults, {In::body, {}}), value);
      return value;
    }
  }
  static void document(Operation& operation) { document_json_body<T>(operation, true); }
};

/// An optional body may be left out.
template <class T>
struct Extract<Body<std::optional<T>>> : FromBody<Body<std::optional<T>>> {
  static constexpr bool convertible = ReadableJson<T>;
  static Body<std::optional<T>> first(Context& context) {
    if (context.request.body().empty()) return {};
    return std::optional<T>(Extract<Body<T>>::first(context).value());
  }
  static void document(Operation& operation) { document_json_body<T>(operation, false); }
};

void document_raw_body(Operation& operation, std::string_view media_type, bool is_text);

template <>
struct Extract<Body<std::string>> : FromBody<Body<std::string>> {
  static Body<std::string> first(Context& context) { return utf8_body(context.request); }
  static void document(Operation& operation) { document_raw_body(operation, "text/plain", true); }
};

template <>
struct Extract<Body<std::vector<std::byte>>> : FromBody<Body<std::vector<std::byte>>> {
  static Body<std::vector<std::byte>> first(Context& context) { return body_bytes(context.request); }
  static void document(Operation& operation) {
    document_raw_body(operation, "application/octet-stream", false);
  }
};

/// Throws std::logic_error where everyone may call: the build refuses that.
const Caller& caller_of(const Context& context);

template <>
struct Extract<Caller> : KnownParameter {
  static Nothing first(Context& /*context*/) { return {}; }
  static const Caller& second(Context& context, Nothing /*nothing*/) { return caller_of(context); }
  static void document(Operation& operation) { operation.want_caller(); }
};

/// None where everyone may call: a step around a folder may have functions of both kinds below it.
template <>
struct Extract<std::optional<Caller>> : NoInput {
  static Nothing first(Context& /*context*/) { return {}; }
  static std::optional<Caller> second(Context& context, Nothing /*nothing*/) {
    return context.caller == nullptr ? std::nullopt : std::optional(*context.caller);
  }
};

template <class T>
struct Extract<Local<T>> : NoInput {
  static Nothing first(Context& /*context*/) { return {}; }
  static Local<T> second(Context& context, Nothing /*nothing*/) { return context.locals.get<T>(); }
};

template <class T>
struct Extract<Shared<T>> : NoInput {
  static Nothing first(Context& /*context*/) { return {}; }
  static Shared<T> second(Context& context, Nothing /*nothing*/) { return context.shareds.get<T>(); }
};

}  // namespace stile::detail
