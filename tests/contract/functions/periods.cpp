#include <stile/function.hpp>

using namespace stile;

namespace {

struct Period {
  Date from{};
  Date to{};
  bool is_ordered() const { return from <= to; }
};
STILE_DESCRIBE(Period, from, to, (struct, where(&Period::is_ordered, "a date that is not before from", "to")))

struct Edit {
  Change<std::string> remark;
  Change<Period> period;
  Change<std::vector<int>> numbers;
  std::optional<int> count;
};
STILE_DESCRIBE(Edit, (remark, length(1, 3)), period, (numbers, items(1, 3)), (count, not_null, range(0, 3)))

}  // namespace

// Gives it back.
Period POST(Body<Period> period) { return *period; }

// Gives back what was said, and no more.
Edit PATCH(Body<Edit> edit) { return *edit; }

// Gives them back.
std::map<std::string, Period> PUT(Body<std::map<std::string, Period>> periods) { return *periods; }

// More than a test asks in its whole life.
const Settings settings{.rate = Rate{.requests = 100'000, .per = 1s}, .cors = Cors{.origins = {"*"}}};
