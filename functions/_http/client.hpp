// Asks HTTP APIs of others, with libcurl: Local<HttpClient> is one for each thread, which keeps its connections. Knows nothing
// of what they say. One thread at a time; blocks until the request's deadline, at most 10 s.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <stile/request.hpp>

struct HttpAnswer {
  int status = 0;  ///< 200 .. 299, or 404
  std::string body;
};

class HttpClient {
 public:
  HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  virtual ~HttpClient();

  /// Gets an http or https URL, while `request` is answered. What is no answer (nobody there, a redirect, which is not
  /// followed, any other status, more than 1 MiB) is a Problem 502, what is too late a 504: these say nothing of the URL or
  /// of what came, which the log has. Virtual for tests, which put one of theirs in its place.
  virtual HttpAnswer get(const std::string& url, const stile::Request& request);

 private:
  struct Close {
    void operator()(void* curl) const noexcept;
  };
  std::unique_ptr<void, Close> curl_;
};

/// As part of a URL's path or query (RFC 3986, section 2.1).
std::string percent_encoded(std::string_view text);
