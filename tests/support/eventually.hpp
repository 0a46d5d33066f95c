// Waiting for what sends no event of its own (a process of somebody else's that ends, a file that appears).
// What does send one has a function that waits for it: Process::wait_for_line(), Process::wait(). Any thread.
#pragma once

#include <chrono>
#include <functional>

namespace stile::test {

/// How long a test waits for what should come at once: long enough for sanitizers on a busy machine.
inline constexpr std::chrono::milliseconds patience{30'000};

/// Asks until `condition` holds or the time is up; returns what it said last.
bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds within = patience);

}  // namespace stile::test
