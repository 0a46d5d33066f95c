#include <chrono>

#include <stile/function.hpp>

using namespace stile;

namespace {

enum class Colour { red, green, dark_blue };
BOOST_DESCRIBE_ENUM(Colour, red, green, dark_blue)

struct Named {
  std::string name;
};
STILE_DESCRIBE(Named, (name, length(1, 12)))

struct Size : Named {
  std::uint8_t width = 0;
  std::optional<std::uint16_t> height;
};
STILE_DESCRIBE(Size, (public, Named), (width, at_least(1)), height, (struct, closed))

struct Everything {
  bool flag = false;
  std::int8_t int8 = 0;
  std::int16_t int16 = 0;
  std::int32_t int32 = 0;
  std::int64_t int64 = 0;
  std::uint8_t uint8 = 0;
  std::uint32_t uint32 = 0;
  std::uint64_t uint64 = 0;
  int even = 0;
  float single_precision = 0;
  double double_precision = 0;
  double bounded = 0;
  std::string text;
  std::string article;
  std::string word;
  Colour colour = Colour::red;
  std::optional<Colour> background;
  std::optional<std::string> remark;
  int limit = 20;
  std::vector<std::string> tags;
  std::vector<std::vector<int>> rows;
  std::array<double, 3> point{};
  std::set<int> numbers;
  std::map<std::string, Size> sizes;
  std::map<std::string, std::optional<int>> counts;
  Size size;
  std::optional<Size> other_size;
  Time time{};
  std::chrono::sys_seconds seconds{};
  Date date{};
  std::optional<Date> last_date;
  Uuid id{};
  std::vector<std::byte> picture;
  std::vector<std::byte> small_picture;
  Json any;
  std::string password;
};
STILE_DESCRIBE(Everything, flag, int8, int16, int32, int64, uint8, uint32, uint64,
               (even, multiple_of(2), range(-10, 10)), single_precision, double_precision,
               (bounded, range(-0.5, 9.75)), (text, length(2, 20)), (article, pattern("[A-Z]{3}-[0-9]{4}")),
               (word, pattern("[a-zäöü]+"), length(1, 5), name("der-wort")), colour, background,
               (remark, not_null), (limit, range(1, 100), defaulted),
               (tags, items(1, 4), unique_items, each(length(1, 8))),
               (rows, items(0, 3), each(items(1, 3)), each(each(range(0, 9)))), point,
               (numbers, max_items(5)), (sizes, max_items(3)), counts, size, other_size, time, seconds, date,
               last_date, id, picture, (small_picture, items(1, 4)), any, (password, length(4, 12), secret))

}  // namespace

// Gives it back.
Everything POST(Body<Everything> everything) { return *everything; }
