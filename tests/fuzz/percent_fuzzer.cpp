#include <string>

#include "fuzz/fuzzer.hpp"
#include "manifest/percent.hpp"

using namespace stile;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = test::as_text(data, size);
  for (const Plus plus : {Plus::literal, Plus::space}) {
    std::string decoded = "kept";
    const auto broken_at = percent_decode(text, plus, decoded);
    test::require(decoded.starts_with("kept"), "what stood there stays");
    test::require(decoded.size() <= 4 + text.size(), "decoding makes nothing longer");
    if (broken_at != std::string_view::npos) {
      test::require(text.at(broken_at) == '%', "the broken escape is named");
      continue;
    }
    // Decoded once: each byte written as an escape comes back as it is, escapes among them.
    std::string encoded;
    for (const char byte : decoded) {
      constexpr std::string_view digits = "0123456789abcdef";
      const auto number = static_cast<unsigned char>(byte);
      encoded += {'%', digits[number >> 4U], digits[number & 15U]};
    }
    std::string again;
    test::require(percent_decode(encoded, plus, again) == std::string_view::npos,
                  "what is encoded can be decoded");
    test::require(again == decoded, "and is the same");
  }
  return 0;
}
