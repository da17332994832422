// KeyComparison: compares a key of the ledger with the same key in an import. Internal to commands/.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "commands/import_merge.h"

namespace keyledger::commands {

// Returns "key OWNER/NAME" with the present names.
std::string object_of_key(const ImportContext& context, ledger::KeyNumber key);

// Returns true if the import lets the key in: by the key, its owner, and its account.
bool works_there(const ImportContext& context, const ImportedKey& key, ledger::AccountNumber account);

// Returns the client that an import names in an account; kNoClient if the client was taken away here, and
// nothing if no client has the name.
std::optional<ledger::ClientNumber> client_of_import(const ImportContext& context,
                                                     ledger::AccountNumber account, const std::string& name);

class KeyComparison {
 public:
  // All arguments must outlive this object; `number` is the key of the ledger.
  KeyComparison(ImportContext& context, ledger::KeyNumber number, const ImportedKey& key,
                ledger::AccountNumber account);

  // Reports or takes every difference; adds a new name that is taken to `renames`.
  void run(std::vector<Rename>& renames);

 private:
  Difference difference(DifferenceClass kind, Danger danger, std::string_view field) const;
  bool takes(DifferenceClass kind, Danger danger, std::string_view field, std::optional<std::string> ledger,
             std::optional<std::string> dump,
             Differences::Takeable takeable = Differences::Takeable::kYes) const;

  // Returns false if the key is deleted on a side, so that nothing more can differ.
  bool compare_presence();
  void compare_owner();
  void compare_active();
  void compare_expiry();
  void compare_secret();
  void rotate();
  void compare_name(std::vector<Rename>& renames);
  void compare_texts();
  void compare_rules();
  void compare_assignments();
  void assign_missing(const std::vector<ledger::ClientNumber>& wanted);
  void unassign_surplus(const std::vector<ledger::ClientNumber>& wanted);

  ImportContext& context_;
  ledger::KeyNumber number_;
  const ImportedKey& there_;
  ledger::AccountNumber account_there_;
  projections::Key here_;
  bool works_here_;
  bool works_there_;
};

}  // namespace keyledger::commands
