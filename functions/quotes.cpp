#include <cmath>

#include <stile/function.hpp>

using namespace stile;

enum class Currency { EUR, USD, JPY };
BOOST_DESCRIBE_ENUM(Currency, EUR, USD, JPY)

struct Address {
  std::string street;
  std::string town;
  std::string country;
};
STILE_DESCRIBE(Address, (street, length(1, 100)), (town, length(1, 100)),
               (country, pattern("[A-Z]{2}"), about("ISO 3166-1, two letters."), example("DE")),
               (struct, closed))

struct Line {
  std::string article;
  std::uint32_t count = 1;
  double price = 0;
};
STILE_DESCRIBE(Line, (article, pattern("[A-Z]{3}-[0-9]{4}"), example("ABC-1234")),
               (count, range(1, 1000), defaulted), (price, range(0, 1e6), about("Of one.")))

struct QuoteRequest {
  Address address;
  std::vector<Line> lines;
  Currency currency = Currency::EUR;
  std::optional<Date> from;
  std::optional<Date> to;
  std::map<std::string, std::string> remarks;

  bool is_ordered() const { return !from || !to || *from <= *to; }
};
STILE_DESCRIBE(QuoteRequest, address, (lines, items(1, 100)), (currency, defaulted), from, to,
               (remarks, defaulted, max_items(10), each(max_length(200)), about("By whom they are for.")),
               (struct, where(&QuoteRequest::is_ordered, "a date that is not before from", "to")))

struct Quote : QuoteRequest {
  Uuid id{};
  double total = 0;
};
STILE_DESCRIBE(Quote, (public, QuoteRequest), id, total)

// What that would cost.
//
// Nothing is kept: the same lines asked for again get another id.
Quote POST(Body<QuoteRequest> wanted) {
  Quote quote{*wanted, new_uuid(), 0};
  for (const auto& line : quote.lines) quote.total += line.count * line.price;
  quote.total = std::round(quote.total * 100) / 100;
  return quote;
}
