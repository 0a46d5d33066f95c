// What `stile logs` prints: the last lines of a server's log, as its run directory keeps them. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace stile::cli {

/// Whether a line is about that function: one of the function's own or of its workers' ends ("TIME LEVEL NAME ..."), or
/// of nginx's access log ("function":"ID"). Pure.
bool is_line_of(std::string_view line, std::string_view name, std::string_view id);

enum class Follow : std::uint8_t { no, yes };
/// An empty `name`: all lines. With Follow::yes it goes on with what is written from now on, and never returns. Throws
/// Failure.
void show_logs(const std::string& run_directory, const std::string& name, Follow follow);

}  // namespace stile::cli
