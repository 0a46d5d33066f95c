// Takes JSON alone: what it is sent is refused.
#include "_wire/trace.hpp"

using namespace stile;

Json POST(const Request& request, Body<Json>) { return tell(request); }
Json DELETE(const Request& request) { return leave_trace(request); }
