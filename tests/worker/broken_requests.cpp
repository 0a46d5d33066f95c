#include "worker/broken_requests.hpp"

#include <utility>

using namespace std::string_literals;

namespace stile::test {
namespace {

constexpr unsigned begin = 1, abort = 2, end = 3, params = 4, body = 5, output = 6, data = 8, get_values = 9;

char byte(std::size_t number) { return static_cast<char>(number & 0xFFU); }

std::string record_of(unsigned type, const std::string& content, unsigned request_id = 1) {
  return RecordHeader{.type = type, .content_length = content.size(), .request_id = request_id}.bytes() +
         content;
}

std::string max_connections(int count) {
  std::string names;
  for (int i = 0; i < count; ++i) names += "\x0e\0FCGI_MAX_CONNS"s;
  return record_of(get_values, names, 0);
}

}  // namespace

std::string RecordHeader::bytes() const {
  return {byte(version),
          byte(type),
          byte(request_id >> 8U),
          byte(request_id),
          byte(content_length >> 8U),
          byte(content_length),
          byte(padding),
          '\0'};
}

std::string begin_request(unsigned role) {
  return record_of(begin, {byte(role >> 8U), byte(role), '\1', '\0', '\0', '\0', '\0', '\0'});
}

std::vector<BrokenRequest> broken_requests(const CgiRequest& request) {
  const std::string pairs = encode_parameters(all_parameters(request));
  const std::string start = begin_request();
  const std::string within = start + record_of(params, pairs);  // all of them, but for their end
  const std::string head = within + record_of(params, {});
  const std::vector<std::pair<std::string, std::string>> places{
      {"at the start", {}},
      {"before the parameters", start},
      {"within the parameters", within},
      {"before the body", head},
      {"within the body", head + record_of(body, "part")}};

  std::vector<BrokenRequest> all;
  const auto add = [&](std::string what, std::string bytes) {
    all.push_back({std::move(what), std::move(bytes)});
  };
  for (const auto& [where, before] : places) {
    for (const unsigned version : {0U, 2U, 255U})
      add("version " + std::to_string(version) + ' ' + where,
          before +
              RecordHeader{.type = before.empty() ? begin : body, .content_length = 8, .version = version}
                  .bytes());
    for (const unsigned type : {0U, abort, end, output, 7U, data, 10U, 11U, 12U, 255U})
      add("type " + std::to_string(type) + ' ' + where, before + RecordHeader{.type = type}.bytes());
    for (const int count : {1, 4, 100})
      add(std::to_string(count) + " questions " + where, before + max_connections(count));
    add("an abort of another request " + where, before + record_of(abort, {}, 2));
    add("an id of 0 " + where,
        before + RecordHeader{.type = before.empty() ? begin : params, .request_id = 0}.bytes());
    add("HTTP " + where, before + "GET / HTTP/1.1\r\n\r\n");
  }
  for (std::size_t place = 1; place < places.size(); ++place) {
    const auto& [where, before] = places[place];
    add("a second beginning " + where, before + start);
    add("another request's beginning " + where, before + record_of(begin, "\0\1\1\0\0\0\0\0"s, 2));
    const unsigned type = place <= 2 ? params : body;
    add("another request's record " + where, before + record_of(type, pairs, 2));
    add("a request's id in the other byte " + where, before + record_of(type, pairs, 256));
  }
  for (const std::size_t length : {0U, 7U, 9U, 65'535U})
    add("a beginning of " + std::to_string(length) + " bytes",
        RecordHeader{.type = begin, .content_length = length}.bytes());
  add("a beginning with padding", RecordHeader{.type = begin, .content_length = 8, .padding = 8}.bytes());
  for (const unsigned role : {0U, 2U, 3U, 256U, 257U, 65'535U})
    add("role " + std::to_string(role), begin_request(role));
  add("a body without parameters", start + record_of(body, "x"));
  add("parameters after their end", head + record_of(params, pairs));
  add("the end of the parameters, twice", head + record_of(params, {}));
  add("an end of the parameters with padding", within + RecordHeader{.type = params, .padding = 8}.bytes());
  for (std::size_t size = 1; size < 6; ++size)
    add("parameters that end within the first, after " + std::to_string(size),
        start + record_of(params, pairs.substr(0, size)) + record_of(params, {}));
  add("parameters that end within the last",
      start + record_of(params, pairs.substr(0, pairs.size() - 1)) + record_of(params, {}));
  add("a name of 2 GiB", within + record_of(params, "\xff\xff\xff\xff"));
  add("a value of 2 GiB", within + record_of(params, "\x01\xff\xff\xff\xff"));
  add("a name of more than a MiB", within + record_of(params, "\x80\x10\x00\x01"s));
  std::string many = start;
  for (int i = 0; i < 17; ++i) many += record_of(params, std::string(65'000, '\0'));
  add("more than a MiB of empty parameters", many);
  return all;
}

}  // namespace stile::test
