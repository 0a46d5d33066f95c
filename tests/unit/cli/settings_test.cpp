#include "cli/settings.hpp"

#include <catch2/catch.hpp>
#include <map>

#include "cli/usage_error.hpp"

using namespace stile::cli;
using namespace std::chrono_literals;

namespace {

Variables variables(std::map<std::string, std::string> map) {
  return [map = std::move(map)](const std::string& name) -> std::optional<std::string> {
    const auto found = map.find(name);
    return found == map.end() ? std::nullopt : std::optional(found->second);
  };
}

Caller user(std::map<std::string, std::string> map = {{"HOME", "/home/ada"}}) {
  return {1000, "/project", variables(std::move(map))};
}

Caller root() { return {0, "/project", variables({{"HOME", "/root"}, {"XDG_RUNTIME_DIR", "/run/user/0"}})}; }

const Setting& setting(std::string_view key) {
  for (const auto& one : all_settings()) {
    if (one.key == key) return one;
  }
  throw std::logic_error("no setting " + std::string(key));
}

}  // namespace

TEST_CASE("Flags and variables have the names of the keys") {
  CHECK(setting("run_dir").flag() == "--run-dir");
  CHECK(setting("run_dir").variable() == "STILE_RUN_DIR");
  CHECK(setting("nginx_workers").flag() == "--nginx-workers");
  CHECK(setting("nginx").off_flag() == "--no-nginx");
}

TEST_CASE("Without any value, an ordinary user gets these settings") {
  const auto settings = resolve({}, user());
  CHECK(settings.prefix == "/api");
  CHECK(settings.bind == "127.0.0.1");
  CHECK(settings.port == 8080);
  CHECK(settings.run_directory == "/tmp/stile-1000");
  CHECK(settings.state_directory == "/home/ada/.local/state/stile");
  CHECK(settings.user == "www-data");
  CHECK(settings.nginx_workers == 1);
  CHECK(settings.concurrency == 4);
  CHECK(settings.drain_delay == 0s);
  CHECK_FALSE(settings.drain_timeout);
  CHECK(settings.own_nginx);
  CHECK(settings.socket_group.empty());
}

TEST_CASE("nginx's workers and the functions' concurrency follow the processors that there are") {
  auto caller = user();
  caller.processors = 6;
  CHECK(resolve({}, caller).nginx_workers == 6);
  CHECK(resolve({}, caller).concurrency == 24);
  caller.processors = 100;
  CHECK(resolve({}, caller).concurrency == 64);
  Values values;
  values.nginx_workers = "3";
  CHECK(resolve(values, caller).nginx_workers == 3);
}

TEST_CASE("A process may hold three quarters of the memory that there is, where that is limited") {
  auto caller = user();
  CHECK(resolve({}, caller).max_memory == 0);
  caller.memory = 400'000'000;
  CHECK(resolve({}, caller).max_memory == 300'000'000);
}

TEST_CASE("The page and the document are there until somebody says off") {
  Values values;
  CHECK(resolve(values, root()).docs);
  values.docs = "off";
  CHECK_FALSE(resolve(values, root()).docs);
}

TEST_CASE("The files for an nginx of the user's are where they last, beside the state") {
  Values values;
  values.nginx = "off";
  CHECK_FALSE(resolve(values, root()).own_nginx);
  CHECK(resolve(values, root()).nginx_files == "/var/lib/stile-nginx");
  CHECK(resolve(values, root()).nginx_name == "stile");
  CHECK(resolve(values, user()).nginx_files == "/home/ada/.local/state/stile-nginx");
  CHECK(resolve(values, user({{"XDG_STATE_HOME", "/state"}})).nginx_files == "/state/stile-nginx");
  values.run_directory = "one/run";
  CHECK(resolve(values, root()).nginx_files == "/project/one/run/nginx");
  CHECK(resolve(values, root()).nginx_name == "stile.project.one.run");  // unlike another server's
  values.nginx_files = "/etc/nginx/stile";
  CHECK(resolve(values, root()).nginx_files == "/etc/nginx/stile");
}

TEST_CASE("A flag that means nothing with the nginx there is, is refused, and nothing but a flag") {
  Values values;
  values.port = "80";
  values.nginx = "off";
  CHECK_THROWS_WITH(refuse_vain_flags(values, resolve(values, root())), Catch::Contains("--port"));
  values.nginx = "on";
  CHECK_NOTHROW(refuse_vain_flags(values, resolve(values, root())));
  values.on_nginx_change = "true";
  CHECK_THROWS_WITH(refuse_vain_flags(values, resolve(values, root())),
                    Catch::Contains("--on-nginx-change") && Catch::Contains("--no-nginx"));
  CHECK_THROWS_AS(refuse_vain_flags(values, resolve(values, root())), UsageError);
  CHECK_NOTHROW(refuse_vain_flags({}, resolve(values, root())));
}

TEST_CASE("A user's own folders are those of the XDG specification where they are set") {
  const auto settings = resolve(
      {}, user({{"HOME", "/home/ada"}, {"XDG_RUNTIME_DIR", "/run/user/1000"}, {"XDG_STATE_HOME", "/state"}}));
  CHECK(settings.run_directory == "/run/user/1000/stile");
  CHECK(settings.state_directory == "/state/stile");
  CHECK(settings.keys_file == "/state/stile-keys/keys.json");
}

TEST_CASE("Root gets the machine's folders, whatever its environment says") {
  const auto settings = resolve({}, root());
  CHECK(settings.run_directory == "/run/stile");
  CHECK(settings.state_directory == "/var/lib/stile");
  CHECK(settings.secrets_directory == "/run/secrets");
  CHECK(settings.keys_file == "/var/lib/stile-keys/keys.json");  // not in the folder that functions write to
}

TEST_CASE("Where only the run directory is named, the state is below it") {
  Values values;
  values.run_directory = "here/";
  CHECK(resolve(values, root()).run_directory == "/project/here");
  CHECK(resolve(values, root()).state_directory == "/project/here/state");
  CHECK(resolve(values, root()).keys_file == "/project/here/keys/keys.json");
  values.keys_file = "keys.json";
  CHECK(resolve(values, root()).keys_file == "/project/keys.json");
  values.state_directory = "../there";
  CHECK(resolve(values, root()).state_directory == "/there");
}

TEST_CASE("Without a home folder the state directory has to be named") {
  CHECK_THROWS_WITH(resolve({}, user({})), Catch::Contains("--state-dir"));
  CHECK_THROWS_AS(resolve({}, user({})), UsageError);
  Values values;
  values.state_directory = "/state";
  CHECK(resolve(values, user({})).state_directory == "/state");
}

TEST_CASE("A nearer value wins over a farther one, and an unset one does not") {
  Values near;
  near.port = "1";
  Values far;
  far.port = "2";
  far.bind = "::1";
  const auto both = overlay(near, far);
  CHECK(both.port == "1");
  CHECK(both.bind == "::1");
  CHECK_FALSE(both.prefix);
}

TEST_CASE("PORT is heard where STILE_PORT says nothing") {
  CHECK(values_of_environment(variables({{"PORT", "81"}})).port == "81");
  CHECK(values_of_environment(variables({{"PORT", "81"}, {"STILE_PORT", "82"}})).port == "82");
  CHECK(values_of_environment(variables({{"PORT", "81"}, {"STILE_PORT", ""}})).port == "81");
  CHECK_FALSE(values_of_environment(variables({{"PORT", ""}})).port);
}

TEST_CASE("Every setting is heard from the environment") {
  for (const auto& one : all_settings()) {
    INFO(one.key);
    const std::string text = one.key == "prefix"                                 ? "/v1"
                             : one.key == "bind" || one.key == "trusted_proxies" ? "::1"
                             : one.key == "rate"                                 ? "7/s"
                             : one.key == "cache_size"                           ? "7MB"
                             : one.form == Setting::Form::choice                 ? "off"
                             : one.key.starts_with("drain_")                     ? "7s"
                                                                                 : "7";
    const auto values = values_of_environment(variables({{one.variable(), text}}));
    CHECK(values.*one.value == text);
  }
}

TEST_CASE("A wrong value in the environment names its variable") {
  CHECK_THROWS_WITH(values_of_environment(variables({{"PORT", "http"}})),
                    "environment: PORT: \"http\" is not a port: 1 .. 65535, or 0 for any free one");
  CHECK_THROWS_AS(values_of_environment(variables({{"STILE_BIND", "localhost"}})), UsageError);
}

TEST_CASE("Each setting refuses what it can't mean") {
  const std::map<std::string_view, std::vector<std::string>> wrong{
      {"prefix", {"/" + std::string(200, 'a'), "api", "/api/", "/a b", "/{x}", "/a//b", "/.."}},
      {"bind", {"", "localhost", "[::1]", "127.0.0.1:80", "1.2.3"}},
      {"port", {"", "65536", "-1", "80a", " 80", "4294967376"}},
      {"run_dir", {"", "a\nb", "a\"b", "$HOME", "a:b"}},
      {"state_dir", {"", "a\tb"}},
      {"secrets_dir", {"", "a\tb"}},
      {"keys_file", {"", "a\tb", "folder/"}},
      {"user", {"", "-x", "a b", "a;b"}},
      {"nginx_workers", {"", "0", "513", "many"}},
      {"rate",
       {"", "10", "10/", "/s", "0/s", "-1/s", "10/d", "10/s burst", "10/s burst 0", "10/s,20", "1000001/s",
        "7/1h"}},
      {"trusted_proxies",
       {"", ",", "proxy", "10.0.0.0/33", "10.0.0.0/", "::/129", "0.0.0.0/0", "::/0", "10.0.0.1,",
        "10.0.0.1 10.0.0.2", "10.0.0.1; evil"}},
      {"tls_cert", {"", "a\nb", "a\"b", "$HOME", "a:b", "folder/"}},
      {"tls_key", {"", "a\tb", "folder/"}},
      {"drain_delay", {"", "5", "-1s", "25h"}},
      {"drain_timeout", {"", "soon", "1d"}},
      {"keep_crashes", {"", "true", "no", "ON"}},
      {"cache_size", {"", "0", "999kB", "1001GB", "many"}},
      {"docs", {"", "true", "no", "ON"}},
      {"nginx", {"", "true", "no", "ON"}},
      {"socket_group", {"", "-x", "a b", "a;b"}},
      {"nginx_files", {"", "a;\nb", "$HOME"}},
      {"on_nginx_change", {"", "a\nb"}},
  };
  for (const auto& one : all_settings()) {
    for (const auto& text : wrong.at(one.key)) {
      INFO(one.key << " " << text);
      CHECK_THROWS_AS(one.check(text), std::invalid_argument);
    }
  }
}

TEST_CASE("A certificate and its key are given together, and are below the caller's folder") {
  Values values;
  CHECK(resolve(values, user()).tls_certificate.empty());
  values.tls_key = "key.pem";
  CHECK_THROWS_AS(resolve(values, user()), UsageError);
  CHECK_THROWS_WITH(resolve(values, user()), Catch::Contains("tls_key is given without tls_cert"));
  values.tls_certificate = "../cert.pem";
  CHECK(resolve(values, user()).tls_certificate == "/cert.pem");
  CHECK(resolve(values, user()).tls_key == "/project/key.pem");
  values.tls_key.reset();
  CHECK_THROWS_WITH(resolve(values, user()), Catch::Contains("tls_cert is given without tls_key"));
}

TEST_CASE("A prefix of a slash, or of nothing, is none") {
  Values values;
  for (const char* none : {"", "/"}) {
    CHECK_NOTHROW(setting("prefix").check(none));
    values.prefix = none;
    CHECK(resolve(values, user()).prefix.empty());
  }
  values.prefix = "/v1/api";
  CHECK(resolve(values, user()).prefix == "/v1/api");
}

TEST_CASE("A rate is requests in a time, and a burst where that is said") {
  const Caller caller{1000, "/home/ada", variables({{"HOME", "/home/ada"}})};
  const auto rate = [&](const std::string& text) {
    Values values;
    values.rate = text;
    return resolve(values, caller).rate;
  };
  CHECK(rate("10/s") == stile::RatePolicy{10, std::chrono::seconds{1}, 0});
  CHECK(rate("100/2m burst 7") == stile::RatePolicy{100, std::chrono::minutes{2}, 7});
  CHECK_FALSE(rate("none").is_limit());
  CHECK_FALSE(resolve({}, caller).rate.is_limit());
}

TEST_CASE("Proxies are addresses and networks") {
  Values values;
  values.trusted_proxies = "10.0.0.0/8,192.168.1.7 , fd00::/8";
  const auto resolved = resolve(values, {1000, "/home/ada", variables({{"HOME", "/home/ada"}})});
  CHECK(resolved.trusted_proxies == std::vector<std::string>{"10.0.0.0/8", "192.168.1.7", "fd00::/8"});
}
