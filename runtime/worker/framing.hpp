// The records of one FastCGI request as a web server sends them (FastCGI 1.0, sections 3.3, 5.1 to 5.3): BEGIN_REQUEST,
// PARAMS to an empty one, STDIN to an empty one. libfcgi gets only bytes that have passed here, so that nothing else
// reaches its parser. Knows no sockets. Pure; one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace stile::worker {

class Framing {
 public:
  /// What all parameters may take, names, values and lengths. More than nginx lets a client send; request_parts.hpp has
  /// the smaller bound that is answered with a 431.
  static constexpr std::size_t most_parameter_bytes = std::size_t{1} << 20;

  /// Takes the stream's next bytes: how many of them are this request's. Fewer than given where it has ended, or where
  /// what follows has no place in it: is_broken().
  std::size_t take(std::string_view bytes);

  /// The end of the body has come: what follows is no part of this request.
  bool is_complete() const { return state_ == State::complete; }
  /// Not version 1, another request's id, an unknown or misplaced type (management records and aborts too), another role
  /// than responder, a parameter that is longer than what holds it, too many bytes of them: of no further use.
  bool is_broken() const { return state_ == State::broken; }

 private:
  enum class State : std::uint8_t { header, begin_body, parameters, body, padding, complete, broken };
  enum class Expects : std::uint8_t { begin, parameters, body };
  enum class Pair : std::uint8_t { name_length, value_length, content };

  void break_off() { state_ = State::broken; }
  bool fill(std::string_view& bytes, std::size_t size);
  void read_header();
  void read_begin_body();
  void end_content();
  void end_record();
  void read_parameters(std::string_view content);
  void take_length_byte(std::uint8_t byte);

  State state_ = State::header;
  Expects expects_ = Expects::begin;
  std::uint8_t held_[8]{};  // a header, or the body of BEGIN_REQUEST, that comes in parts
  std::uint8_t held_size_ = 0;
  std::uint16_t id_ = 0;
  std::size_t content_left_ = 0;
  std::size_t padding_left_ = 0;
  bool is_last_ = false;  // this record is the empty one that ends its stream

  Pair pair_ = Pair::name_length;
  std::uint8_t length_bytes_left_ = 0;  // of a length of four bytes
  std::uint32_t length_ = 0;
  std::size_t pair_left_ = 0;  // bytes of name and value that are still to come
  std::size_t parameter_bytes_ = 0;
};

}  // namespace stile::worker
