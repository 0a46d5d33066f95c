// An error that is an answer: `throw Problem{404, "no such note"}` becomes application/problem+json (RFC
// 9457). Anything else that escapes a function is a bug: the client gets a 500 without a detail, the log gets
// its what().
#pragma once

#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stile/json_fwd.hpp>

namespace stile {

class Problem : public std::exception {
 public:
  /// `status` is 400 .. 599 (anything else becomes 500). `detail` is shown to the client.
  explicit Problem(int status, std::string detail = {});
  Problem(const Problem&) = default;
  Problem(Problem&&) noexcept = default;  // with() hands its object on
  Problem& operator=(const Problem&) = default;
  Problem& operator=(Problem&&) noexcept = default;
  ~Problem() override;  // the class's home is problem.cpp, so that every object file shares one type

  /// Adds a member of the problem (RFC 9457, section 3.2) or replaces it; not "type", "title", "status",
  /// "detail", "request_id": throws std::invalid_argument for these.
  Problem with(std::string name, Json value) &&;
  /// Adds a header to the answer, as Response::header() does.
  Problem with_header(std::string name, std::string value) &&;

  int status() const noexcept { return status_; }
  const std::string& detail() const noexcept { return detail_; }
  /// An object; empty where with() was not called.
  Json members() const;
  const std::vector<std::pair<std::string, std::string>>& headers() const noexcept { return headers_; }
  const char* what() const noexcept override;

 private:
  int status_;
  std::string detail_;
  std::shared_ptr<const Json> members_;  // shared by copies, none until with()
  std::vector<std::pair<std::string, std::string>> headers_;
};

/// "Not Found" for 404 (RFC 9110, section 15); "Error" for what is not registered.
std::string_view reason_phrase(int status);

}  // namespace stile
