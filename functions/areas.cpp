#include <numbers>

#include <stile/function.hpp>

using namespace stile;

struct Circle {
  double radius = 0;
  double area() const { return std::numbers::pi * radius * radius; }
};
STILE_DESCRIBE(Circle, (radius, range(0, 1e6)), (struct, tag("type", "circle")))

struct Rectangle {
  double width = 0;
  double height = 0;
  double area() const { return width * height; }
};
STILE_DESCRIBE(Rectangle, (width, range(0, 1e6)), (height, range(0, 1e6)), (struct, tag("type", "rectangle")))

using Shape = std::variant<Circle, Rectangle>;

// How large each shape is.
std::vector<double> POST(Body<std::vector<Shape>> shapes) {
  std::vector<double> areas;
  for (const auto& shape : *shapes)
    areas.push_back(std::visit([](const auto& one) { return one.area(); }, shape));
  return areas;
}
