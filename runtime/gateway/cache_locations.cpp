#include "gateway/cache_locations.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <string_view>
#include <vector>

#include "gateway/cache_age.hpp"
#include "manifest/cache_policy.hpp"
#include "manifest/text.hpp"

namespace stile::gateway {
namespace {

// A function that takes longer is asked once more by who waits for the same.
constexpr std::chrono::milliseconds longest_wait{10'000};
constexpr std::uint64_t smallest_zone = 1'000'000;
constexpr std::uint64_t smallest_table = 256;  // KB

// What no other function in the same nginx has, be it another Stile's: names of variables are short there.
std::string variable(const std::string& name, char what, const DeployedFunction& function) {
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
  for (const char c : name + "/" + function.id)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return fmt::format("stile_{}{:012x}", what, hash >> 16U);
}

std::string zone(const std::string& name, std::chrono::seconds cache) {
  return fmt::format("{}_cache_{}", name, cache.count());
}

// What stands for itself in a regular expression, in nginx's quotes and in a query that nobody has escaped.
bool is_plain_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '_' || c == '-';
  });
}

// A name in a regular expression.
std::string expression_of(std::string_view name) {
  std::string expression;
  for (const char c : name)
    expression +=
        is_plain_name({&c, 1}) ? std::string(1, c) : fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  return expression;
}

std::string alternatives(const std::vector<std::string>& names) {
  std::string expression;
  for (const auto& name : names) expression += (expression.empty() ? "" : "|") + expression_of(name);
  return expression;
}

enum class Query { none, declared, whole };

// A name that a client has to escape can be written in several ways: then all that stands in the query counts, as it came.
Query query_of(const CacheInputs& inputs) {
  if (inputs.refuses_other_query || !std::all_of(inputs.query.begin(), inputs.query.end(), is_plain_name))
    return Query::whole;
  return inputs.query.empty() ? Query::none : Query::declared;
}

std::vector<std::string> names_of(const DeployedFunction& function, bool of_cookies) {
  std::vector<std::string> names;
  for (const auto& text : function.manifest.vary) {
    const auto one = parse_vary(text);
    if (one.is_cookie == of_cookies) names.push_back(one.name);
  }
  return names;
}

std::string header_variable(std::string_view header) {
  std::string text = "$http_";
  for (const char c : header) text += c == '-' ? '_' : to_lower(c);
  return text;
}

std::string header_parameter(std::string_view header) {
  std::string text = "HTTP_";
  for (const char c : header)
    text += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return text;
}

// One after the other in the order of their names, as they are written; what is not declared stays away. Where one of
// them stands there twice, or a name is written by escapes, the query as it came.
void write_query(NginxText& text, const std::string& name, const DeployedFunction& function) {
  const auto query = variable(name, 'q', function);
  auto names = function.manifest.cache_inputs.query;
  std::sort(names.begin(), names.end());
  std::string all;
  for (std::size_t i = 0; i < names.size(); ++i) {
    text.open(fmt::format("map $args ${}_{}", query, i));
    text.line(R"x("~(?:^|&)(?<stile_part>{}(?:=[^&]*)?)(?:&|\z)" "&$stile_part";)x", expression_of(names[i]));
    text.line("default \"\";");
    text.close();
    all += fmt::format("${}_{}", query, i);
  }
  text.open("map $args $" + query);
  text.line("\"~(?:^|&)[^&=]*[%+]\" \"?$args\";");
  text.line(R"x("~(?:^|&)({})(?:[=&].*)?&\1(?:[=&]|\z)" "?$args";)x", alternatives(names));
  text.line("default \"?{}\";", all);
  text.close();
}

// Likewise of the header Cookie.
void write_cookies(NginxText& text, const std::string& name, const DeployedFunction& function,
                   const std::vector<std::string>& names) {
  const auto cookies = variable(name, 'c', function);
  std::string all;
  for (std::size_t i = 0; i < names.size(); ++i) {
    text.open(fmt::format("map $http_cookie ${}_{}", cookies, i));
    text.line(R"x("~(?:^|;)[ \t]*(?<stile_part>{}=[^;]*)" "$stile_part; ";)x", expression_of(names[i]));
    text.line("default \"\";");
    text.close();
    all += fmt::format("${}_{}", cookies, i);
  }
  text.open("map $http_cookie $" + cookies);
  text.line(R"("~(?:^|;)[ \t]*({})=.*;[ \t]*\1=" $http_cookie;)", alternatives(names));
  text.line("default \"{}\";", all);
  text.close();
}

// The path as it came, and of the query what counts.
std::string target(const std::string& name, const DeployedFunction& function) {
  switch (query_of(function.manifest.cache_inputs)) {
    case Query::declared:
      return fmt::format("$stile_whole_path${}", variable(name, 'q', function));
    case Query::whole:
      return "$stile_whole_path?$args";
    case Query::none:
      break;
  }
  return "$stile_whole_path";
}

}  // namespace

bool is_cached(const DeployedFunction& function) { return function.limits.cache.count() > 0; }

void write_cache(NginxText& text, const Deployment& deployment, const std::string& name,
                 const CacheSettings& settings) {
  std::set<std::chrono::seconds> times;
  for (const auto& function : deployment.functions) {
    if (is_cached(function)) times.insert(function.limits.cache);
  }
  if (times.empty()) return;
  // A zone for each time: what nobody has asked for in `inactive` leaves it, so that nothing is given that is older than
  // twice the time. A kept answer takes a block of the disk, 4 KB, and 128 bytes of the table.
  const auto bytes = std::max<std::uint64_t>(settings.bytes / times.size(), smallest_zone);
  for (const auto time : times) {
    text.line(
        "fastcgi_cache_path \"{}/cache_{}\" levels=1:2 keys_zone={}:{}k max_size={} inactive={}s "
        "use_temp_path=off;",
        checked(settings.folder), time.count(), zone(name, time),
        std::max<std::uint64_t>(bytes / 4096 * 128 / 1024, smallest_table), bytes, time.count());
  }
  text.include("cache_variables.conf");
  write_age(text);
  for (const auto& function : deployment.functions) {
    if (!is_cached(function)) continue;
    if (query_of(function.manifest.cache_inputs) == Query::declared) write_query(text, name, function);
    if (const auto cookies = names_of(function, true); !cookies.empty())
      write_cookies(text, name, function, cookies);
  }
}

std::string cached_place(const std::string& name, const DeployedFunction& function) {
  return fmt::format("@{}_cached_{}", name, function.id);
}

// 418 is no error of anybody's here: it is nginx's way from one place to another.
void write_way_to_cached_place(NginxText& text, const std::string& name, const DeployedFunction& function) {
  text.line("error_page 418 = {};", cached_place(name, function));
  text.line("if ($stile_is_read) {{ return 418; }}");
}

void write_cached_request(NginxText& text, const std::string& name, const DeployedFunction& function) {
  const auto& limits = function.limits;
  text.include("cached.conf");
  const auto uri = target(name, function);
  // A line each: none of them can hold the end of a line.
  auto key = fmt::format("{} {} {}\\n{}", function.id, function.generation, limits.cache.count(), uri);
  std::string vary;
  text.line("fastcgi_param REQUEST_URI \"{}\";", uri);
  for (const auto& header : names_of(function, false)) {
    text.line("fastcgi_param {} {} if_not_empty;", header_parameter(header), header_variable(header));
    key += "\\n" + header_variable(header);
    vary += (vary.empty() ? "" : ", ") + header;
  }
  if (!names_of(function, true).empty()) {
    const auto cookies = variable(name, 'c', function);
    text.line("fastcgi_param HTTP_COOKIE ${} if_not_empty;", cookies);
    key += "\\n$" + cookies;
    vary += std::string(vary.empty() ? "" : ", ") + "Cookie";
  }
  if (!vary.empty()) text.line("add_header Vary \"{}\" always;", vary);
  text.line("fastcgi_cache {};", zone(name, limits.cache));
  text.line("fastcgi_cache_key \"{}\";", key);
  text.line("fastcgi_cache_valid 200 204 301 308 {}s;", limits.cache.count());
  text.line("fastcgi_cache_lock_timeout {}ms;", std::min(limits.timeout, longest_wait).count());
  text.line("fastcgi_cache_lock_age {}ms;", limits.timeout.count());
}

}  // namespace stile::gateway
