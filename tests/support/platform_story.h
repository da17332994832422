// PlatformStory: a platform that lives on beside a ledger, with a nightly import, for the test of many
// nights.
//
// Three things are kept apart: the platform with its own verdicts, the real ledger, and an expectation of the
// ledger that follows from the rules of imports alone, without events or reports. Everything random comes
// from the seed. One thread at a time.
#pragma once

#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "commands/command.h"
#include "commands/decide.h"
#include "tests/support/story.h"

namespace keyledger::tests {

class PlatformStory {
 public:
  explicit PlatformStory(std::uint64_t seed) : random_(seed) {}

  // Changes the platform and the ledger at random; a day passes.
  void live_a_day();
  // Imports the dump of this night. Afterwards report() is the report of the import.
  void import(commands::DifferenceSet take = {});
  // Removes on the platform what operators removed in the ledger, and gives users of a changed name one
  // state.
  void settle_by_hand();

  // The questions are every token for every client and for none, and no token for every client.
  struct Answers {
    std::vector<bool> allowed;
    friend bool operator==(const Answers&, const Answers&) = default;
  };
  Answers of_ledger() const;
  Answers expected() const;
  Answers of_platform() const;

  const commands::ImportReport& report() const { return report_; }
  // Returns the rows of the report that are not of the class.
  std::vector<commands::Difference> rows_without(commands::DifferenceClass ignored) const;
  std::size_t dangers() const;
  // Returns the comparison of tonight's dump with the ledger, which changes nothing.
  commands::ImportReport compare() const;

 private:
  using KeyAndClient = std::pair<std::size_t, std::size_t>;

  struct Person {
    std::string username;
    bool active = true;
    bool exists = true;
  };
  struct Key {
    std::size_t person = 0;
    std::string name;
    bool active = true;
    bool exists = true;
    std::optional<ledger::Timestamp> expiry;
  };
  struct Client {
    std::string name;
    bool exists = true;
  };

  // The expectation of the ledger.
  struct KnownUser {
    bool active = true;
    bool removed = false;
    bool member = true;
  };
  struct KnownKey {
    std::string owner;
    bool active = true;
    bool deleted = false;
    std::optional<ledger::Timestamp> expiry;
  };
  struct KnownClient {
    bool removed = false;
    bool opened = false;
    bool requires_key = false;
  };

  std::size_t pick(std::size_t count) {
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_);
  }
  bool one_in(std::size_t count) { return pick(count) == 0; }
  ledger::Timestamp moment();

  void change_platform();
  void change_platform_keys(std::size_t key);
  void change_platform_clients();
  void rename_person(Person& person);
  void change_ledger();
  void change_ledger_key(std::size_t key);
  void change_ledger_user(const std::string& username);
  void change_ledger_client(std::size_t client);
  void change_ledger_assignment(std::size_t key, std::size_t client);
  void command(const commands::Command& command);

  bool is_assigned_there(std::size_t client) const;
  bool works_there(std::size_t key) const;
  bool works_here(std::size_t key) const;
  commands::ImportKeys dump() const;
  void expect_import();
  void expect_clients();
  void expect_keys();
  void expect_new_assignments(std::size_t key, bool is_new);
  void expect_taken(commands::DifferenceSet take);
  void expect_taken_keys(commands::DifferenceSet take);
  void assign_here(const KeyAndClient& pair);

  static std::string token_of(std::size_t key);
  static std::string key_id_of(std::size_t key);
  static std::string client_id_of(std::size_t client);

  std::mt19937_64 random_;
  Story story_;
  commands::ImportReport report_;

  std::vector<Person> people_;
  std::vector<Key> keys_;
  std::vector<Client> clients_;
  std::set<KeyAndClient> assigned_;

  std::map<std::string, KnownUser> known_users_;
  std::map<std::size_t, KnownKey> known_keys_;
  std::map<std::size_t, KnownClient> known_clients_;
  std::set<KeyAndClient> known_assigned_;
  std::set<KeyAndClient> unassigned_by_operators_;
};

}  // namespace keyledger::tests
