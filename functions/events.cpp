#include <stile/function.hpp>

using namespace stile;

struct Attachment {
  std::string name;
  std::vector<std::byte> content;
};
STILE_DESCRIBE(Attachment, (name, length(1, 100), example("photo.jpg")), (content, max_items(65'536)))

struct Event {
  Uuid id{};
  Time happened{};
  std::string kind;
  Json data;
  std::vector<Attachment> attachments;
};
STILE_DESCRIBE(Event, id, happened,
               (kind, max_length(100), pattern("[a-z]+([.][a-z]+)*"), example("order.paid")),
               (data, about("Whatever an event of that kind has to say.")),
               (attachments, defaulted, max_items(10)))

struct Receipt {
  Uuid id{};
  bool is_late = false;
  std::map<std::string, std::size_t> sizes;
};
STILE_DESCRIBE(Receipt, id, (is_late, name("late"), about("Whether it took more than a minute to come.")),
               (sizes, about("Of the attachments, in bytes.")))

// Takes what another system has to tell.
Receipt POST(Body<Event> event) {
  Receipt receipt{.id = event->id, .is_late = event->happened + 1min < now(), .sizes = {}};
  for (const auto& attachment : event->attachments)
    receipt.sizes[attachment.name] += attachment.content.size();
  return receipt;
}

const Settings settings{.max_body = 1'000'000};
