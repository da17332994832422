// LedgerModel: a second implementation of the ledger's rules, as simple as possible.
//
// The property test compares the real ledger with this model. The model has no events, entity numbers,
// digests or indexes: lists of plain structs are searched from end to end, secrets are the tokens themselves,
// and each command is tried on a copy of the whole model. The model shares the types of commands and answers
// with the ledger, but no rule. One thread at a time.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "commands/writer.h"
#include "projections/rows.h"
#include "projections/verdict.h"

namespace keyledger::tests {

// A command together with its tokens, which the ledger never sees, in the order of their digests in the
// command.
struct SpokenCommand {
  commands::Command command;
  std::vector<std::string> tokens;
  commands::CommandContext context;
};

struct ModelQuestion {
  std::optional<std::string> token;
  std::string client;
  std::optional<ledger::Address> address;
};

struct ModelVerdict {
  ledger::VerdictReason reason{};
  std::string key_id;     // empty: no key
  std::string client_id;  // empty: no client named, or none found
  bool over_lifetime = false;
  std::optional<ledger::Timestamp> superseded_until;
  std::int64_t retry_after = 0;

  friend bool operator==(const ModelVerdict&, const ModelVerdict&) = default;
};

class LedgerModel {
 public:
  using Refused = std::optional<ledger::RefusalCode>;

  struct Answer {
    Refused refused;
    bool repeated = false;
    bool changed = false;
  };

  struct Account {
    std::string number;
    std::string name;
    ledger::Timestamp opened;
    bool closed = false;
    friend bool operator==(const Account&, const Account&) = default;
  };
  struct User {
    std::string username;
    bool staff = false;
    bool active = true;
    bool removed = false;
    ledger::Timestamp registered;
    std::vector<std::string> accounts;
    friend bool operator==(const User&, const User&) = default;
  };
  struct Client {
    std::string id;
    std::string account;
    std::string name;
    ledger::Timestamp registered;
    bool removed = false;
    bool requires_key = false;
    projections::Usage usage;
    friend bool operator==(const Client&, const Client&) = default;
  };
  struct Secret {
    ledger::DigestScheme scheme{};
    std::string token;
    std::optional<ledger::Timestamp> until;  // the last moment of a superseded secret; empty: not superseded
    friend bool operator==(const Secret&, const Secret&) = default;
  };
  struct Key {
    std::string id;
    std::string owner;
    std::string account;
    std::string name;
    std::string description;
    std::vector<std::string> tags;
    std::vector<ledger::Annotation> annotations;
    std::vector<Secret> secrets;  // the current one is last
    ledger::Timestamp created;
    std::optional<ledger::Timestamp> expiry;
    bool active = true;
    bool deleted = false;
    bool imported = false;
    std::optional<ledger::RateLimit> limit;
    std::vector<ledger::AddressRange> allow;
    std::uint32_t version = 1;
    // The leaky bucket: its content at `bucket_at`, in microseconds of uses.
    std::int64_t bucket = 0;
    ledger::Timestamp bucket_at;
    projections::Usage usage;
    friend bool operator==(const Key&, const Key&) = default;
  };

  // Applies the command. If the command is refused, nothing changes.
  Answer apply(const SpokenCommand& spoken, ledger::Timestamp now);

  // Returns the verdict on a question, without counting the use: see note().
  ModelVerdict judge(const ModelQuestion& question, ledger::Timestamp now) const;
  // Records that the verdict has been given.
  void note(const ModelVerdict& verdict, ledger::Timestamp now);

  // Returns the expiry after a use at the time `use` by auto refresh; nothing if the expiry stays.
  std::optional<ledger::Timestamp> refreshed(const Key& key, ledger::Timestamp use) const;

  projections::ActiveKeys active_keys_of(const Client& client, ledger::Timestamp now) const;
  // Return the rows of a list. A key's row has no identifier.
  projections::AccountRow row(const Account& account) const;
  projections::UserRow row(const User& user) const;
  projections::ClientRow row(const Client& client, ledger::Timestamp now) const;
  projections::KeyRow row(const Key& key, ledger::Timestamp now) const;

  // Returns the times at which secrets, keys, limits or refreshes end or begin.
  std::vector<ledger::Timestamp> instants(ledger::Timestamp now) const;

  const std::vector<Account>& accounts() const { return accounts_; }
  const std::vector<User>& users() const { return users_; }
  const std::vector<Client>& clients() const { return clients_; }
  const std::vector<Key>& keys() const { return keys_; }
  const ledger::Policy& policy() const { return policy_; }
  // Returns the number of refused questions without a key, by reason.
  const std::map<ledger::VerdictReason, std::uint64_t>& strangers() const { return strangers_; }

  friend bool operator==(const LedgerModel&, const LedgerModel&) = default;

 private:
  struct Attempt;
  struct ImportAttempt;

  Account* account(const std::string& number);
  User* user(const std::string& username);
  const Account* account(const std::string& number) const;
  const User* user(const std::string& username) const;
  const Key* key(const std::string& id) const;
  const Key* key_with(const std::string& token, const Secret*& secret) const;
  std::vector<const Client*> clients_named(const std::string& text) const;
  bool is_closed(const std::string& number) const;
  bool is_member(const std::string& username, const std::string& account) const;
  ledger::Timestamp last_moment(const Key& key) const;
  ledger::VerdictReason judge_key(const Key& key, ledger::Timestamp now) const;
  ModelVerdict judge_nobody(const ModelQuestion& question) const;
  std::int64_t wait_of(const Key& key, ledger::Timestamp now) const;
  bool works(const Key& key, ledger::Timestamp now) const;

  std::vector<Account> accounts_;
  std::vector<User> users_;
  std::vector<Client> clients_;
  std::vector<Key> keys_;
  std::set<std::pair<std::string, std::string>> assignments_;  // key_id, client_id
  ledger::Policy policy_;
  std::map<std::string, commands::Command> answered_;  // by idempotency id
  std::map<ledger::VerdictReason, std::uint64_t> strangers_;
};

// A second implementation of the rules for texts.
bool model_is_text(const std::string& text);
bool model_is_name(const std::string& text, std::size_t bytes_max);
bool model_is_username(const std::string& text);
bool model_is_uuid(const std::string& text);
bool model_is_account_number(const std::string& text);
std::string model_lower_case(std::string text);

}  // namespace keyledger::tests
