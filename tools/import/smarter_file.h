// SmarterFile: Smarter's objects in one dump, joined: accounts, memberships, clients, and Smarter's additions
// to Knox's keys.
//
// The caller passes the objects in turn, then calls link() after the whole file is read, because a reference
// may precede its target. A reference to a missing object, two different rows with one primary key, and a
// Smarter key without its Knox row are kInputInvalid. Values unfit for the ledger are changed and reported.
// One thread; the file's name and text must outlive this object.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "commands/command.h"
#include "ledger/values/error.h"
#include "tools/import/dump_table.h"
#include "tools/import/field_tally.h"
#include "tools/import/smarter_fields.h"
#include "tools/import/smarter_rows.h"
#include "tools/import/unmapped.h"

namespace keyledger::tools::import {

// Returns the username of the auth.user with this identity, or nothing if the file has no such user.
using FindUsername = std::function<std::optional<std::string>(const std::string& identity)>;

class SmarterFile {
 public:
  // `own_account` is the account of the import, for objects without an account. Both arguments must outlive
  // this object.
  SmarterFile(const std::string& own_account, UnmappedList& unmapped)
      : own_account_(own_account), unmapped_(unmapped) {}

  // Adds an object. Returns false if the object is not Smarter's.
  ledger::Result<bool> take(std::string_view file, const DumpObject& object);

  bool is_empty() const { return objects_ == 0; }

  // Resolves all references. Call once, after the last object.
  ledger::Result<void> link(const FindUsername& find_username);

  // Adds Smarter's data to the key of a knox.authtoken. Call once for each knox.authtoken, after link().
  // Returns the place of the object that describes the key.
  ledger::Result<DumpPlace> complete(const DumpPlace& knox, commands::ImportedKey& key);

  // Returns kInputInvalid if a Smarter key had no knox.authtoken. Call after the last complete().
  ledger::Result<void> check_all_complete() const;

  // Reports the fields that the ledger has no place for. Call once, after the last object.
  void report_left_out() const;

  // ---- After link() ----

  // Returns the accounts of all profiles of the user, in the order of the file; empty if the user has none.
  std::vector<std::string> accounts_of(const std::string& username) const;

  struct PlacedAccount {
    DumpPlace place;
    commands::ImportedAccount account;
  };
  // Returns the accounts in the order of the file, with names adapted to the ledger; reports each changed
  // name.
  std::vector<PlacedAccount> accounts();

  // Returns the clients in the order of the file, with their accounts, names and access rules.
  const std::vector<commands::ImportedClient>& clients() const { return clients_; }

 private:
  using TokenRow = DumpTable<SmarterTokenRow>::Row;

  struct Membership {
    std::string username;
    std::string account;  // account number
  };

  ledger::Result<bool> take_account(const DumpPlace& place, const DumpObject& object);
  ledger::Result<bool> take_token(const DumpPlace& place, const DumpObject& object);

  ledger::Result<void> link_profiles(const FindUsername& find_username);
  ledger::Result<void> check_tokens() const;
  ledger::Result<void> link_clients();
  ledger::Result<void> link_assignments();

  DumpPlace complete_from(const TokenRow& row, const std::string& digest, commands::ImportedKey& key);
  ledger::Result<DumpPlace> complete_without(const DumpPlace& knox, commands::ImportedKey& key);
  void settle_account(const TokenRow& row, commands::ImportedKey& key);
  void take_account_of_owner(const DumpPlace& place, commands::ImportedKey& key);
  void assign_clients(const std::string& digest, commands::ImportedKey& key);

  ReportField reporter(const DumpPlace& place);

  const std::string& own_account_;
  UnmappedList& unmapped_;
  std::size_t objects_ = 0;

  std::map<std::string_view, FieldTally> tallies_;  // by model
  DumpTable<AccountRow> accounts_;
  DumpTable<ProfileRow> profiles_;
  DumpTable<SmarterTokenRow> tokens_;  // by the digest's bytes
  DumpTable<ClientRow> client_rows_;
  DumpTable<AssignmentRow> assignments_;

  std::vector<Membership> memberships_;                                    // index by index with profiles_
  std::unordered_map<std::string, std::vector<std::string>> accounts_of_;  // by username
  std::vector<commands::ImportedClient> clients_;                          // index by index with client_rows_
  std::unordered_map<std::string, std::vector<std::size_t>> assigned_;     // assignments_ by digest
  std::vector<bool> completed_;                                            // index by index with tokens_
};

}  // namespace keyledger::tools::import
