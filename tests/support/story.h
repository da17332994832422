// Story: a ledger in memory, built event by event, for tests that begin with given events.
//
// Each add appends one record at the next position and applies the record to the state at once; an impossible
// record fails the test. Entities receive numbers and ids in order, so that equal stories give equal states.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ledger/record.h"
#include "projections/state.h"

namespace keyledger::tests {

constexpr ledger::Timestamp kStoryBegins{1'800'000'000'000'000};

struct KeyOptions {
  std::optional<ledger::Timestamp> expiry{};
  std::optional<ledger::Timestamp> created{};       // none: now
  std::optional<ledger::ActiveFlag> imported_as{};  // none: the key is created, not imported
  std::optional<ledger::KeyDigest> digest{};        // none: the digest of token_of(name)
};

class Story {
 public:
  // Appends one record at the story's current time; fills in the record's index and position.
  ledger::Record add(ledger::Record record);
  ledger::Record add(ledger::Event event);
  // Applies a possibly invalid event and returns the state's result. After a failure the story must not
  // continue.
  ledger::Result<void> try_add(ledger::Event event);

  // Add an entity and return the entity's number.
  ledger::AccountNumber account(std::uint64_t number);
  ledger::UserNumber user(const std::string& name, ledger::AccountNumber account,
                          ledger::StaffFlag staff = ledger::StaffFlag::kStaff,
                          ledger::ActiveFlag active = ledger::ActiveFlag::kActive);
  ledger::ClientNumber client(const std::string& name, ledger::AccountNumber account);
  ledger::KeyNumber key(const std::string& name, ledger::UserNumber owner, ledger::AccountNumber account,
                        const KeyOptions& options = {});

  // Returns the token of the key added under this name, unless the key was given another digest.
  static std::string token_of(const std::string& name);
  static ledger::KeyId key_id_of(ledger::KeyNumber key);
  static ledger::ClientId client_id_of(ledger::ClientNumber client);

  ledger::Timestamp now() const { return now_; }
  void pass(std::int64_t microseconds) { now_ = ledger::later_by(now_, microseconds); }

  const projections::State& state() const { return state_; }
  // Returns a second, equal state, built from the records, for tests with a state of their own.
  projections::State replayed() const;
  const projections::Access& access() const { return state_.access; }
  const projections::Catalog& catalog() const { return state_.catalog; }
  const std::vector<ledger::Record>& records() const { return records_; }

 private:
  ledger::Timestamp now_ = kStoryBegins;
  ledger::Position next_{1};
  projections::State state_;
  std::vector<ledger::Record> records_;
};

}  // namespace keyledger::tests
