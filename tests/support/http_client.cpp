#include "support/http_client.hpp"

#include <curl/curl.h>
#include <strings.h>

#include <charconv>
#include <stdexcept>

namespace stile::test {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() &&
         (text.back() == ' ' || text.back() == '\t' || text.back() == '\r' || text.back() == '\n'))
    text.remove_suffix(1);
  return text;
}

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

// One line of a header block: a status line begins the response anew (an interim "100 Continue" came before
// it).
void take_header_line(HttpResponse& response, std::string_view line) {
  line = trimmed(line);
  if (line.starts_with("HTTP/")) {
    response = {};
    const auto code = line.substr(std::min(line.find(' ') + 1, line.size())).substr(0, 3);
    std::from_chars(code.data(), code.data() + code.size(), response.status);
  } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
    response.headers.emplace_back(line.substr(0, colon), trimmed(line.substr(colon + 1)));
  }
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* response) {
  take_header_line(*static_cast<HttpResponse*>(response), {data, size});
  return size;
}

std::size_t on_body(char* data, std::size_t, std::size_t size, void* response) {
  static_cast<HttpResponse*>(response)->body.append(data, size);
  return size;
}

std::string without_chunks(std::string_view bytes) {
  std::string body;
  for (;;) {
    std::size_t size = 0;
    const auto end = bytes.find("\r\n");
    if (end == std::string_view::npos ||
        std::from_chars(bytes.data(), bytes.data() + end, size, 16).ec != std::errc{} ||
        bytes.size() < end + 2 + size)
      throw std::runtime_error("a broken chunk");
    if (size == 0) return body;
    body += bytes.substr(end + 2, size);
    bytes.remove_prefix(std::min(bytes.size(), end + 2 + size + 2));
  }
}

struct ListDeleter {
  void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListDeleter>;

void append(HeaderList& list, const std::string& line) {
  curl_slist* longer = ::curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(list.release());
  list.reset(longer);
}

// libcurl adds "Expect: 100-continue" and a content type by itself: only what the test names is sent.
HeaderList header_list(const HttpHeaders& headers) {
  HeaderList list;
  for (const char* name : {"Expect", "Content-Type"}) {
    bool given = false;
    for (const auto& header : headers) given = given || same_name(header.first, name);
    if (!given) append(list, std::string(name) + ":");
  }
  for (const auto& [name, value] : headers)
    append(list, value.empty() ? name + ";" : std::string(name).append(": ").append(value));
  return list;
}

}  // namespace

std::string HttpResponse::header(std::string_view name) const {
  const auto values = header_values(name);
  return values.empty() ? "" : values.front();
}

std::vector<std::string> HttpResponse::header_values(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& header : headers) {
    if (same_name(header.first, name)) values.push_back(header.second);
  }
  return values;
}

HttpResponse parse_response(std::string_view bytes) {
  HttpResponse response;
  const auto end = bytes.find("\r\n\r\n");
  if (!bytes.starts_with("HTTP/1.") || end == std::string_view::npos)
    throw std::runtime_error("no HTTP response: \"" + std::string(bytes) + "\"");
  auto head = bytes.substr(0, end);
  while (!head.empty()) {
    const auto line_end = std::min(head.find("\r\n"), head.size());
    take_header_line(response, head.substr(0, line_end));
    head.remove_prefix(std::min(line_end + 2, head.size()));
  }
  if (response.status == 100) return parse_response(bytes.substr(end + 4));
  const auto body = bytes.substr(end + 4);
  response.body =
      response.header("Transfer-Encoding") == "chunked" ? without_chunks(body) : std::string(body);
  return response;
}

struct HttpClient::Handle {
  CURL* curl = ::curl_easy_init();
  HttpClientOptions options;
  explicit Handle(HttpClientOptions given) : options(std::move(given)) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { ::curl_easy_cleanup(curl); }
};

HttpClient::HttpClient(HttpClientOptions options) : handle_(std::make_unique<Handle>(std::move(options))) {
  if (handle_->curl == nullptr) throw std::runtime_error("curl_easy_init failed");
}

HttpClient::~HttpClient() = default;

HttpResponse HttpClient::request(const std::string& method, const std::string& url,
                                 const HttpHeaders& headers, const std::optional<std::string>& body) {
  CURL* curl = handle_->curl;
  const auto& options = handle_->options;
  const bool is_two = options.version == HttpVersion::two;
  ::curl_easy_reset(curl);  // keeps the connection
  HttpResponse response;
  const auto list = header_list(headers);
  ::curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  ::curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
  ::curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(curl, CURLOPT_PROXY, "");
  ::curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout.count()));
  ::curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, is_two ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1);
  if (!options.authority.empty()) ::curl_easy_setopt(curl, CURLOPT_CAINFO, options.authority.c_str());
  ::curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list.get());
  ::curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
  ::curl_easy_setopt(curl, CURLOPT_HEADERDATA, &response);
  ::curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  ::curl_easy_setopt(curl, CURLOPT_WRITEDATA, &response);
  if (body) {
    ::curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body->size()));
    ::curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->data());
  }
  if (method == "HEAD") ::curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  ::curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method.c_str());
  if (const auto result = ::curl_easy_perform(curl); result != CURLE_OK)
    throw std::runtime_error(method + " " + url + ": " + ::curl_easy_strerror(result));
  long opened = 0;
  ::curl_easy_getinfo(curl, CURLINFO_NUM_CONNECTS, &opened);
  connections_ += opened;
  long version = 0;
  ::curl_easy_getinfo(curl, CURLINFO_HTTP_VERSION, &version);
  if (is_two != (version == CURL_HTTP_VERSION_2_0))
    throw std::runtime_error(method + " " + url + ": answered in another version of HTTP");
  return response;
}

}  // namespace stile::test
