// LedgerDice: draws random commands and questions for a property test, from a small world.
//
// The world has few accounts, users, clients and names, so that commands often concern equal entities and
// meet every kind of refusal. The draws depend only on the seed and the model. One thread at a time.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "tests/support/ledger_model.h"

namespace keyledger::tests {

class LedgerDice {
 public:
  explicit LedgerDice(std::uint64_t seed) : random_(seed) {}

  // Returns a number from 0 to `end` - 1.
  std::uint64_t pick(std::uint64_t end) {
    return std::uniform_int_distribution<std::uint64_t>(0, end - 1)(random_);
  }
  bool one_in(std::uint64_t chances) { return pick(chances) == 0; }
  template <typename T>
  const T& one_of(const std::vector<T>& all) {
    return all[pick(all.size())];
  }

  // Returns a command for a ledger in the state of `model`, at the time `now`.
  SpokenCommand command(const LedgerModel& model, ledger::Timestamp now);
  // Returns the command for step `step` of the beginning, which makes the entities for later commands.
  SpokenCommand beginning(std::size_t step);

  // Returns a question, mostly about a known token.
  ModelQuestion question(const LedgerModel& model);

  // Returns the next time: usually a little later, now and then exactly when something ends, or just after
  // that.
  ledger::Timestamp moment_after(const LedgerModel& model, ledger::Timestamp now);

 private:
  using Command = commands::Command;

  Command draw(const LedgerModel& model, SpokenCommand& spoken);
  Command draw_of_account(const LedgerModel& model);
  Command draw_of_client(const LedgerModel& model);
  Command draw_of_key(const LedgerModel& model, SpokenCommand& spoken);
  Command draw_assignment(const LedgerModel& model);
  Command draw_policy();
  Command draw_set_user(const LedgerModel& model);
  Command draw_create(const LedgerModel& model, SpokenCommand& spoken);
  Command draw_edit(const LedgerModel& model);
  Command draw_import(const LedgerModel& model, SpokenCommand& spoken);
  commands::ImportedUser imported_user(const LedgerModel& model);
  commands::ImportedClient imported_client();
  commands::ImportedKey imported_key(const LedgerModel& model, const commands::ImportKeys& import,
                                     SpokenCommand& spoken);
  void complete_context(const LedgerModel& model, SpokenCommand& spoken);

  std::string account();
  std::string name();
  std::string username();
  std::string key(const LedgerModel& model);
  std::string client(const LedgerModel& model);
  std::string description();
  std::vector<std::string> tags();
  std::vector<ledger::Annotation> annotations();
  std::optional<ledger::Timestamp> expiry();
  std::optional<ledger::RateLimit> limit();
  std::vector<ledger::AddressRange> allow_list();
  ledger::StaffFlag staff() { return one_in(3) ? ledger::StaffFlag::kNotStaff : ledger::StaffFlag::kStaff; }
  ledger::ActiveFlag active() {
    return one_in(5) ? ledger::ActiveFlag::kInactive : ledger::ActiveFlag::kActive;
  }

  template <typename Id>
  Id fresh_id() {
    return fresh_.make<Id>(++drawn_);
  }
  std::string fresh_token();
  std::string mistyped(std::string token);
  // Returns a token in a form of Knox, from a set small enough for repetitions.
  std::string foreign_token();
  ledger::KeyDigest digest_of(const std::string& token, SpokenCommand& spoken);

  struct IdMaker {
    template <typename Id>
    Id make(std::uint32_t number) const {
      Id id;
      id.uuid.data[0] = 0xdd;
      for (std::size_t i = 0; i < 4; ++i) id.uuid.data[12 + i] = static_cast<std::uint8_t>(number >> (8 * i));
      return id;
    }
  };

  std::mt19937_64 random_;
  IdMaker fresh_;
  std::uint32_t drawn_ = 0;
  ledger::Timestamp now_;
  std::vector<std::string> tokens_;     // every token drawn so far
  std::vector<SpokenCommand> with_id_;  // commands with an idempotency id
};

}  // namespace keyledger::tests
