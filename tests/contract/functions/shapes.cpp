#include <stile/function.hpp>

using namespace stile;

namespace {

struct Circle {
  double radius = 0;
};
STILE_DESCRIBE(Circle, (radius, at_least(0)), (struct, tag("type", "circle")))

struct Square {
  double side = 0;
  std::optional<std::string> label;
};
STILE_DESCRIBE(Square, (side, range(0.5, 100)), (label, max_length(4)),
               (struct, tag("type", "square"), closed))

struct Group {
  std::vector<std::variant<Circle, Square, Group>> parts;
  std::map<std::string, std::variant<Circle, Square, Group>> named;
};
STILE_DESCRIBE(Group, (parts, items(0, 4)), (named, max_items(2)), (struct, tag("type", "group")))

using Shape = std::variant<Circle, Square, Group>;

}  // namespace

// Gives it back.
Shape POST(Body<Shape> shape) { return *shape; }

// As many, in a list.
std::vector<Shape> PUT(Body<std::vector<Shape>> shapes) { return *shapes; }
