// `stile status`: shows how the functions of a server do, once or for as long as somebody looks. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace stile::cli {

enum class StatusForm : std::uint8_t { table, live_table, json };

/// Hands out text for standard output. A live table fills the terminal, anew each second, and never returns. Where the server
/// does not answer it shows what its workers have counted, and says so. Throws Failure where there is no server and no
/// worker.
void show_status(const std::string& run_directory, StatusForm form,
                 const std::function<void(std::string_view)>& print);

}  // namespace stile::cli
