#include "support/http2_connection.hpp"

#include <nghttp2/nghttp2.h>

#include <charconv>
#include <stdexcept>

namespace stile::test {
namespace {

constexpr std::size_t frame_header = 9;
constexpr std::uint8_t acknowledgement = 0x1;
constexpr std::uint32_t most_window = 0x7fffffff;

std::uint32_t number_at(std::string_view bytes, std::size_t count) {
  std::uint32_t number = 0;
  for (const char c : bytes.substr(0, count)) number = number << 8U | static_cast<unsigned char>(c);
  return number;
}

// A string of HPACK without Huffman's code: its length in a prefix of seven bits.
std::string hpack_string(std::string_view text) {
  std::string bytes;
  if (text.size() < 127) {
    bytes += static_cast<char>(text.size());
  } else {
    bytes += static_cast<char>(127);
    auto rest = text.size() - 127;
    for (; rest >= 128; rest /= 128) bytes += static_cast<char>(rest % 128 + 128);
    bytes += static_cast<char>(rest);
  }
  return bytes.append(text);
}

}  // namespace

std::string http2_number(std::uint32_t number) {
  std::string bytes;
  for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes += static_cast<char>(number >> shift & 0xffU);
  return bytes;
}

std::string http2_frame(FrameType type, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
  std::string bytes = http2_number(static_cast<std::uint32_t>(payload.size())).substr(1);
  bytes += static_cast<char>(type);
  bytes += static_cast<char>(flags);
  return bytes.append(http2_number(stream)).append(payload);
}

std::string http2_fields(const HttpHeaders& fields) {
  std::string block;
  for (const auto& [name, value] : fields) {
    block += '\0';  // literal, not to be indexed, a name of its own
    block += hpack_string(name) + hpack_string(value);
  }
  return block;
}

HttpHeaders http2_request(const std::string& method, const std::string& path, const HttpHeaders& further) {
  HttpHeaders fields{{":method", method}, {":scheme", "https"}, {":path", path}, {":authority", "localhost"}};
  fields.insert(fields.end(), further.begin(), further.end());
  return fields;
}

struct Http2Connection::Inflater {
  nghttp2_hd_inflater* state = nullptr;
  Inflater() {
    if (::nghttp2_hd_inflate_new(&state) != 0) throw std::bad_alloc();
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { ::nghttp2_hd_inflate_del(state); }
};

Http2Connection::Http2Connection(std::uint16_t port)
    : tls_(port, {.application_protocol = "h2"}), inflater_(std::make_unique<Inflater>()) {
  if (tls_.application_protocol() != "h2") throw std::runtime_error("the other side does not speak HTTP/2");
  const std::string wide_windows = std::string("\0\4", 2) + http2_number(most_window);
  send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + http2_frame(FrameType::settings, 0, 0, wide_windows) +
       http2_frame(FrameType::window_update, 0, 0, http2_number(most_window - 65535)));
}

Http2Connection::~Http2Connection() = default;

std::uint32_t Http2Connection::request(const HttpHeaders& fields, std::uint8_t flags) {
  const auto stream = next_stream_;
  next_stream_ += 2;
  send(http2_frame(FrameType::headers, flags, stream, http2_fields(fields)));
  return stream;
}

Http2Answer Http2Connection::answer(std::uint32_t stream, std::chrono::milliseconds within) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  while (!answers_[stream].is_whole && !answers_[stream].reset && receive_frame(deadline)) {
  }
  return answers_[stream];
}

std::optional<std::uint32_t> Http2Connection::wait_for_close(std::chrono::milliseconds within) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  while (receive_frame(deadline)) {
  }
  return go_away_;
}

bool Http2Connection::ping(std::chrono::milliseconds within) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  const auto before = pongs_;
  send(http2_frame(FrameType::ping, 0, 0, "somebody"));
  while (pongs_ == before && receive_frame(deadline)) {
  }
  return pongs_ != before;
}

bool Http2Connection::receive_frame(std::chrono::steady_clock::time_point deadline) {
  std::size_t size = frame_header;
  while (received_.size() < size || received_.size() < (size = frame_header + number_at(received_, 3))) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    const auto more = is_closed_ ? std::string() : tls_.receive(left);
    is_closed_ = more.empty();
    if (is_closed_) return false;
    received_ += more;
  }
  const std::string frame = received_.substr(0, size);
  received_.erase(0, size);
  take(static_cast<FrameType>(frame[3]), static_cast<std::uint8_t>(frame[4]),
       number_at(std::string_view(frame).substr(5), 4), std::string_view(frame).substr(frame_header));
  return true;
}

void Http2Connection::take(FrameType type, std::uint8_t flags, std::uint32_t stream,
                           std::string_view payload) {
  auto& answer = answers_[stream];
  const bool is_answer = (flags & acknowledgement) != 0;
  switch (type) {
    case FrameType::headers:
      take_fields(stream, payload);
      answer.is_whole = (flags & end_stream) != 0;
      break;
    case FrameType::data:
      answer.response.body += payload;
      answer.is_whole = (flags & end_stream) != 0;
      break;
    case FrameType::reset:
      answer.reset = number_at(payload, 4);
      break;
    case FrameType::go_away:
      go_away_ = number_at(payload.substr(4), 4);
      break;
    case FrameType::settings:
      if (!is_answer) send(http2_frame(FrameType::settings, acknowledgement, 0, ""));
      break;
    case FrameType::ping:
      if (!is_answer) send(http2_frame(FrameType::ping, acknowledgement, 0, payload));
      pongs_ += is_answer ? 1 : 0;
      break;
    default:
      break;
  }
}

// A whole block: nginx's headers of an answer fit into one frame.
void Http2Connection::take_fields(std::uint32_t stream, std::string_view block) {
  auto& response = answers_[stream].response;
  const auto* in = reinterpret_cast<const std::uint8_t*>(block.data());
  const auto* const end = in + block.size();
  int flags = 0;
  while ((flags & NGHTTP2_HD_INFLATE_FINAL) == 0) {
    nghttp2_nv field{};
    const auto used =
        ::nghttp2_hd_inflate_hd2(inflater_->state, &field, &flags, in, static_cast<std::size_t>(end - in), 1);
    if (used < 0) throw std::runtime_error("headers that are no HPACK");
    in += used;
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) == 0) continue;
    const std::string name(reinterpret_cast<const char*>(field.name), field.namelen);
    const std::string value(reinterpret_cast<const char*>(field.value), field.valuelen);
    if (name == ":status") {
      response = {};
      std::from_chars(value.data(), value.data() + value.size(), response.status);
    } else {
      response.headers.emplace_back(name, value);
    }
  }
  ::nghttp2_hd_inflate_end_headers(inflater_->state);
}

}  // namespace stile::test
