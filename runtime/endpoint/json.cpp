#include "stile/json.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <optional>

#include "endpoint/json_error.hpp"
#include "stile/problem.hpp"

namespace stile {
namespace {

constexpr std::size_t max_depth = 64;

// Lets the handler below know how far the library has read, which it tells only of errors of its own.
class Cursor {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Cursor(const char* at, const char** read) : at_(at), read_(read) {}
  reference operator*() const { return *at_; }
  Cursor& operator++() {
    *read_ = ++at_;
    return *this;
  }
  Cursor operator++(int) {
    const Cursor before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const Cursor& a, const Cursor& b) { return a.at_ == b.at_; }

 private:
  const char* at_;
  const char** read_;
};

// Whether an integer beyond 64 bits has no more digits than a double keeps: JavaScript writes 1e20 as 100000000000000000000.
bool is_kept_by_double(std::string_view digits) {
  const auto last = digits.find_last_not_of('0');
  return last + 1 - (digits.starts_with('-') ? 1U : 0U) <= std::numeric_limits<double>::max_digits10;
}

// Takes the library's events and builds the value: the library's own builder knows no depth, and takes an
// integer that fits nowhere for a floating number.
class Builder {
 public:
  Builder(std::string_view text, const char* const& read) : text_(text), read_(read) {}

  Json take() { return std::move(root_); }
  /// Empty where nothing failed.
  const std::optional<JsonError>& error() const { return error_; }

  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(std::int64_t value) { return add(value); }
  bool number_unsigned(std::uint64_t value) { return add(value); }
  bool number_float(double value, const std::string& digits) {
    if (digits.find_first_of(".eE") != std::string::npos || is_kept_by_double(digits)) return add(value);
    return fail_number(digits);
  }
  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(Json::binary_t&) { return false; }  // not in JSON's text
  bool start_object(std::size_t) { return open(Json::object()); }
  bool start_array(std::size_t) { return open(Json::array()); }
  bool key(std::string& name) {
    member_ = &(*open_[depth_ - 1])[std::move(name)];
    return true;
  }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool parse_error(std::size_t position, const std::string& token, const nlohmann::detail::exception& error) {
    constexpr int number_overflow = 406;  // of the library's documented ids
    if (error.id == number_overflow) return fail_number(token);
    return fail(explain_json_error(text_, position, complete_));
  }

 private:
  std::size_t consumed() const { return static_cast<std::size_t>(read_ - text_.data()); }

  bool fail(JsonError error) {
    error_ = std::move(error);
    return false;
  }

  bool fail_number(const std::string& digits) {
    // Its last digit is the last byte read, or the one before: the library looks one byte ahead.
    return fail(number_does_not_fit(text_.rfind(digits, consumed() - digits.size()), digits));
  }

  Json* place(Json&& value) {
    if (depth_ == 0) return &(root_ = std::move(value));
    if (Json& parent = *open_[depth_ - 1]; parent.is_array()) {
      return &parent.get_ref<Json::array_t&>().emplace_back(std::move(value));
    }
    return &(*member_ = std::move(value));
  }

  bool add(Json&& value) {
    place(std::move(value));
    complete_ = depth_ == 0;
    return true;
  }

  bool open(Json&& value) {
    if (depth_ == max_depth) return fail({consumed() - 1, fmt::format("more than {} levels", max_depth)});
    open_[depth_] = place(std::move(value));
    ++depth_;
    return true;
  }

  bool close() {
    complete_ = --depth_ == 0;
    return true;
  }

  std::string_view text_;
  const char* const& read_;
  Json root_;
  // What is open. The addresses hold: nothing is added to a container while a later one of these is open.
  std::array<Json*, max_depth> open_{};
  std::size_t depth_ = 0;
  Json* member_ = nullptr;  // the value of the last key
  bool complete_ = false;
  std::optional<JsonError> error_;
};

[[noreturn]] void refuse(std::string_view text, const JsonError& error) {
  const auto before = text.substr(0, error.offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto column = before.size() - (before.find_last_of('\n') + 1) + 1;  // npos + 1 is 0
  throw Problem(400, fmt::format("invalid JSON: line {}, column {}: {}", line, column, error.reason));
}

}  // namespace

Json parse_json(std::string_view text) {
  // The library takes a NUL for the end of the text.
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) refuse(text, {nul, "a NUL byte"});
  const char* read = text.data();
  Builder builder(text, read);
  const Cursor begin(text.data(), &read);
  const Cursor end(text.data() + text.size(), &read);
  if (!Json::sax_parse(begin, end, &builder)) refuse(text, *builder.error());
  return builder.take();
}

std::string print_json(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace stile
