#include "_notes/filter.hpp"

#include <algorithm>

namespace {

struct Column {
  NoteField field;
  const char* name;
};
constexpr Column columns[] = {
    {NoteField::id, "id"}, {NoteField::title, "title"}, {NoteField::changed, "changed"}};

const char* name_of(NoteField field) {
  return std::find_if(std::begin(columns), std::end(columns),
                      [&](const Column& one) { return one.field == field; })
      ->name;
}

}  // namespace

Filter::Filter(const NoteQuery& query) : matching("1"), after("1") {
  if (query.title) {
    matching += " AND instr(title, ?) > 0";
    matched_.push_back(*query.title);
  }
  if (query.changed_after) {
    matching += " AND changed > ?";
    matched_.push_back(stile::print_time(*query.changed_after));
  }
  auto fields = query.sort.fields;
  // No two notes are alike in their id: so each has its place, and no page repeats or leaves out one.
  if (std::none_of(fields.begin(), fields.end(), [](const auto& by) { return by.field == NoteField::id; }))
    fields.push_back({NoteField::id, false});
  for (const auto& by : fields)
    order.append(order.empty() ? "" : ", ").append(name_of(by.field)).append(by.descending ? " DESC" : "");
  if (query.cursor.is_first()) return;

  const auto position = stile::parse_json(query.cursor.position);
  std::string equal;  // in the fields before
  after.clear();
  for (const auto& by : fields) {
    const std::string name = name_of(by.field);
    // A number has to be one for SQLite too: no text is below a number.
    const std::string value = by.field == NoteField::id ? "CAST(? AS INTEGER)" : "?";
    after += (after.empty() ? "(" : " OR ") + equal + name + (by.descending ? " < " : " > ") + value;
    equal += name + " = " + value + " AND ";
  }
  after += ")";
  for (std::size_t count = 1; count <= fields.size(); ++count) {
    for (std::size_t i = 0; i < count; ++i) passed_.push_back(position.at(name_of(fields[i].field)));
  }
}

std::string Filter::position_of(const Note& note) {
  return stile::print_json(
      {{"id", std::to_string(note.id)}, {"title", note.title}, {"changed", stile::print_time(note.changed)}});
}

void Filter::bind_matching(Statement& statement) const {
  for (const auto& text : matched_) statement.bind(text);
}

void Filter::bind_after(Statement& statement) const {
  for (const auto& text : passed_) statement.bind(text);
}
