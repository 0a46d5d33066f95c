// A NoteQuery as parts of an SQL statement. What clients send is bound, never written into it. Values; one thread.
#pragma once

#include <string>
#include <vector>

#include "_notes/note.hpp"
#include "_notes/statement.hpp"

struct Filter {
  explicit Filter(const NoteQuery& query);

  /// For Page::next: where the note stands, whatever the order.
  static std::string position_of(const Note& note);

  std::string matching;  ///< a condition: what is asked for
  std::string after;     ///< a condition: of that, what comes after the cursor
  std::string order;     ///< for ORDER BY

  void bind_matching(Statement& statement) const;
  void bind_after(Statement& statement) const;

 private:
  std::vector<std::string> matched_;
  std::vector<std::string> passed_;
};
