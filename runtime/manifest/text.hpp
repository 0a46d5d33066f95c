// Which bytes the protocols let stand where: tokens, field values, UTF-8. Knows no request. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stile {

/// ASCII alone, whatever the locale.
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// The same but for the case of ASCII letters.
bool equal_ignoring_case(std::string_view a, std::string_view b);

/// A token (RFC 9110, section 5.6.2): a header's name, a cookie's name.
bool is_token(std::string_view text);

/// Fit to be a header's value (RFC 9110, section 5.5): no control character but the tab. Bytes from 0x80 on
/// are let through, as HTTP does.
bool is_field_value(std::string_view text);

/// An identifier of C: a path parameter's name.
bool is_identifier(std::string_view text);

/// Where the first byte stands that no valid UTF-8 (RFC 3629: no overlong form, no surrogate, nothing over
/// U+10FFFF) could begin or go on with there; npos where all is valid.
std::string_view::size_type invalid_utf8_at(std::string_view text);

/// How much of `text`, from its beginning on, is valid UTF-8: the byte behind it begins no valid sequence. To replace or
/// escape what is not valid, take that byte and go on behind it.
std::string_view::size_type valid_utf8_length(std::string_view text);

/// A header's list, as Allow has it (RFC 9110, section 5.6.1): "GET, HEAD".
std::string comma_list(const std::vector<std::string>& words);

/// Without the blanks and tabs at both ends.
std::string_view trim(std::string_view text);

}  // namespace stile
