#include "worker/running_call.hpp"

#include <chrono>

namespace stile::worker {
namespace {

thread_local CurrentCall call_of_this_thread;

std::uint32_t record(lending::Recorder& recorder, const RequestParts& parts) {
  if (!recorder.records()) return lending::Recorder::no_area;
  const auto area = recorder.begin(std::chrono::steady_clock::now(), parts.id, parts.method, parts.uri);
  if (area == lending::Recorder::no_area) return area;
  for (const HeaderField& field : parts.headers) recorder.header(area, field.name, field.value);
  if (!parts.content_type.empty()) recorder.header(area, "CONTENT_TYPE", parts.content_type);
  recorder.body(area, parts.body);
  return area;
}

}  // namespace

CurrentCall& current_call() noexcept { return call_of_this_thread; }

RunningCall::RunningCall(lending::Recorder& recorder, SlowCalls* slow, const RequestParts& parts)
    : recorder_(recorder) {
  if (slow != nullptr) watched_.emplace(*slow, parts.id);
  call_of_this_thread = {record(recorder, parts), parts.id};
}

RunningCall::~RunningCall() {
  recorder_.end(call_of_this_thread.area);
  call_of_this_thread = {};
}

}  // namespace stile::worker
