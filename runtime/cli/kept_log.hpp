// The log that a server keeps in its run directory (log, and log.1 before it), for `stile logs`. Knows the form of its
// lines, not what they say. One thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace stile::cli {

/// Whether a line, "TIME LEVEL SOURCE REQUEST TEXT", is of that source: a function's name, "nginx" or "stile". Pure.
bool is_line_of(std::string_view line, std::string_view source);

/// Hands out the whole lines of the log, oldest first, each with its newline, only those of `source` unless that is empty.
/// With `follow` it goes on as they are written, over each change of files, until the run directory is gone; it waits
/// without asking. Throws Failure where there is no log, or it can't be read.
void read_kept_log(const std::string& run_directory, const std::string& source, bool follow,
                   const std::function<void(std::string_view lines)>& take);

}  // namespace stile::cli
