// Does what the file of that name in the state directory says: "ok", "slow", "fail", "crash", ...
#include <fstream>
#include <iterator>
#include <thread>

#include "kept/_calls/calls.hpp"

using namespace stile;

Response GET(Path<"name"> name) {
  std::ifstream file(state_dir() / ("mood-" + *name));
  const std::string mood(std::istreambuf_iterator<char>(file), {});
  const auto number = kept::call(*name);
  auto response = Response::json({{"call", number}, {"mood", mood}});
  if (mood == "slow") std::this_thread::sleep_for(700ms);
  if (mood == "fail") throw std::runtime_error("it fails");
  if (mood == "crash") std::abort();
  if (mood == "hang") std::this_thread::sleep_for(10s);
  if (mood == "missing") throw Problem{404, "no such thing"};
  if (mood == "unready") throw Problem{503, "not now"};
  if (mood == "loud failure") throw Problem{500, "it fails"}.with_header("Cache-Control", "max-age=600");
  if (mood == "cookie") response.cookie({.name = "session", .value = "one"});
  if (mood == "no-store" || mood == "private" || mood == "no-cache") response.header("Cache-Control", mood);
  if (mood == "long") response.header("Cache-Control", "max-age=600");
  if (mood == "lies")
    response.header("Age", "7").header("Cache-Status", "Evil; hit").header("X-Stile-Made", "1");
  if (mood == "ranges") response.header("Accept-Ranges", "bytes");
  return response;
}

const Settings settings{.timeout = 2s, .concurrency = 4, .cache = 2s};
