#include "worker/framing.hpp"

#include <algorithm>

namespace stile::worker {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::uint8_t begin_request = 1;
constexpr std::uint8_t parameters_record = 4;
constexpr std::uint8_t body_record = 5;
constexpr std::uint16_t responder = 1;
constexpr std::size_t header_size = 8;
constexpr std::size_t begin_body_size = 8;

constexpr std::uint16_t number(std::uint8_t high, std::uint8_t low) {
  return static_cast<std::uint16_t>(high << 8 | low);
}

}  // namespace

std::size_t Framing::take(std::string_view bytes) {
  const std::size_t given = bytes.size();
  while (!bytes.empty()) {
    switch (state_) {
      case State::header:
        if (fill(bytes, header_size)) read_header();
        break;
      case State::begin_body:
        if (fill(bytes, begin_body_size)) read_begin_body();
        break;
      case State::parameters:
      case State::body: {
        const std::size_t size = std::min(bytes.size(), content_left_);
        if (state_ == State::parameters) read_parameters(bytes.substr(0, size));
        if (is_broken()) break;
        bytes.remove_prefix(size);
        content_left_ -= size;
        if (content_left_ == 0) end_content();
        break;
      }
      case State::padding: {
        const std::size_t size = std::min(bytes.size(), padding_left_);
        bytes.remove_prefix(size);
        padding_left_ -= size;
        if (padding_left_ == 0) end_record();
        break;
      }
      case State::complete:
      case State::broken:
        return given - bytes.size();
    }
  }
  return given;
}

// Collects what stands in a fixed number of bytes; true once it is whole.
bool Framing::fill(std::string_view& bytes, std::size_t size) {
  const std::size_t wanted = std::min(bytes.size(), size - held_size_);
  std::copy_n(bytes.begin(), wanted, held_ + held_size_);
  bytes.remove_prefix(wanted);
  held_size_ = static_cast<std::uint8_t>(held_size_ + wanted);
  if (held_size_ < size) return false;
  held_size_ = 0;
  return true;
}

// Padding is allowed in every record, but where libfcgi goes on to another stream it does not skip it, and would find
// records within: after BEGIN_REQUEST and after the end of the parameters. No web server pads those.
void Framing::read_header() {
  const std::uint8_t type = held_[1];
  const std::uint16_t id = number(held_[2], held_[3]);
  content_left_ = number(held_[4], held_[5]);
  padding_left_ = held_[6];
  if (held_[0] != version || id == 0) return break_off();
  switch (expects_) {
    case Expects::begin:
      if (type != begin_request || content_left_ != begin_body_size || padding_left_ != 0) return break_off();
      id_ = id;
      state_ = State::begin_body;
      return;
    case Expects::parameters:
      if (type != parameters_record || id != id_) return break_off();
      state_ = State::parameters;
      if (content_left_ != 0) break;
      // An empty one ends them: not within a name or a value.
      if (pair_ != Pair::name_length || length_bytes_left_ != 0 || padding_left_ != 0) return break_off();
      expects_ = Expects::body;
      break;
    case Expects::body:
      if (type != body_record || id != id_) return break_off();
      state_ = State::body;
      is_last_ = content_left_ == 0;
      break;
  }
  if (content_left_ == 0) end_content();
}

void Framing::read_begin_body() {
  if (number(held_[0], held_[1]) != responder) return break_off();
  expects_ = Expects::parameters;
  end_record();
}

void Framing::end_content() {
  if (padding_left_ == 0) return end_record();
  state_ = State::padding;
}

void Framing::end_record() { state_ = is_last_ ? State::complete : State::header; }

// Name-value pairs (section 3.4), which may be divided among records anywhere.
void Framing::read_parameters(std::string_view content) {
  parameter_bytes_ += content.size();
  if (parameter_bytes_ > most_parameter_bytes) return break_off();
  while (!content.empty() && !is_broken()) {
    if (pair_ != Pair::content) {
      take_length_byte(static_cast<std::uint8_t>(content.front()));
      content.remove_prefix(1);
      continue;
    }
    const std::size_t size = std::min(content.size(), pair_left_);
    content.remove_prefix(size);
    pair_left_ -= size;
    if (pair_left_ == 0) pair_ = Pair::name_length;
  }
}

void Framing::take_length_byte(std::uint8_t byte) {
  if (length_bytes_left_ != 0) {
    length_ = length_ << 8U | byte;
    --length_bytes_left_;
  } else if ((byte & 0x80U) != 0) {
    length_ = byte & 0x7FU;
    length_bytes_left_ = 3;
  } else {
    length_ = byte;
  }
  if (length_bytes_left_ != 0) return;
  if (length_ > most_parameter_bytes) return break_off();
  if (pair_ == Pair::name_length) {
    pair_left_ = length_;
    pair_ = Pair::value_length;
    return;
  }
  pair_left_ += length_;
  pair_ = pair_left_ == 0 ? Pair::name_length : Pair::content;
}

}  // namespace stile::worker
