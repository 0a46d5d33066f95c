// The functions of a server: their slots, and how they go from one build to the next. Knows neither nginx (it asks for
// what it wants published) nor where builds come from. One thread.
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "manifest/deployment.hpp"
#include "supervisor/revision.hpp"
#include "supervisor/slot_runner.hpp"

namespace stile::supervisor {

/// What a change has come to.
struct Outcome {
  std::vector<std::string> replaced;  ///< names of functions
  std::vector<std::string> adjusted;  ///< whose processes go on, and whose numbers nginx has anew
  std::vector<std::string> added;
  std::vector<std::string> removed;
  std::vector<std::string> cleared;  ///< of which no answer is kept any more
  std::vector<std::string>
      held;  ///< of which an earlier build serves still, and the newest is none that is new
  std::vector<std::string> postponed;  ///< settings that differ, and are heard when the server starts again
  std::vector<std::string> failures;   ///< a line each, for a person; what is named there is as it was before

  bool has_changed() const {
    return !replaced.empty() || !adjusted.empty() || !added.empty() || !removed.empty() || !cleared.empty();
  }
};

class Functions {
 public:
  /// Makes the rest of the server (nginx, the list of endpoints) agree with a deployment. `done` follows, with a line
  /// for a person where it could not: then nothing has changed.
  using Publish =
      std::function<void(const Deployment&, std::function<void(std::optional<std::string>)> done)>;
  using OnDone = std::function<void(const Outcome&)>;

  /// Listens for all of them. `environment` is borrowed. Throws Failure.
  Functions(const SlotEnvironment& environment, const Deployment& deployment, Publish publish);

  /// As it is served: where a function's last build did not come up, with the one before.
  Deployment deployment() const;

  /// Serves what has changed in `next`, and only that. Not while another change is under way.
  void change_to(Deployment next, OnDone done);
  /// Puts the build before back, of all functions of that name. Not while another change is under way.
  void roll_back(const std::string& name, OnDone done);
  /// Publishes what is served once more, for something else has changed; `outcome` is what that was. Not while another change is
  /// under way.
  void publish_again(Outcome outcome, OnDone done);
  bool is_changing() const { return change_ != nullptr; }

  /// Each slot ends; environment.on_stopped follows for each of them.
  void stop();
  void kill();
  bool stopped() const;
  /// Slots that have ended while the server goes on are no more.
  void forget_stopped();

  using Visitor =
      std::function<void(const DeployedFunction&, const std::vector<std::unique_ptr<SlotRunner>>&)>;
  void visit(const Visitor& visitor) const;
  /// Puts back the sockets that somebody has deleted. Throws Failure where one can't be.
  void restore_sockets();
  /// Removes what a supervisor that was killed has left in the folder of the sockets, once nginx knows of none of it.
  void remove_strange_sockets(const std::string& folder) const;
  /// The slot of that label; nullptr where there is none.
  SlotRunner* find(const std::string& label) const;
  void on_child_stopped(pid_t pid);
  void on_child_continued(pid_t pid);

 private:
  using Slots = std::vector<std::unique_ptr<SlotRunner>>;
  struct Function {
    std::shared_ptr<const Revision> current;
    std::shared_ptr<const Executable> newest;  // of the build, served or not
    std::deque<std::shared_ptr<const Revision>> before;
    Slots slots;
  };
  // From one to the next, a function after the other: each slot of it, the first one ahead.
  struct Change {
    struct Step {
      std::string route;
      std::shared_ptr<const Revision> target;
      std::vector<SlotRunner*> slots;  // that are to serve it, in the order of its sockets
      Slots fresh;                     // those of them that were not there before
      std::size_t next = 0;
      bool is_new = false;
      bool is_rollback = false;
      EventLoop::Timer next_turn{};
    };
    std::deque<Step> waiting;
    std::list<Step> running;
    std::vector<std::string> gone;  // routes
    Outcome outcome;
    OnDone done;
  };

  void plan(const DeployedFunction& function);
  void choose_slots(Change::Step& step, const Slots& present) const;
  void go_on();
  void renew_next(std::list<Change::Step>::iterator step);
  void on_renewed(std::list<Change::Step>::iterator step, const std::optional<std::string>& failure);
  void finish(Change::Step& step);
  void publish_change();
  void end_change(const std::optional<std::string>& failure);
  void retire(Slots slots);
  template <class Action>
  void for_each_slot(Action action) const;

  const SlotEnvironment& environment_;
  std::string prefix_;
  Publish publish_;
  Executables executables_;
  std::map<std::string, Function> functions_;  // by route
  Slots left_over_;                            // nginx knows them still, and others serve in their place
  Slots retiring_;
  std::unique_ptr<Change> change_;
  EventLoop::Timer later_;
};

}  // namespace stile::supervisor
