#include <stile/function.hpp>

using namespace stile;

enum class Field { number, square };
BOOST_DESCRIBE_ENUM(Field, number, square)

struct Row {
  std::uint64_t number = 0;
  std::uint64_t square = 0;
};
STILE_DESCRIBE(Row, number, square)

struct Rows : Paging {
  Sort<Field> sort;
  std::set<Field> fields;
};
STILE_DESCRIBE(Rows, (public, Paging), sort, fields)

// A thousand squares, in pages that one may enter anywhere.
Page<Row> GET(QueryOf<Rows> query) {
  constexpr std::uint64_t count = 1000;
  Page<Row> page{.items = {}, .total = count};
  for (auto i = query->offset; i < count && page.items.size() < query->limit; ++i)
    page.items.push_back({i, i * i});
  return page;
}
