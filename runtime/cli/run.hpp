// The compiled `stile` as a whole: reads what is asked for, and does it. One thread.
#pragma once

namespace stile::cli {

/// Returns the exit code: 0; 1 for a failure, 2 for a mistake in what was asked, each with one line on
/// standard error.
int run(int count, const char* const* arguments) noexcept;

}  // namespace stile::cli
