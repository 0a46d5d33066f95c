// Lists, page by page: QueryOf<Paging> or QueryOf<CursorPaging> says which page is wanted, Page<T> is one, and the links to
// its neighbours follow. Sort<E> is an order by fields that an enum names. Pure but for the key of cursors; any thread.
//
//   struct NoteQuery : CursorPaging {
//     Sort<NoteField> sort;
//     std::optional<std::string> title;
//   };
//   STILE_DESCRIBE(NoteQuery, (public, CursorPaging), sort, (title, max_length(200)))
//
//   Page<Note> GET(QueryOf<NoteQuery> query, Local<NoteStore> notes) { return notes->list(*query); }
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <stile/context.hpp>
#include <stile/described.hpp>
#include <stile/extract.hpp>
#include <stile/results.hpp>

namespace stile {

namespace detail {
inline constexpr std::uint64_t most_offset = 1'000'000'000;
}

/// So many after so many others: for lists that one may enter anywhere.
struct Paging {
  std::uint32_t limit = 50;
  std::uint64_t offset = 0;
};
STILE_DESCRIBE(Paging, (limit, range(1, 500), defaulted, about("How many, at most.")),
               (offset, at_most(detail::most_offset), defaulted, about("How many to leave out before them.")))

/// Where a page begins, in the function's own words: what it has put into Page::next. Clients see it signed, and bound to
/// the path and the rest of the query, so it is nobody's to make.
struct Cursor {
  std::string position;  ///< empty: at the beginning
  bool is_first() const { return position.empty(); }
};

/// So many after the last one of the page before: for long lists, and those that change meanwhile.
struct CursorPaging {
  std::uint32_t limit = 50;
  Cursor cursor;
};

template <class T>
struct Page {
  std::vector<T> items;
  std::optional<std::uint64_t> total{};  ///< of all pages, where it is known
  std::optional<std::string>
      next{};             ///< with CursorPaging: the position of the next page; nothing: this is the last
  bool has_more = false;  ///< with Paging where the total is not known: whether there is a next page
};

/// `?sort=-changed,title`: the first field counts most, "-" is the other way round. E is a described enum. No field is in
/// `fields` twice.
template <detail::DescribedEnum E>
struct Sort {
  struct By {
    E field{};
    bool descending = false;
    friend bool operator==(const By&, const By&) = default;
  };
  std::vector<By> fields;
};

// Found by the type of what QueryOf has read: notes which page is wanted, and opens the cursor or refuses it.
void take_page(Context& context, const Paging& paging);
void take_page(Context& context, CursorPaging& paging);

namespace detail {

template <>
inline constexpr bool may_be_absent<Cursor> = true;
template <class E>
inline constexpr bool may_be_absent<Sort<E>> = true;

// Compiled once, in the library.
struct SortField {
  std::size_t index;  ///< of `names`
  bool is_descending;
};
/// Nothing where a field has none of the names.
std::optional<std::vector<SortField>> read_sort(std::string_view text,
                                                std::span<const std::string_view> names);
std::string expected_sort(std::span<const std::string_view> names);
Schema sort_schema(std::span<const std::string_view> names);
Schema page_schema(const Schema& item);
void document_page(Operation& operation, const Schema& page);

/// What is known of a page beside its items.
struct PageEnd {
  std::size_t count;
  std::optional<std::uint64_t> total;
  const std::optional<std::string>& next;
  bool has_more;
};
/// With the key of cursors.
std::string seal_position(const Request& request, const std::string& position);
/// {"items": [...], "total": N, "next": URL, "previous": URL}, and Link (RFC 8288). Positions are sealed.
Response page_response(const Context& context, const std::string& items, const PageEnd& end);

template <class T>
inline constexpr bool wants_page<Page<T>> = true;

template <class T>
struct Result<Page<T>> {
  static constexpr bool known = WritableJson<T> || ConvertibleToJson<T>;
  static Response make(const Page<T>& page, Context& context) {
    return page_response(context, result_text(page.items),
                         {page.items.size(), page.total, page.next, page.has_more});
  }
  static void document(Operation& operation) {
    document_page(operation, page_schema(result_schema<T>(operation)));
  }
};

}  // namespace detail

template <>
struct TextType<Cursor> {
  static bool read(std::string_view text, const Place& place, Cursor& into) {
    return detail::take_string(text, place, into.position);
  }
};
template <>
struct JsonType<Cursor> {
  static void write(std::string& out, const Cursor& value) { detail::write_string(out, value.position); }
  static Schema schema(Schemas& /*schemas*/, RulesInUse& rules) {
    return detail::string_schema(rules, "cursor");
  }
};
STILE_DESCRIBE(CursorPaging, (limit, range(1, 500), defaulted, about("How many, at most.")),
               (cursor, about("Where the page begins: only as an answer's link has it.")))

template <class E>
struct TextType<Sort<E>> {
  static bool read(std::string_view text, const Place& place, Sort<E>& into) {
    using Enumerators = detail::Enumerators<E>;
    constexpr std::span<const std::string_view> names = Enumerators::names;
    const auto fields = detail::read_sort(text, names);
    if (!fields) return place.refuse_text(text, detail::expected_sort(names));
    into.fields.clear();
    for (const auto& field : *fields)
      into.fields.push_back({Enumerators::values[field.index], field.is_descending});
    return true;
  }
};
template <class E>
struct JsonType<Sort<E>> {
  static void write(std::string& out, const Sort<E>& value) {
    std::string text;
    for (const auto& by : value.fields) {
      text.append(text.empty() ? "" : ",").append(by.descending ? "-" : "");
      text += detail::Enumerators<E>::name_of(by.field);
    }
    detail::write_string(out, text);
  }
  static Schema schema(Schemas& /*schemas*/, RulesInUse& /*rules*/) {
    return detail::sort_schema(detail::Enumerators<E>::names);
  }
};

}  // namespace stile
