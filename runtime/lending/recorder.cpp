#include "lending/recorder.hpp"

#include <cxxabi.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "posix/error.hpp"

namespace stile::lending {

namespace {

constexpr std::uint64_t recorder_mark = 0x6472'6f63'6572'7473;  // "strecord"
constexpr std::size_t head_size = 32'768;
// The parameters of a request are 64 KB at most (worker/request_parts.hpp); each is kept with its length.
constexpr std::size_t area_size = 96 * 1024;
enum AreaState : std::uint32_t { free_area = 0, writing = 1, running_call = 2 };

}  // namespace

struct Recorder::Head {
  std::uint64_t mark;
  std::uint32_t areas;
  std::atomic<std::uint32_t> has_crashed;
  std::uint32_t signal;
  std::uint32_t area;  // of the call that crashed, or no_area
  std::uint32_t text_size;
  std::uint32_t unused;
};

struct Recorder::Area {
  std::atomic<std::uint32_t> state;
  std::uint32_t items;      // id, method, uri, headers: each a length and its bytes
  std::uint32_t text_size;  // of all items; the body follows
  std::uint32_t body_kept;
  std::uint64_t body_size;
  std::int64_t began;
};

namespace {

constexpr std::size_t crash_room = head_size - sizeof(Recorder::Head);
constexpr std::size_t area_room = area_size - sizeof(Recorder::Area);

char* text_of(Recorder::Area* area) { return reinterpret_cast<char*>(area + 1); }

std::size_t size_of_recorder(std::uint32_t areas) { return head_size + std::size_t{areas} * area_size; }

// Head of a file of create_recorder(), its number of areas one that the file has room for.
struct PlainHead {
  std::uint64_t mark;
  std::uint32_t areas, has_crashed, signal, area, text_size, unused;
};
struct PlainArea {
  std::uint32_t state, items, text_size, body_kept;
  std::uint64_t body_size;
  std::int64_t began;
};
static_assert(sizeof(PlainHead) == sizeof(Recorder::Head) && sizeof(PlainArea) == sizeof(Recorder::Area));

template <class Plain>
bool read_at(int file, std::size_t offset, Plain& plain) {
  return ::pread(file, &plain, sizeof(plain), static_cast<off_t>(offset)) ==
         static_cast<ssize_t>(sizeof(plain));
}

std::optional<PlainHead> read_head(int file) {
  PlainHead head{};
  struct stat status {};
  if (::fstat(file, &status) == -1 || !read_at(file, 0, head) || head.mark != recorder_mark)
    return std::nullopt;
  const auto size = static_cast<std::uint64_t>(std::max<off_t>(status.st_size, 0));
  if (size < head_size) return std::nullopt;
  head.areas =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(head.areas, (size - head_size) / area_size));
  return head;
}

std::string read_text(int file, std::size_t offset, std::size_t size) {
  std::string text(size, '\0');
  const ssize_t count = ::pread(file, text.data(), size, static_cast<off_t>(offset));
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  return text;
}

void append_item(Recorder::Area& area, std::string_view first, std::string_view between,
                 std::string_view last) {
  const std::size_t size = first.size() + between.size() + last.size();
  const std::size_t at = area.text_size;
  if (at > area_room || area_room - at < sizeof(std::uint32_t) + size) return;
  const auto length = static_cast<std::uint32_t>(size);
  char* to = text_of(&area) + at;
  std::memcpy(to, &length, sizeof(length));
  to += sizeof(length);
  // Not memcpy(), which takes no null pointer, of a length of 0 either.
  for (const auto part : {first, between, last}) to = std::copy(part.begin(), part.end(), to);
  area.text_size += static_cast<std::uint32_t>(sizeof(length) + size);
  ++area.items;
}

std::vector<std::string_view> items_of(std::string_view text, std::size_t count) {
  std::vector<std::string_view> items;
  std::uint32_t length = 0;
  for (; count > 0 && text.size() >= sizeof(length); --count) {
    std::memcpy(&length, text.data(), sizeof(length));
    text.remove_prefix(sizeof(length));
    items.push_back(text.substr(0, length));
    text.remove_prefix(std::min<std::size_t>(length, text.size()));
  }
  return items;
}

std::string upper_name(std::string_view name) {
  std::string result(name);
  for (char& c : result) c = c == '-' ? '_' : (c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  return result;
}

bool is_secret(std::string_view name, const SecretNames& secrets) {
  const std::string upper = upper_name(name);
  const auto is_this = [&](const std::string& secret) { return upper_name(secret) == upper; };
  if (std::any_of(secrets.begin(), secrets.end(), is_this)) return true;
  for (const auto* whole : {"AUTHORIZATION", "PROXY_AUTHORIZATION", "COOKIE", "SET_COOKIE"}) {
    if (upper == whole) return true;
  }
  for (const auto* part : {"TOKEN", "SECRET", "PASSWORD", "API_KEY", "APIKEY"}) {
    if (upper.find(part) != std::string::npos) return true;
  }
  return false;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// As a function would read it: "%74oken" is a token too.
std::string decoded_name(std::string_view name) {
  std::string result;
  for (std::size_t at = 0; at < name.size(); ++at) {
    if (name[at] == '%' && at + 2 < name.size() && hex_digit(name[at + 1]) >= 0 &&
        hex_digit(name[at + 2]) >= 0) {
      result += static_cast<char>(hex_digit(name[at + 1]) * 16 + hex_digit(name[at + 2]));
      at += 2;
    } else {
      result += name[at];
    }
  }
  return result;
}

// `pairs_left`: names that are still looked at; what follows them is masked as a whole.
std::string mask_query(std::string_view uri, const SecretNames& secrets, std::size_t& pairs_left) {
  const auto query = std::min(uri.find('?'), uri.size());
  std::string result(uri.substr(0, query));
  uri.remove_prefix(query);
  while (!uri.empty()) {
    result += uri.front();  // "?", "&" or ";"
    if (pairs_left == 0) return result += "***";
    --pairs_left;
    uri.remove_prefix(1);
    const auto pair = uri.substr(0, std::min(uri.find_first_of("&;"), uri.size()));
    uri.remove_prefix(pair.size());
    const auto equals = pair.find('=');
    const bool masks =
        equals != std::string_view::npos && is_secret(decoded_name(pair.substr(0, equals)), secrets);
    result += pair.substr(0, masks ? equals + 1 : pair.size());
    if (masks) result += "***";
  }
  return result;
}

std::string mask_header(std::string_view name, std::string_view value, const SecretNames& secrets,
                        std::size_t& pairs_left) {
  std::string result = std::string(name) + ": ";
  if (is_secret(name, secrets)) return result += value.empty() ? "" : "***";
  return result +=
         upper_name(name) == "REFERER" ? mask_query(value, secrets, pairs_left) : std::string(value);
}

// A worker makes ids of these alone, and no longer ones (worker/request_parts.cpp): what is none is a lie, and must not
// get into the name of a file or fill a log.
bool is_request_id(std::string_view text) {
  constexpr std::size_t longest = 128;
  const auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
           c == '_' || c == '.';
  };
  return text.size() <= longest && std::all_of(text.begin(), text.end(), allowed);
}

Recording::Running read_call(int file, std::size_t offset, const PlainArea& area,
                             const SecretNames& secrets) {
  const std::size_t text_size = std::min<std::size_t>(area.text_size, area_room);
  const std::string text = read_text(file, offset + sizeof(PlainArea), text_size);
  Recording::Running call;
  call.began = std::chrono::nanoseconds(area.began);
  const auto items = items_of(text, std::min<std::size_t>(area.items, 3 + most_recorded_headers));
  if (!items.empty()) call.request_id = is_request_id(items[0]) ? items[0] : "-";
  if (items.size() > 1) call.method = items[1];
  std::size_t pairs_left = most_masked_pairs;
  if (items.size() > 2) call.uri = mask_query(items[2], secrets, pairs_left);
  for (std::size_t index = 3; index < items.size(); ++index) {
    const auto colon = std::min(items[index].find(": "), items[index].size());
    const auto value = items[index].substr(std::min(colon + 2, items[index].size()));
    call.headers.push_back(mask_header(items[index].substr(0, colon), value, secrets, pairs_left));
  }
  const std::size_t kept = std::min({std::size_t{area.body_kept}, most_recorded_body, area_room - text_size});
  call.body = read_text(file, offset + sizeof(PlainArea) + text_size, kept);
  call.body_size = std::max<std::uint64_t>(area.body_size, call.body.size());
  return call;
}

// References within a mangled name say again what stands before them: a few hundred bytes can stand for gigabytes. Each
// may double what comes out, a pack may multiply it.
bool is_cheap_to_demangle(std::string_view name) {
  constexpr std::size_t longest = 512;
  constexpr std::size_t most_doublings = 14;
  if (name.size() > longest) return false;
  std::size_t doublings = 0;
  for (std::size_t at = 0; at + 1 < name.size(); ++at) {
    const char next = name[at + 1];
    const bool names_number = next == '_' || (next >= '0' && next <= '9') || (next >= 'A' && next <= 'Z');
    if ((name[at] == 'S' || name[at] == 'T') && names_number) doublings += 1;
    if ((name[at] == 'D' || name[at] == 's') && next == 'p') doublings += 8;
  }
  return doublings <= most_doublings;
}

bool is_in_symbol(char c) {
  return c == '_' || c == '.' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

std::string demangled(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_in_symbol);
    const auto size = static_cast<std::size_t>(end - text.begin());
    const auto word = text.substr(0, size);
    text.remove_prefix(size);
    if (word.starts_with("_Z") && is_cheap_to_demangle(word)) {
      int failure = 0;
      const std::unique_ptr<char, decltype(&std::free)> name(
          abi::__cxa_demangle(std::string(word).c_str(), nullptr, nullptr, &failure), &std::free);
      result += failure == 0 ? std::string_view(name.get()).substr(0, 1024) : word;
    } else {
      result += word;
    }
    if (!text.empty()) {
      result += text.front();
      text.remove_prefix(1);
    }
  }
  return result;
}

posix::Fd create_recorder(std::uint32_t areas) {
  posix::Fd file(
      posix::check(::memfd_create("stile-recorder", MFD_CLOEXEC | MFD_ALLOW_SEALING), "memfd_create"));
  posix::check(::ftruncate(file.get(), static_cast<off_t>(size_of_recorder(areas))),
               "ftruncate of the recorder");
  PlainHead head{};
  head.mark = recorder_mark;
  head.areas = areas;
  posix::check(static_cast<int>(::pwrite(file.get(), &head, sizeof(head), 0)), "write the recorder");
  posix::check(::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL), "F_ADD_SEALS");
  return file;
}

std::string masked_header(std::string_view name, std::string_view value, const SecretNames& secrets) {
  std::size_t pairs_left = most_masked_pairs;
  return mask_header(name, value, secrets, pairs_left);
}

std::string masked_uri(std::string_view uri, const SecretNames& secrets) {
  std::size_t pairs_left = most_masked_pairs;
  return mask_query(uri, secrets, pairs_left);
}

Recording read_recorder(int file, const SecretNames& secrets) {
  Recording recording;
  const auto head = read_head(file);
  if (!head) return recording;
  if (head->has_crashed != 0) {
    recording.signal = static_cast<int>(head->signal & 127U);
    const auto text = read_text(file, sizeof(PlainHead), std::min<std::size_t>(head->text_size, crash_room));
    recording.backtrace = demangled(text);
  }
  const auto take = [&](std::uint32_t index, bool crashed) {
    const std::size_t offset = head_size + std::size_t{index} * area_size;
    PlainArea area{};
    if (!read_at(file, offset, area) || area.state != running_call) return;
    recording.running.push_back(read_call(file, offset, area, secrets));
    recording.running.back().crashed = crashed;
  };
  const std::uint32_t crashed = head->has_crashed != 0 ? head->area : Recorder::no_area;
  if (crashed < head->areas) take(crashed, true);
  for (std::uint32_t index = 0; index < head->areas && recording.running.size() < most_recorded_calls;
       ++index) {
    if (index != crashed) take(index, false);
  }
  return recording;
}

Recorder::Recorder(int file) {
  const auto head = read_head(file);
  const int seals = ::fcntl(file, F_GET_SEALS);
  if (!head || seals == -1 || (seals & F_SEAL_SHRINK) == 0) return;
  const std::size_t size = size_of_recorder(head->areas);
  void* room = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (room == MAP_FAILED) posix::throw_errno("mmap of the recorder");
  memory_ = static_cast<char*>(room);
  size_ = size;
  areas_ = head->areas;
}

Recorder::~Recorder() {
  if (memory_ != nullptr) ::munmap(memory_, size_);
}

Recorder::Area* Recorder::area(std::uint32_t index) const {
  return reinterpret_cast<Area*>(memory_ + head_size + std::size_t{index} * area_size);
}

std::uint32_t Recorder::begin(std::chrono::steady_clock::time_point now, std::string_view request_id,
                              std::string_view method, std::string_view uri) {
  // Where this thread found room the last time: nobody else looks there first.
  thread_local std::uint32_t last = 0;
  for (std::uint32_t tries = 0; tries < areas_; ++tries) {
    const std::uint32_t index = last < areas_ ? last : 0;
    Area& found = *area(index);
    std::uint32_t expected = free_area;
    if (!found.state.compare_exchange_strong(expected, writing, std::memory_order_acquire)) {
      last = index + 1;
      continue;
    }
    found.items = 0;
    found.text_size = 0;
    found.body_kept = 0;
    found.began = std::chrono::nanoseconds(now.time_since_epoch()).count();
    for (const auto text : {request_id, method, uri}) append_item(found, text, {}, {});
    return index;
  }
  return no_area;
}

void Recorder::header(std::uint32_t index, std::string_view name, std::string_view value) {
  if (index != no_area) append_item(*area(index), name, ": ", value);
}

void Recorder::body(std::uint32_t index, std::string_view text) {
  if (index == no_area) return;
  Area& found = *area(index);
  const std::size_t at = std::min<std::size_t>(found.text_size, area_room);
  const std::size_t kept = std::min({text.size(), most_recorded_body, area_room - at});
  if (kept != 0) std::memcpy(text_of(&found) + at, text.data(), kept);
  found.body_kept = static_cast<std::uint32_t>(kept);
  found.body_size = text.size();
  found.state.store(running_call, std::memory_order_release);
}

void Recorder::end(std::uint32_t index) {
  if (index != no_area) area(index)->state.store(free_area, std::memory_order_release);
}

bool Recorder::crash(int signal, std::uint32_t index) noexcept {
  if (memory_ == nullptr) return true;
  Head& head = *reinterpret_cast<Head*>(memory_);
  std::uint32_t expected = 0;
  if (!head.has_crashed.compare_exchange_strong(expected, 1)) return false;
  head.signal = static_cast<std::uint32_t>(signal);
  head.area = index;
  return true;
}

void Recorder::crash_text(std::string_view text) noexcept {
  if (memory_ == nullptr) return;
  Head& head = *reinterpret_cast<Head*>(memory_);
  const std::size_t at = std::min<std::size_t>(head.text_size, crash_room);
  text = text.substr(0, crash_room - at);
  std::copy(text.begin(), text.end(), reinterpret_cast<char*>(&head + 1) + at);
  head.text_size = static_cast<std::uint32_t>(at + text.size());
}

}  // namespace stile::lending
