// ImportAdditions: the events by which an import adds entities, and the names that are free for the entities.
//
// Knows the catalog together with everything that the events so far have added or freed. Pure. Internal to
// commands/.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "commands/decide_parts.h"

namespace keyledger::commands {

using Refused = std::optional<ledger::Refusal>;

class ImportAdditions {
 public:
  // `own_account` is the account of the import, opened when the first entity needs it.
  ImportAdditions(const projections::Catalog& catalog, std::optional<ledger::AccountNumber> own_account)
      : catalog_(catalog), own_account_(own_account) {}

  void add(ledger::Event event) { events_.push_back(std::move(event)); }
  // Closes the account after all other events of the import.
  void close_last(ledger::AccountNumber account) { closed_last_.push_back(account); }
  std::vector<ledger::Event> take_events();

  // ---- Accounts ----

  bool knows(ledger::AccountNumber account) const {
    return catalog_.find_account(account) != nullptr || opened_.contains(account.value());
  }
  void open(ledger::AccountNumber account, const std::string& name);
  // Opens the account if it is the import's own and unknown. Every other account must be known.
  void need(ledger::AccountNumber account);
  // Returns the account with this number; refuses an account that is neither known nor the import's own.
  Checked<ledger::AccountNumber> account_named(const std::string& text) const;
  // Returns the import's own account for an empty text, else account_named().
  Checked<ledger::AccountNumber> account_or_own(const std::string& text) const;
  // Returns the accounts of a user, each once.
  Checked<std::vector<ledger::AccountNumber>> accounts_of(const ImportedUser& user) const;
  // Refuses to add anything new to a closed account.
  Refused refuse_closed(ledger::AccountNumber account) const;

  // ---- Users ----

  static Refused refuse_username(const std::string& username);
  std::optional<ledger::UserNumber> user_named(const std::string& username) const;
  // Adds a user whom neither the catalog nor this import has.
  Refused add_user(const ImportedUser& user, const std::vector<ledger::AccountNumber>& accounts);

  // ---- Clients ----

  std::optional<ledger::ClientNumber> client_named(ledger::AccountNumber account,
                                                   const std::string& name) const;
  bool is_free_client_name(ledger::AccountNumber account, const std::string& name) const;
  void take_client_name(ledger::AccountNumber account, const std::string& name, ledger::ClientNumber client);
  void free_client_name(ledger::AccountNumber account, const std::string& name);
  // Adds a client under a free name. If the id is taken, refuses with kImportClientElsewhere.
  Checked<ledger::ClientNumber> add_client(const ImportedClient& client, ledger::AccountNumber account,
                                           const std::string& name, const ledger::ClientId& id);
  // Returns the name, or the first of "name_2", "name_3" that is free.
  std::string free_client_name_like(ledger::AccountNumber account, const std::string& name) const;
  // Opens the client after all assignments, because an assignment closes a client.
  void keep_open(ledger::ClientNumber client) { opened_clients_.insert(client.value()); }
  void close(ledger::ClientNumber client);
  // Assigns a key. A client that was opened to the public stays open, unless this import closes the client.
  void assign(ledger::KeyNumber key, ledger::ClientNumber client);

  // ---- Keys ----

  // Refuses a key whose own fields are wrong, without looking at the catalog.
  static Refused refuse_key(const ImportedKey& key);
  bool is_free_key_name(ledger::UserNumber owner, const std::string& name) const;
  void take_key_name(ledger::UserNumber owner, const std::string& name);
  void free_key_name(ledger::UserNumber owner, const std::string& name);
  // Returns the first of "base", "base_2", "base_3" that is free; nothing if no such name is valid.
  std::optional<std::string> free_name_like(ledger::UserNumber owner, const std::string& base);
  // Notes the digest as one of this import. Returns false if the catalog or this import has the digest.
  bool note_digest(const ledger::KeyDigest& digest);
  // Adds a key of a noted digest, assigned to `clients`.
  Refused add_key(const ImportedKey& key, ledger::UserNumber owner, ledger::AccountNumber account,
                  const std::vector<ledger::ClientNumber>& clients);

 private:
  template <typename Scope>
  static std::string scoped(Scope scope, const std::string& name) {
    return std::to_string(scope.value()) + "/" + name;
  }

  // Adds the events of a key after KeyImported: texts, limit, rotations, assignments, deletion.
  Refused add_rest(const ImportedKey& key, ledger::KeyNumber number,
                   const std::vector<ledger::ClientNumber>& clients);
  // Counts upwards until the name is free.
  std::string next_free_name(ledger::UserNumber owner, const std::string& base);

  const projections::Catalog& catalog_;
  std::optional<ledger::AccountNumber> own_account_;
  std::vector<ledger::Event> events_;
  std::vector<ledger::AccountNumber> closed_last_;
  std::uint32_t clients_added_ = 0;
  std::uint32_t keys_added_ = 0;
  boost::unordered_flat_set<std::uint64_t> opened_;
  boost::unordered_flat_map<std::string, ledger::UserNumber> users_;  // added
  // Client names of this import, by account and name; kNoClient: freed by this import.
  boost::unordered_flat_map<std::string, ledger::ClientNumber> client_names_;
  std::set<std::uint32_t> opened_clients_;                             // to be open at the end
  std::set<std::uint32_t> closed_clients_;                             // by this import
  boost::unordered_flat_map<std::string, std::uint32_t> names_tried_;  // by owner and base
  boost::unordered_flat_map<std::string, bool> key_names_;             // by owner and name: true if taken
  boost::unordered_flat_set<ledger::ClientId> client_ids_;
  boost::unordered_flat_set<ledger::KeyId> key_ids_;
  boost::unordered_flat_set<projections::DigestPrefix> digests_;  // added
};

}  // namespace keyledger::commands
