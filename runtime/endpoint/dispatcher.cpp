#include "endpoint/dispatcher.hpp"

#include <cxxabi.h>
#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>
#include <typeinfo>

#include "endpoint/effective_settings.hpp"
#include "endpoint/policies.hpp"
#include "endpoint/secret_values.hpp"
#include "endpoint/type_name.hpp"
#include "manifest/text.hpp"
#include "stile/conditional.hpp"
#include "stile/json.hpp"

namespace stile {
namespace {

// As Allow lists them: HEAD comes with GET, OPTIONS by itself.
std::vector<std::string> methods_of(const Endpoint& endpoint) {
  std::vector<std::string> methods;
  for (std::size_t i = 0; i < method_names.size(); ++i) {
    if (endpoint.handlers[i] == nullptr) continue;
    methods.emplace_back(method_names[i]);
    if (method_names[i] == "GET") methods.emplace_back("HEAD");
  }
  methods.emplace_back("OPTIONS");
  return methods;
}

Endpoint::Handler handler_of(const Endpoint& endpoint, std::string_view method) {
  const auto name = method == "HEAD" ? method_names.front() : method;
  const auto found = std::find(method_names.begin(), method_names.end(), name);
  if (found == method_names.end()) return nullptr;
  return endpoint.handlers[static_cast<std::size_t>(found - method_names.begin())];
}
static_assert(method_names.front() == "GET");

// A client on this machine; where a proxy on this machine asks for others, it says so.
bool is_from_here(const Request& request) {
  for (const auto* header : {"Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"}) {
    if (request.header(header)) return false;
  }
  const auto address = request.client_address();
  return address == "::1" ||
         (address.starts_with("127.") && address.find_first_not_of("0123456789.") == std::string_view::npos);
}

std::string type_of_current_exception() {
  const std::type_info* type = abi::__cxa_current_exception_type();
  return type == nullptr ? "unknown" : name_of(*type);
}

std::string as_utf8(std::string text) {
  for (auto at = valid_utf8_length(text); at < text.size();) {
    text[at] = '?';
    at += valid_utf8_length(std::string_view(text).substr(at));
  }
  return text;
}

// In whatever a problem says; its depth is bounded, for it is printed next.
void mask_secrets(Json& value) {
  if (value.is_string()) {
    value = without_secrets(value.get_ref<const std::string&>());
  } else if (value.is_structured()) {
    for (Json& inner : value) mask_secrets(inner);
  }
}

// What the function says itself is left as it is.
void add_headers(Response& response, const Context& context) {
  for (const auto& [name, value] : context.headers) {
    if (!response.header(name)) response.header(name, value);
  }
}

}  // namespace

Manifest describe(const Endpoint& endpoint) {
  Manifest manifest;
  manifest.file = endpoint.file;
  manifest.name = endpoint.name;
  manifest.route = Route::of_file(manifest.name + ".cpp");
  manifest.methods = methods_of(endpoint);
  const Settings settings = effective_settings(endpoint);
  if (settings.access) {
    manifest.access = detail::Gate::policy_of(*settings.access);
    manifest.access->check();
  }
  manifest.limits = {settings.timeout,      settings.concurrency,  settings.max_body,
                     settings.instances,    settings.queue,        settings.min_instances,
                     settings.idle_timeout, settings.max_requests, settings.max_memory,
                     settings.slow,         rate_policy(settings), settings.cache};
  manifest.caller_rate = caller_rate_policy(settings);
  manifest.cors = cors_policy(settings, manifest.methods);
  resolve(manifest.limits, {});  // for its check of the ranges
  manifest.environment = settings.environment.list();
  manifest.secrets = settings.secrets.list();
  manifest.vary = settings.vary.list();
  manifest.check_names();
  return manifest;
}

Dispatcher::Dispatcher(const Endpoint& endpoint, Route route, Cause cause)
    : Dispatcher(endpoint, std::move(route), cause, effective_settings(endpoint)) {}

Dispatcher::Dispatcher(const Endpoint& endpoint, Route route, Cause cause, const Settings& settings)
    : endpoint_(endpoint),
      route_(std::move(route)),
      allow_(comma_list(methods_of(endpoint))),
      cause_(cause),
      gate_(settings.access) {
  if (const auto rate = caller_rate_policy(settings)) {
    caller_rate_field_ = rate->field("caller");
    callers_.emplace(rate->at_once(), std::chrono::nanoseconds(rate->per) / rate->requests);
  }
  for (const Folder* folder : endpoint.folders) {
    if (folder->around != nullptr) steps_.push_back(folder->around);
  }
}

Response Dispatcher::run(Request& request, Locals& locals) {
  auto values = route_.match(request.path());
  if (!values) throw Problem(404, "no function serves this path");
  request.path_values_.clear();
  for (PathValue& value : *values)
    request.path_values_.push_back({std::string(value.name), std::move(value.value)});
  if (request.method() == "OPTIONS") {
    Response response = Response::no_content();
    response.header("Allow", allow_);
    return response;
  }
  const Endpoint::Handler handler = handler_of(endpoint_, request.method());
  if (handler == nullptr)
    throw Problem(405, "this method is not served here, those that the header Allow lists are")
        .with_header("Allow", allow_);
  const auto caller = gate_.admit(request);
  const auto rate_limit = caller ? count(*caller) : std::string();
  std::vector<detail::HandedValue> handed;
  Response response = ask(steps_.size(), {request, locals, handler, caller ? &*caller : nullptr, handed});
  if (!rate_limit.empty())
    response.header("RateLimit-Policy", caller_rate_field_).header("RateLimit", rate_limit);
  return response;
}

std::string Dispatcher::count(const Caller& caller) {
  if (!callers_) return {};
  // The voucher holds no NUL, so that no two callers come to one name.
  const auto taken = callers_->take(caller.vouched_by + '\0' + caller.id, Buckets::Clock::now());
  auto field = fmt::format("\"caller\";r={};t={}", taken.left, taken.until.count());
  if (taken.is_let_in) return field;
  throw Problem(429, "the caller sends more requests than he may")
      .with_header("Retry-After", std::to_string(taken.until.count()))
      .with_header("RateLimit-Policy", caller_rate_field_)
      .with_header("RateLimit", field);
}

// A step's view of what it stands around.
class Dispatcher::BelowStep : public detail::Below {
 public:
  BelowStep(Dispatcher& dispatcher, std::size_t left, const Call& call)
      : dispatcher_(dispatcher), left_(left), call_(call) {}
  Response answer() override {
    return dispatcher_.answer(call_.request, [&] { return dispatcher_.ask(left_, call_); });
  }

 private:
  Dispatcher& dispatcher_;
  std::size_t left_;
  const Call& call_;
};

// Runs the outermost of the `left` steps that are left, or the method.
Response Dispatcher::ask(std::size_t left, const Call& call) {
  Context context(call.request, call.locals, shareds_);
  context.caller = call.caller;
  context.handed = &call.handed;
  BelowStep below(*this, left == 0 ? 0 : left - 1, call);
  context.below = &below;
  const auto handler = left == 0 ? call.method : steps_[steps_.size() - left];
  try {
    Response response = handler(context);
    add_headers(response, context);
    return response;
  } catch (const detail::EarlyAnswer& early) {
    Response response;
    add_headers(response.status(early.status), context);
    return response;
  }
}

// Every exception ends here. Only a Problem's own words reach the client: what() of anything else may hold a
// password, a path, somebody's data.
template <class Run>
Response Dispatcher::answer(const Request& request, Run run) {
  try {
    return run();
  } catch (const Problem& problem) {
    return problem_response(problem, request.told_id());
  } catch (const Unavailable& error) {
    request.log().error("what the function needs could not be made: {}", error.what());
    return problem_response(
        Problem(503, "the function cannot work at the moment").with_header("Retry-After", "1"),
        request.told_id());
  } catch (const std::exception& error) {
    request.log().error("the function failed: {}", error.what());
    return answer_bug(request, error.what());
  } catch (...) {
    request.log().error("the function failed: it threw something that is no std::exception");
    return answer_bug(request, nullptr);
  }
}

// Within the handler of an exception.
Response Dispatcher::answer_bug(const Request& request, const char* what) const {
  Problem problem(500);
  if (cause_ == Cause::shown_here && is_from_here(request)) {
    Json debug = {{"type", type_of_current_exception()}};
    if (what != nullptr) debug["what"] = as_utf8(what);
    problem = std::move(problem).with("debug", std::move(debug));
  }
  return problem_response(problem, request.told_id());
}

Response Dispatcher::handle(Request& request, Locals& locals) noexcept {
  try {
    Response response = answer(request, [&] { return run(request, locals); });
    // A cache that many share (RFC 9111, section 3.5) knows nothing of keys in headers of our own, or of cookies.
    if (is_guarded() && !response.header("Cache-Control")) response.header("Cache-Control", "private");
    return response;
  } catch (...) {  // no memory for the answer: one that needs none
    Response response;
    response.status(500);
    return response;
  }
}

Response problem_response(const Problem& problem, std::string_view request_id) {
  Json object = problem.members();
  object["type"] = "about:blank";
  object["title"] = reason_phrase(problem.status());
  object["status"] = problem.status();
  if (!problem.detail().empty()) object["detail"] = problem.detail();
  if (!request_id.empty()) object["request_id"] = request_id;
  if (has_secrets()) mask_secrets(object);
  Response response;
  response.status(problem.status());
  for (const auto& [name, value] : problem.headers()) response.add_header(name, value);
  response.header("Content-Type", "application/problem+json").body(print_json(object));
  return response;
}

}  // namespace stile
