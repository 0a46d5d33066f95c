// Whatever text a client sends for a number, a bool, a string: it is one, of that type, or nothing.
#include <cmath>
#include <string>

#include <stile/text_type.hpp>

#include "endpoint/media_type.hpp"
#include "fuzz/fuzzer.hpp"
#include "manifest/text.hpp"

using namespace stile;

namespace {

template <class T>
std::optional<T> read(std::string_view text) {
  detail::Faults faults;
  T value{};
  const bool is_sound = TextType<T>::read(text, Place(faults, {detail::In::query, "q"}), value);
  test::require(is_sound == faults.empty(), "what is refused is told");
  return is_sound ? std::optional<T>(value) : std::nullopt;
}

template <class T>
void check_integer(std::string_view text) {
  const auto value = read<T>(text);
  if (!value) return;
  std::string printed = std::to_string(*value);
  std::string_view digits = text;
  const bool negative = digits.starts_with('-');
  if (negative) digits.remove_prefix(1);
  test::require(!digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos,
                "an integer is digits");
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size() - 1));
  const std::string canonical = (negative && digits != "0" ? "-" : "") + std::string(digits);
  test::require(printed == canonical, "and of that value");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = test::as_text(data, size);
  check_integer<std::int8_t>(text);
  check_integer<std::uint8_t>(text);
  check_integer<int>(text);
  check_integer<std::int64_t>(text);
  check_integer<std::uint64_t>(text);
  if (const auto value = read<double>(text)) test::require(std::isfinite(*value), "a number is finite");
  if (const auto value = read<float>(text)) test::require(std::isfinite(*value), "a small one too");
  if (read<bool>(text))
    test::require(text == "true" || text == "false" || text == "1" || text == "0", "a bool has a name");
  if (const auto value = read<std::string>(text)) {
    test::require(*value == text && invalid_utf8_at(text) == std::string_view::npos, "a string is UTF-8");
  }
  if (is_json(text)) {
    const auto type = trim(text.substr(0, text.find(';')));
    test::require(type.size() >= 5 && equal_ignoring_case(type.substr(type.size() - 4), "json"),
                  "JSON's type says so");
  }
  return 0;
}
