#include "stile/problem.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "endpoint/header_rules.hpp"
#include "stile/json.hpp"

namespace stile {
namespace {

struct Reason {
  int status;
  std::string_view phrase;  // of a literal: a NUL follows, which what() relies on
};

// The registry of HTTP status codes, without what HTTP itself deals with (1xx) or nobody uses.
constexpr std::array<Reason, 55> reasons{{
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {207, "Multi-Status"},
    {208, "Already Reported"},
    {226, "IM Used"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {305, "Use Proxy"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {424, "Failed Dependency"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
    {508, "Loop Detected"},
    {511, "Network Authentication Required"},
}};
static_assert(std::is_sorted(reasons.begin(), reasons.end(),
                             [](const Reason& a, const Reason& b) { return a.status < b.status; }));

}  // namespace

Problem::Problem(int status, std::string detail)
    : status_(status >= 400 && status <= 599 ? status : 500), detail_(std::move(detail)) {}

Problem::~Problem() = default;

Problem Problem::with(std::string name, Json value) && {
  constexpr std::array<std::string_view, 5> reserved{"type", "title", "status", "detail", "request_id"};
  if (std::find(reserved.begin(), reserved.end(), name) != reserved.end()) {
    throw std::invalid_argument("the problem's member \"" + name + "\" is Stile's to set");
  }
  Json members = this->members();
  members[std::move(name)] = std::move(value);
  members_ = std::make_shared<const Json>(std::move(members));
  return std::move(*this);
}

Json Problem::members() const { return members_ ? *members_ : Json::object(); }

Problem Problem::with_header(std::string name, std::string value) && {
  require_safe_header(name, value);
  headers_.emplace_back(std::move(name), std::move(value));
  return std::move(*this);
}

const char* Problem::what() const noexcept {
  return detail_.empty() ? reason_phrase(status_).data() : detail_.c_str();
}

std::string_view reason_phrase(int status) {
  const auto found =
      std::lower_bound(reasons.begin(), reasons.end(), status,
                       [](const Reason& reason, int wanted) { return reason.status < wanted; });
  return found != reasons.end() && found->status == status ? found->phrase : "Error";
}

}  // namespace stile
