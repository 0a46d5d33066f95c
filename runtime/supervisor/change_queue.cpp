#include "supervisor/change_queue.hpp"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "manifest/text.hpp"

namespace stile::supervisor {

using namespace std::chrono_literals;

std::string summary(const Outcome& outcome) {
  std::string text;
  const auto add = [&text](const char* what, const std::vector<std::string>& names) {
    if (!names.empty()) text += fmt::format("{}{} {}", text.empty() ? "" : "; ", what, comma_list(names));
  };
  add("replaced", outcome.replaced);
  add("other settings for", outcome.adjusted);
  add("added", outcome.added);
  add("removed", outcome.removed);
  add("no answer is kept any more of", outcome.cleared);
  if (!outcome.has_changed()) text = "nothing has changed";
  if (!outcome.held.empty())
    text +=
        fmt::format("; an earlier build serves, until there is another one: {}", comma_list(outcome.held));
  if (!outcome.postponed.empty())
    text += fmt::format("; heard when the server starts again: {}", comma_list(outcome.postponed));
  return text;
}

std::optional<std::string> failure_of(const Outcome& outcome) {
  if (outcome.failures.empty()) return std::nullopt;
  std::string failures;
  for (const auto& failure : outcome.failures) failures += (failures.empty() ? "" : "; ") + failure;
  return failures + " (" + summary(outcome) + ")";
}

std::string answer_of(const std::optional<std::string>& failure, const std::string& message) {
  return nlohmann::json{{"ok", !failure}, {"message", failure.value_or(message)}}.dump(
      -1, ' ', false, nlohmann::json::error_handler_t::replace);
}

ChangeQueue::ChangeQueue(EventLoop& loop, Log& log, Change reload)
    : loop_(loop), log_(log), reload_(std::move(reload)) {}

ChangeQueue::Entry& ChangeQueue::last_reload() {
  if (entries_.empty() || !entries_.back().is_reload) entries_.push_back({reload_, {}, true, false});
  return entries_.back();
}

void ChangeQueue::reload(ControlSocket::Answer answer) {
  auto& entry = last_reload();
  entry.was_asked_for = true;
  entry.answers.push_back(std::move(answer));
  next();
}

void ChangeQueue::reload() {
  last_reload();
  next();
}

void ChangeQueue::add(Change change, ControlSocket::Answer answer) {
  entries_.push_back({std::move(change), {std::move(answer)}, false, true});
  next();
}

void ChangeQueue::start() {
  is_open_ = true;
  next();
}

void ChangeQueue::stop() { is_open_ = false; }

// In the next turn: those that come together are one.
void ChangeQueue::next() {
  if (is_changing_ || entries_.empty() || !is_open_) return;
  is_changing_ = true;
  turn_ = loop_.after(0s, [this] {
    const auto entry = std::move(entries_.front());
    entries_.pop_front();
    perform(entry);
  });
}

void ChangeQueue::perform(const Entry& entry) {
  entry.change([this, entry](const Outcome& outcome) {
    const auto message = summary(outcome);
    const auto failure = failure_of(outcome);
    if (failure) {
      log_.error("not all of what was asked for is served: {}", *failure);
    } else if (entry.was_asked_for || outcome.has_changed()) {
      log_.info("reload: {}", message);
    }
    for (const auto& answer : entry.answers) answer(answer_of(failure, message));
    turn_ = loop_.after(0s, [this] {
      is_changing_ = false;
      next();
    });
  });
}

}  // namespace stile::supervisor
