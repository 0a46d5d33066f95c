// Reads its body.
#include "_wire/trace.hpp"

using namespace stile;

Json POST(const Request& request) {
  Json answer = tell(request);
  answer["length"] = request.body().size();
  return answer;
}
Json DELETE(const Request& request) { return leave_trace(request); }
