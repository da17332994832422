// SmarterFile: what one dump holds of Smarter, joined: accounts, memberships, clients, and what Smarter adds
// to Knox's keys.
//
// Fed object by object, then linked once the whole file is read, because a reference may come before what it
// refers to. A reference to what is not in the file, two rows of one primary key that differ, and a Smarter
// key without its Knox row are kInputInvalid. What the ledger cannot hold as it is, is reported. One thread;
// the file's name and text outlive it.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "commands/command.h"
#include "ledger/values/error.h"
#include "tools/import/dump_table.h"
#include "tools/import/smarter_fields.h"
#include "tools/import/smarter_rows.h"
#include "tools/import/unmapped.h"

namespace keyledger::tools::import {

// The username of the auth.user that a reference means; nothing if the file has none.
using FindUsername = std::function<std::optional<std::string>(const std::string& identity)>;

class SmarterFile {
 public:
  // `own_account` is that of the import, for what belongs to no other. Both outlive the object.
  SmarterFile(const std::string& own_account, UnmappedList& unmapped)
      : own_account_(own_account), unmapped_(unmapped) {}

  // False if the object is none of Smarter's.
  ledger::Result<bool> take(std::string_view file, const DumpObject& object);

  bool is_empty() const { return objects_ == 0; }

  // Once, after the last object.
  ledger::Result<void> link(const FindUsername& find_username);

  // Once for each knox.authtoken, after link(): gives it what Smarter knows of it. Returns the place that
  // says what the key is.
  ledger::Result<DumpPlace> complete(const DumpPlace& knox, commands::ImportedKey& key);

  // After the last of them.
  ledger::Result<void> check_all_complete() const;

  // ---- After link() ----

  // Of all of the user's profiles, in the order of the file; empty if he has none.
  std::vector<std::string> accounts_of(const std::string& username) const;

  struct PlacedAccount {
    DumpPlace place;
    commands::ImportedAccount account;
  };
  std::vector<PlacedAccount> accounts();

  const std::vector<commands::ImportedClient>& clients() const { return clients_; }

 private:
  using TokenRow = DumpTable<SmarterTokenRow>::Row;

  struct Membership {
    std::string username;
    std::string account;  // number
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

  DumpTable<AccountRow> accounts_;
  DumpTable<ProfileRow> profiles_;
  DumpTable<SmarterTokenRow> tokens_;  // by the digest's bytes
  DumpTable<ClientRow> client_rows_;
  DumpTable<AssignmentRow> assignments_;

  std::vector<Membership> memberships_;                                    // of profiles_
  std::unordered_map<std::string, std::vector<std::string>> accounts_of_;  // by username
  std::vector<commands::ImportedClient> clients_;                          // of client_rows_
  std::unordered_map<std::string, std::vector<std::size_t>> assigned_;     // by digest: of assignments_
  std::vector<bool> completed_;                                            // of tokens_
};

}  // namespace keyledger::tools::import
