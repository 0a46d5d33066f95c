#include "cli/project.hpp"

#include <fmt/core.h>
#include <sys/un.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>

#include "cli/access_files.hpp"
#include "cli/usage_error.hpp"
#include "manifest/strict_json.hpp"
#include "posix/failure.hpp"

namespace stile::cli {
namespace {

constexpr std::uint64_t least_memory = 1U << 20U;  // as resolve() takes it
constexpr std::size_t longest_socket_path = sizeof(sockaddr_un::sun_path) - 1;

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

Manifest read_manifest(const std::string& path) {
  const auto text = read_file(path);
  if (!text) throw Failure(fmt::format("cannot read {}: run './stile build' again", path));
  try {
    return Manifest::parse(*text);
  } catch (const std::invalid_argument& error) {
    throw Failure(
        fmt::format("{}: {}: it is of another version? Run './stile build' again", path, error.what()));
  }
}

std::vector<std::string> read_names(const std::string& folder) {
  const auto path = folder + "/functions.json";
  const auto text = read_file(path);
  if (!text) {
    throw Failure(
        fmt::format("no compiled functions in {}: run './stile build', or name their folder with "
                    "--functions-build",
                    folder));
  }
  try {
    return parse_strict(*text).at("functions").get<std::vector<std::string>>();
  } catch (const std::exception&) {  // of either library: all mean the same
    throw Failure(fmt::format("{} is not what the build writes: run './stile build' again", path));
  }
}

const BuiltFunction* find(const std::vector<BuiltFunction>& functions, const std::string& name) {
  const auto found = std::find_if(functions.begin(), functions.end(), [&](const BuiltFunction& function) {
    return function.manifest.name == name;
  });
  return found == functions.end() ? nullptr : &*found;
}

[[noreturn]] void refuse_unknown(const std::vector<BuiltFunction>& functions, const std::string& place,
                                 const std::string& name) {
  constexpr std::size_t most_names = 12;
  std::string known;
  for (std::size_t i = 0; i < std::min(functions.size(), most_names); ++i) {
    known += fmt::format("{}{}", i == 0 ? "" : ", ", functions[i].manifest.name);
  }
  if (functions.size() > most_names) known += ", ...";
  throw UsageError(fmt::format("{}: there is no function \"{}\"; there are: {}", place, name, known));
}

bool has_parameter(const Route& route, const Segment& wanted) {
  const auto& segments = route.segments();
  return std::any_of(segments.begin(), segments.end(), [&](const Segment& segment) {
    return segment.kind != Segment::Kind::literal && segment.text == wanted.text;
  });
}

// The function as it is served at a further route. Its parameters must be there: it will ask for them.
BuiltFunction at_route(BuiltFunction function, const std::string& pattern, const std::string& place) {
  const Route route = Route::parse(pattern);
  for (const auto& segment : function.manifest.route.segments()) {
    if (segment.kind != Segment::Kind::literal && !has_parameter(route, segment)) {
      throw UsageError(fmt::format("{}: {} needs a parameter {{{}}} in its route", place,
                                   function.manifest.file, segment.text));
    }
  }
  function.manifest.route = route;
  return function;
}

std::vector<BuiltFunction> with_further_routes(const std::vector<BuiltFunction>& functions,
                                               const Configuration& configuration) {
  for (const auto& [name, limits] : configuration.functions) {
    if (find(functions, name) == nullptr) {
      refuse_unknown(functions, place_in(configuration, "functions", name), name);
    }
  }
  auto all = functions;
  for (const auto& [pattern, name] : configuration.routes) {
    const auto place = place_in(configuration, "routes", pattern);
    const auto* function = find(functions, name);
    if (function == nullptr) refuse_unknown(functions, place, name);
    all.push_back(at_route(*function, pattern, place));
  }
  return all;
}

ResolvedLimits limits_of(const Manifest& manifest, const Configuration& configuration,
                         const Resolved& settings) {
  const auto nearer = configuration.functions.find(manifest.name);
  Limits own = manifest.limits;
  if (!own.concurrency) own.concurrency = settings.concurrency;
  if (!own.rate) own.rate = settings.rate;
  if (!own.max_memory && settings.max_memory >= least_memory) own.max_memory = settings.max_memory;
  try {
    const auto limits =
        stile::resolve(nearer == configuration.functions.end() ? Limits{} : nearer->second, own);
    check_cache(manifest, limits.cache);  // stile.json may have set it
    return limits;
  } catch (const std::invalid_argument& error) {
    throw Failure(fmt::format("{}: {}", manifest.file, error.what()));
  }
}

std::vector<std::string> environment_of(const Manifest& manifest, const Configuration& configuration) {
  auto names = configuration.environment;
  names.insert(names.end(), manifest.environment.begin(), manifest.environment.end());
  for (const auto& name : manifest.secrets) names.push_back(variable_of_secret(name));
  return names;
}

std::vector<std::string> sockets_of(const DeployedFunction& function, const std::string& run_directory) {
  std::vector<std::string> sockets;
  for (std::uint32_t i = 0; i < function.limits.instances; ++i) {
    // No id holds an @, so that no two functions can come to one name.
    const auto instance = function.limits.instances == 1 ? "" : fmt::format("@{}", i);
    sockets.push_back(fmt::format("{}/sockets/{}{}.sock", run_directory, function.id, instance));
    if (sockets.back().size() > longest_socket_path) {
      throw Failure(
          fmt::format("{} is longer than the {} bytes that a socket's path may have: name a shorter folder "
                      "with --run-dir",
                      sockets.back(), longest_socket_path));
    }
  }
  return sockets;
}

// A project that guards anything has said of each function who may call it: what nobody thought of is not open.
void check_access(const Deployment& deployment) {
  using Kind = AccessScheme::Kind;
  const auto is_guarded = [](const auto& function) {
    return function.manifest.access && function.manifest.access->is_guarded();
  };
  const auto guarded = std::find_if(deployment.functions.begin(), deployment.functions.end(), is_guarded);
  if (guarded == deployment.functions.end()) return;
  for (const auto& function : deployment.functions) {
    if (!function.manifest.access) {
      throw Failure(
          fmt::format("{} does not say who may call it, and {} is guarded: add .access, be it "
                      "Access::everyone(), to its settings or its folder's",
                      function.manifest.file, guarded->manifest.file));
    }
    if (deployment.token_rules.empty() && takes(function, Kind::jwt))
      throw Failure(fmt::format("{} takes tokens, and nothing says which: add \"jwt\" to stile.json",
                                function.manifest.file));
  }
}

void name_sockets(Deployment& deployment, const std::string& run_directory) {
  std::vector<std::string> patterns;
  for (const auto& function : deployment.functions) patterns.push_back(function.manifest.route.pattern());
  auto ids = make_ids(patterns);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    auto& function = deployment.functions[i];
    function.id = std::move(ids[i]);
    function.sockets = sockets_of(function, run_directory);
  }
}

}  // namespace

std::vector<BuiltFunction> read_functions(const std::string& folder) {
  std::vector<BuiltFunction> functions;
  for (const auto& name : read_names(folder)) {
    const auto path = fmt::format("{}/{}", folder, name);
    functions.push_back({read_manifest(path + ".json"), path + ".fcgi"});
  }
  return functions;
}

PartlyBuilt read_partly_built(const std::string& folder, const std::vector<BuiltFunction>& before) {
  PartlyBuilt built;
  for (const auto& name : read_names(folder)) {
    const auto path = fmt::format("{}/{}", folder, name);
    const auto* const known = find(before, name);
    if (std::ifstream(path + ".json") && std::ifstream(path + ".fcgi")) {
      built.functions.push_back({read_manifest(path + ".json"), path + ".fcgi"});
    } else if (known != nullptr) {
      built.functions.push_back(*known);
      built.functions.back().is_kept = true;
    } else {
      built.missing.push_back(name);
    }
  }
  return built;
}

Deployment deploy_partly_built(const PartlyBuilt& built, const BuildErrors& errors,
                               Configuration configuration, const Resolved& settings) {
  for (const auto& name : built.missing) {
    configuration.functions.erase(name);
    std::erase_if(configuration.routes, [&](const auto& route) { return route.second == name; });
  }
  auto deployment = deploy(built.functions, configuration, settings);
  for (const auto& name : built.missing) {
    auto error = errors.find(name + ".cpp");
    if (error == errors.end()) error = errors.find("");
    BrokenEndpoint endpoint{Route::of_file(name + ".cpp").below(settings.prefix),
                            error == errors.end() ? "This function is being built." : error->second};
    const auto is_taken = [&](const auto& function) {
      return function.route.shape() == endpoint.route.shape();
    };
    if (std::none_of(deployment.functions.begin(), deployment.functions.end(), is_taken))
      deployment.broken.push_back(std::move(endpoint));
  }
  return deployment;
}

std::string token_rules_of(const Configuration& configuration) {
  if (!configuration.jwt) return {};
  auto rules = *configuration.jwt;
  for (auto* path : {&rules.key_file, &rules.jwks_file}) {
    if (!path->empty()) *path = std::filesystem::absolute(*path).lexically_normal().string();
  }
  return access::print_token_rules(rules);
}

Deployment deploy(const std::vector<BuiltFunction>& functions, const Configuration& configuration,
                  const Resolved& settings) {
  Deployment deployment;
  deployment.prefix = settings.prefix;
  deployment.api = configuration.api;
  deployment.token_rules = token_rules_of(configuration);
  for (auto& function : with_further_routes(functions, configuration)) {
    DeployedFunction deployed;
    deployed.route = function.manifest.route.below(settings.prefix);
    deployed.limits = limits_of(function.manifest, configuration, settings);
    deployed.environment = environment_of(function.manifest, configuration);
    deployed.manifest = std::move(function.manifest);
    deployed.executable = std::move(function.executable);
    deployed.is_kept = function.is_kept;
    deployment.functions.push_back(std::move(deployed));
  }
  std::sort(deployment.functions.begin(), deployment.functions.end(),
            [](const auto& a, const auto& b) { return a.route.pattern() < b.route.pattern(); });
  try {
    check_routes(deployment);
  } catch (const std::invalid_argument& error) {
    if (configuration.routes.empty()) throw Failure(error.what());
    throw UsageError(fmt::format("{}: /routes: {}", configuration.file, error.what()));
  }
  check_access(deployment);
  name_sockets(deployment, settings.run_directory);
  return deployment;
}

}  // namespace stile::cli
