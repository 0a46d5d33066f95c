// Does not ask for its body.
#include "_wire/trace.hpp"

using namespace stile;

Json POST(const Request& request) { return tell(request); }
Json DELETE(const Request& request) { return leave_trace(request); }
