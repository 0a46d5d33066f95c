// A prepared statement of SQLite: bound, stepped, read. Borrows its connection; one thread at a time. Throws
// std::runtime_error with SQLite's words.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

class Statement {
 public:
  Statement(sqlite3* database, std::string_view sql);

  /// Fills in the next "?". Text is copied.
  Statement& bind(std::int64_t value);
  Statement& bind(std::string_view text);
  Statement& bind_optional(const std::optional<std::string>& text);  ///< NULL where there is none

  /// Goes to the next row; false where there is no more.
  bool step();
  std::int64_t integer(int column) const;
  std::string text(int column) const;
  bool is_null(int column) const;

 private:
  void check(int result) const;

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bound_ = 0;
};
