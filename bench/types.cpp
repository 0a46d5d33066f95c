// Measures a list of 1,000 described structs against the same by hand with nlohmann/json, in turn: writing it (filling a value
// and dumping it), and reading it (parsing it and taking each member). Prints medians of rounds, and how many times as fast the
// described one is. docs/performance.md has what came of it.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "stile/function.hpp"

namespace {

struct Item {
  std::int64_t id = 0;
  std::string name;
  double price = 0;
  bool is_new = false;
  std::vector<std::string> tags;
};
STILE_DESCRIBE(Item, id, name, price, is_new, tags)

constexpr std::size_t count = 1000;
constexpr int rounds = 51;

std::vector<Item> make_items() {
  std::vector<Item> items;
  for (std::size_t i = 0; i < count; ++i)
    items.push_back({static_cast<std::int64_t>(i),
                     fmt::format("item \"{}\"", i),
                     0.25 * static_cast<double>(i),
                     i % 2 == 0,
                     {"office", "wood"}});
  return items;
}

std::string written_by_hand(const std::vector<Item>& items) {
  auto list = nlohmann::json::array();
  for (const auto& item : items) {
    list.push_back({{"id", item.id},
                    {"name", item.name},
                    {"price", item.price},
                    {"is_new", item.is_new},
                    {"tags", item.tags}});
  }
  return list.dump();
}

std::vector<Item> read_by_hand(const std::string& text) {
  std::vector<Item> items;
  for (const auto& item : nlohmann::json::parse(text)) {
    items.push_back({item.at("id").get<std::int64_t>(), item.at("name").get<std::string>(),
                     item.at("price").get<double>(), item.at("is_new").get<bool>(),
                     item.at("tags").get<std::vector<std::string>>()});
  }
  return items;
}

std::vector<Item> read_described(const std::string& text) {
  std::vector<Item> items;
  stile::detail::Faults faults;
  stile::JsonType<std::vector<Item>>::read(stile::parse_json(text),
                                           stile::Place(faults, {stile::detail::In::body, {}}), items);
  return items;
}

double microseconds_of(const std::function<std::size_t()>& run) {
  const auto begin = std::chrono::steady_clock::now();
  const auto size = run();
  const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - begin;
  return size == 0 ? 0 : time.count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + rounds / 2, values.end());
  return values[rounds / 2];
}

void compare(const char* what, const std::function<std::size_t()>& described,
             const std::function<std::size_t()>& by_hand) {
  std::vector<double> times;
  std::vector<double> others;
  std::vector<double> ratios;
  for (int round = 0; round < rounds; ++round) {
    times.push_back(microseconds_of(described));
    others.push_back(microseconds_of(by_hand));
    ratios.push_back(others.back() / times.back());
  }
  fmt::print("{}: described {:.0f} us, by hand {:.0f} us, {:.2f} times as fast\n", what, median(times),
             median(others), median(ratios));
}

}  // namespace

int main() {
  const auto items = make_items();
  const auto text = stile::json_text(items);
  if (read_described(text).size() != count || read_by_hand(text).size() != count ||
      nlohmann::json::parse(text) != nlohmann::json::parse(written_by_hand(items))) {
    fmt::print(stderr, "bench_types: the two don't agree\n");
    return 1;
  }
  compare(
      "written", [&] { return stile::json_text(items).size(); },
      [&] { return written_by_hand(items).size(); });
  compare(
      "read", [&] { return read_described(text).size(); }, [&] { return read_by_hand(text).size(); });
}
