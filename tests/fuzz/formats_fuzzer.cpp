// Whatever text a client sends for a time, a date, bytes, a UUID or a cursor: it is one, spelled as it must be, or
// nothing.
#include <string>

#include <stile/bytes.hpp>
#include <stile/time.hpp>
#include <stile/uuid.hpp>

#include "endpoint/cursor.hpp"
#include "fuzz/fuzzer.hpp"
#include "manifest/base64.hpp"
#include "manifest/text.hpp"

using namespace stile;

namespace {

constexpr std::size_t date_length = 10;

void check_time(std::string_view text) {
  const auto time = read_time(text);
  if (!time) return;
  const std::string printed = print_time(*time);
  test::require(read_time(printed) == time, "a time is read back as it is printed");
  test::require(printed.size() <= sizeof "2026-05-01T12:30:00.000000Z", "and is short");
  test::require(text.size() > date_length && read_date(text.substr(0, date_length)).has_value(),
                "it begins with a date");
  const bool is_utc =
      text.ends_with('Z') || text.ends_with('z') || text.ends_with("-00:00") || text.ends_with("+00:00");
  const bool is_leap = text.substr(date_length).find(":60") != std::string_view::npos;
  // In UTC its text has the same date, hour, minute and second; but for a leap second.
  constexpr std::size_t to_minutes = sizeof "2026-05-01T12:30" - 1;
  constexpr std::size_t to_seconds = sizeof "2026-05-01T12:30:00" - 1;
  const std::size_t same = is_leap ? to_minutes : to_seconds;
  if (is_utc)
    test::require(equal_ignoring_case(text.substr(0, same), printed.substr(0, same)), "it is of that value");
}

void check_date(std::string_view text) {
  if (const auto date = read_date(text)) test::require(print_date(*date) == text, "a date has one spelling");
}

void check_bytes(std::string_view text) {
  if (const auto bytes = read_base64(text))
    test::require(print_base64(*bytes) == text, "bytes have one spelling");
  if (const auto bytes = decode_base64(text, Base64::url))
    test::require(encode_base64(*bytes, Base64::url) == text, "in a URL too");
  const auto raw = std::as_bytes(std::span(text));
  const auto again = read_base64(print_base64(raw));
  test::require(again && std::equal(raw.begin(), raw.end(), again->begin(), again->end()),
                "any bytes survive");
}

void check_uuid(std::string_view text) {
  if (const auto uuid = read_uuid(text))
    test::require(equal_ignoring_case(print_uuid(*uuid), text),
                  "a UUID is spelled in one way, but for its case");
}

void check_cursor(std::string_view text) {
  const CursorKey key{};
  test::require(!open_cursor(text, "another", key), "nobody guesses a cursor");
  const std::string sealed = seal_cursor(text, "notes", key);
  test::require(open_cursor(sealed, "notes", key) == text, "a cursor is opened as it was sealed");
  test::require(!open_cursor(sealed, "another", key), "where it belongs");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = test::as_text(data, size);
  check_time(text);
  check_date(text);
  check_bytes(text);
  check_uuid(text);
  check_cursor(text);
  return 0;
}
