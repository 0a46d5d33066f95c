#include "_http/client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include <stile/log.hpp>
#include <stile/problem.hpp>

using namespace std::chrono_literals;
using stile::Problem;

namespace {

constexpr std::size_t longest_body = 1U << 20U;

std::size_t append(char* bytes, std::size_t /*one*/, std::size_t count, void* body) {
  auto& text = *static_cast<std::string*>(body);
  if (text.size() + count > longest_body) return 0;  // less than it gave: libcurl ends with CURLE_WRITE_ERROR
  text.append(bytes, count);
  return count;
}

// So much earlier than the caller's deadline that the answer still arrives.
std::chrono::milliseconds time_left(const stile::Request& request) {
  constexpr auto longest = 10'000ms;
  constexpr auto margin = 100ms;
  const auto now = std::chrono::steady_clock::now();
  if (request.deadline() > now + longest + margin) return longest;
  return std::chrono::duration_cast<std::chrono::milliseconds>(request.deadline() - now) - margin;
}

}  // namespace

HttpClient::HttpClient() {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (ready == CURLE_OK) curl_.reset(curl_easy_init());
  if (!curl_) throw std::runtime_error("libcurl can't be initialised");
}

HttpClient::~HttpClient() = default;

void HttpClient::Close::operator()(void* curl) const noexcept { curl_easy_cleanup(curl); }

HttpAnswer HttpClient::get(const std::string& url, const stile::Request& request) {
  const auto left = time_left(request);
  if (left <= 0ms) throw Problem{504, "there is no time left to ask another service"};
  HttpAnswer answer;
  CURL* curl = curl_.get();
  curl_easy_reset(curl);  // connections are kept
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);  // of several threads none may have an alarm
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(left.count()));
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "stile");
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.body);
  if (const CURLcode result = curl_easy_perform(curl); result != CURLE_OK) {
    request.log().warning("{}: {}", url, curl_easy_strerror(result));
    if (result == CURLE_OPERATION_TIMEDOUT) throw Problem{504, "another service took too long"};
    throw Problem{502, "another service gave no answer"};
  }
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  if (status != 404 && (status < 200 || status > 299)) {
    request.log().warning("{}: status {}", url, status);
    throw Problem{502, "another service answered with an error"};
  }
  return answer;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~").find(c) != std::string_view::npos;
    encoded += plain ? std::string(1, c) : std::string{'%', digits[byte >> 4U], digits[byte & 0xFU]};
  }
  return encoded;
}
