// ImportMerge: decides an import for a caller with a report.
//
// The import adds new entities. A dump also adds relations of known entities. Every other difference is
// reported, or taken if the command names the class (docs/decisions/0028). Accounts come first, then users,
// clients and keys, because later objects refer to earlier objects. Pure. Internal to commands/.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "commands/difference.h"
#include "commands/import_additions.h"
#include "commands/renames.h"

namespace keyledger::commands {

// Shared by all parts of an import.
struct ImportContext {
  const projections::Catalog& catalog;
  const ImportKeys& command;
  std::optional<ledger::AccountNumber> own_account;
  ledger::Timestamp now;
  ImportAdditions additions;
  Differences differences;
  // Accounts that the dump uses.
  boost::unordered_flat_set<std::uint64_t> scope = {};
  boost::unordered_flat_set<std::uint64_t> closed_there = {};
  // Inactive or removed users of the import.
  boost::unordered_flat_set<std::string_view> inactive_there = {};
  // Clients of the import by "ACCOUNT/NAME", with the names in the import; kNoClient: taken away here.
  boost::unordered_flat_map<std::string, ledger::ClientNumber> clients = {};
  boost::unordered_flat_set<std::uint32_t> known_clients = {};  // also in the import

  bool is_dump() const { return command.origin == ImportOrigin::kDump; }
  bool is_in_scope(ledger::AccountNumber account) const {
    return !is_dump() || scope.contains(account.value());
  }
  // Returns true if nothing can be added to the account. A closed account accepts no key, and therefore takes
  // records.
  bool is_shut(ledger::AccountNumber account) const { return is_dump() && is_closed(catalog, account); }
  bool works_here(ledger::KeyNumber key) const;
  bool takes(Difference difference, Differences::Takeable takeable = Differences::Takeable::kYes) {
    return differences.takes(std::move(difference), takeable);
  }
};

// Returns kWorksHere if only `here`, kWorksThere if only `there`.
Danger danger_of(bool here, bool there);

std::string_view true_or_false(bool value);

class ImportMerge {
 public:
  ImportMerge(const projections::Catalog& catalog, const ImportKeys& command,
              std::optional<ledger::AccountNumber> own_account, ledger::Timestamp now);

  // Call once.
  Decided decide();

 private:
  Refused add(const ImportedAccount& account);
  void compare(const projections::Account& known, const ImportedAccount& account);

  Refused add(const ImportedUser& user);
  void compare(ledger::UserNumber number, const ImportedUser& user,
               const std::vector<ledger::AccountNumber>& accounts);
  void compare_flags(ledger::UserNumber number, const ImportedUser& user);
  void join(ledger::UserNumber number, const ImportedUser& user,
            const std::vector<ledger::AccountNumber>& accounts);
  void leave(ledger::UserNumber number, const ImportedUser& user,
             const std::vector<ledger::AccountNumber>& accounts);
  bool is_same_person(ledger::UserNumber number, const std::vector<ledger::AccountNumber>& accounts) const;

  void compare_policy(const ledger::Policy& policy);
  void note_scope();
  void note_users();

  ImportContext context_;
  boost::unordered_flat_set<std::uint64_t> seen_accounts_;
  boost::unordered_flat_set<std::string_view> seen_users_;
};

// Decides the clients of an import, and the keys of an import.
Refused merge_clients(ImportContext& context);
Refused merge_keys(ImportContext& context);

}  // namespace keyledger::commands
