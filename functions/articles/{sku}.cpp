#include <stile/function.hpp>

using namespace stile;

enum class Unit { piece, metre, litre };
BOOST_DESCRIBE_ENUM(Unit, piece, metre, litre)

struct Article {
  std::string sku;
  std::string name;
  Unit unit = Unit::piece;
  std::set<std::string> tags;
  Time listed{};
};
STILE_DESCRIBE(Article, (sku, example("ABC-1234")), name, unit, tags, listed)

// An article of the catalogue, its name in the language that is wanted.
Throws<Article, 404, 410> GET(Path<"sku", std::string, pattern("[A-Z]{3}-[0-9]{4}"), example("ABC-1234")> sku,
                              Query<"unit", std::set<Unit>> units,
                              Header<"Accept-Language", std::string, "en", max_length(200)> language,
                              Cookie<"currency", std::string, "EUR", pattern("[A-Z]{3}")>) {
  if (*sku == "OLD-0001") throw Problem{410, "it is not made any more"};
  if (*sku != "ABC-1234") throw Problem{404, "there is no such article"};
  if (!units->empty() && !units->contains(Unit::piece)) throw Problem{404, "it is sold by the piece alone"};
  return Article{.sku = *sku,
                 .name = language->starts_with("de") ? "Bleistift" : "Pencil",
                 .unit = Unit::piece,
                 .tags = {"office", "wood"},
                 .listed = read_time("2026-05-01T12:00:00Z").value()};
}
