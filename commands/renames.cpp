#include "commands/renames.h"

#include <boost/unordered/unordered_flat_map.hpp>
#include <optional>
#include <utility>

namespace keyledger::commands {

namespace {

class RenameQueue {
 public:
  RenameQueue(std::vector<Rename> renames, const RenameRules& rules)
      : renames_(std::move(renames)), done_(renames_.size()), seen_(renames_.size()), rules_(rules) {
    for (std::size_t i = 0; i < renames_.size(); ++i) {
      by_target_.try_emplace(scoped(renames_[i].scope, renames_[i].to), i);
      by_source_.try_emplace(scoped(renames_[i].scope, renames_[i].from), i);
    }
  }

  std::vector<Rename> run() {
    for (std::size_t i = 0; i < renames_.size(); ++i) follow(i);
    for (std::size_t i = 0; i < renames_.size(); ++i) {
      if (const auto circle = find_circle(i, i + 1)) break_circle(*circle);
    }
    std::vector<Rename> left;
    for (std::size_t i = 0; i < renames_.size(); ++i) {
      if (!done_[i]) left.push_back(std::move(renames_[i]));
    }
    return left;
  }

 private:
  static std::string scoped(std::uint64_t scope, const std::string& name) {
    return std::to_string(scope) + "/" + name;
  }

  // Carries out the rename if its name is free, then the rename that waits for the name that became free, and
  // so on.
  void follow(std::size_t next) {
    while (!done_[next] && rules_.is_free(renames_[next].scope, renames_[next].to)) {
      const Rename& rename = renames_[next];
      rules_.rename(rename, rename.to);
      done_[next] = true;
      const auto waiting = by_target_.find(scoped(rename.scope, rename.from));
      if (waiting == by_target_.end()) return;
      next = waiting->second;
    }
  }

  // Walks from a rename to the rename that holds its name, and on. Returns a rename of a circle that no
  // earlier walk has seen; `walk` must be another number for each walk.
  std::optional<std::size_t> find_circle(std::size_t at, std::size_t walk) {
    while (!done_[at] && seen_[at] == 0) {
      seen_[at] = walk;
      const auto holder = by_source_.find(scoped(renames_[at].scope, renames_[at].to));
      if (holder == by_source_.end()) return std::nullopt;
      at = holder->second;
    }
    return !done_[at] && seen_[at] == walk ? std::optional(at) : std::nullopt;
  }

  void break_circle(std::size_t begin) {
    Rename& first = renames_[begin];
    const std::string between = rules_.free_like(first.scope, first.to);
    rules_.rename(first, between);
    const auto waiting = by_target_.find(scoped(first.scope, first.from));
    first.from = between;
    if (waiting != by_target_.end()) follow(waiting->second);
    follow(begin);
  }

  std::vector<Rename> renames_;
  std::vector<bool> done_;
  std::vector<std::size_t> seen_;  // by the walk of this number; 0: by none
  const RenameRules& rules_;
  boost::unordered_flat_map<std::string, std::size_t> by_target_;
  boost::unordered_flat_map<std::string, std::size_t> by_source_;
};

}  // namespace

std::vector<Rename> carry_out(std::vector<Rename> renames, const RenameRules& rules) {
  return RenameQueue(std::move(renames), rules).run();
}

}  // namespace keyledger::commands
