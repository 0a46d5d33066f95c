// Where a thread is, and what that is called: the program's own names, also those that are local to a file, from its
// symbol table; others as the dynamic linker knows them. Knows no request. All but prepare_backtraces() may be called by
// signal handlers, in any thread: no lock of this program's, no memory of malloc's.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace stile::worker {

inline constexpr std::size_t most_frames = 64;

/// Once, before the others: what they need is loaded now.
void prepare_backtraces();

/// The frames of the thread that a signal interrupted, the innermost first. `context`: the third argument of the
/// handler that calls this. Returns those of `room` that it filled.
std::span<void*> interrupted_frames(void* context, std::span<void*> room) noexcept;

/// "name+0x12", "name+0x12 (libc.so.6)" or "0x1234"; names as the linker has them. `innermost`: not a place that a call
/// returns to.
std::string_view describe_frame(void* frame, bool innermost, std::span<char> room) noexcept;

}  // namespace stile::worker
