#include <stile/function.hpp>

using namespace stile;

namespace {

enum class Order { newest, oldest };
BOOST_DESCRIBE_ENUM(Order, newest, oldest)

struct Filter {
  std::optional<std::string> title;
  std::vector<std::string> tags;
  int limit = 20;
  Order order = Order::newest;
  std::optional<Date> since;
};
STILE_DESCRIBE(Filter, (title, length(1, 10)), (tags, max_items(3), each(pattern("[a-z]{1,5}"))),
               (limit, range(1, 100), defaulted), (order, defaulted), since)

}  // namespace

// Gives its parameters back.
Json GET(Path<"id", Uuid> id, QueryOf<Filter> filter,
         Header<"X-Trace", std::optional<std::string>, pattern("[0-9a-f]{8}")> trace,
         Header<"X-Level", std::int64_t> level, Cookie<"theme", std::optional<Order>> theme) {
  return {{"id", print_uuid(*id)},        {"limit", filter->limit}, {"tags", filter->tags},
          {"trace", trace->value_or("")}, {"level", *level},        {"theme", theme->has_value()}};
}
