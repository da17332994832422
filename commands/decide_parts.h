// Functions that several decisions use: finding entities by name, and checking the fields of a key. Pure.
// Internal to commands/.
#pragma once

#include <limits>
#include <string>
#include <string_view>

#include "commands/command.h"
#include "commands/decision.h"
#include "projections/catalog.h"

namespace keyledger::commands {

template <typename T>
using Checked = ledger::Result<T, ledger::Refusal>;

inline ledger::Refusal refuse(ledger::RefusalCode code, std::string_view subject) {
  return {code, std::string(subject)};
}

Checked<ledger::AccountNumber> existing_account(const projections::Catalog& catalog, const std::string& text);
// Refuses a closed account, because nothing new may be added to a closed account.
Checked<ledger::AccountNumber> open_account(const projections::Catalog& catalog, const std::string& text);
// Refuses a removed user; present_client() refuses a removed client.
Checked<ledger::UserNumber> present_user(const projections::Catalog& catalog, const std::string& username);
Checked<ledger::ClientNumber> existing_client(const projections::Catalog& catalog, const std::string& text);
Checked<ledger::ClientNumber> present_client(const projections::Catalog& catalog, const std::string& text);
Checked<ledger::KeyNumber> existing_key(const projections::Catalog& catalog, const std::string& text);
Checked<ledger::KeyNumber> undeleted_key(const projections::Catalog& catalog, const std::string& text);

bool is_closed(const projections::Catalog& catalog, ledger::AccountNumber account);

// True if there is no number left for a further entity of this kind.
template <typename Number>
bool is_full(std::size_t count) {
  return count >= std::numeric_limits<typename Number::Value>::max() - 1;
}

// The texts of a key, in a command or in an import.
struct KeyTexts {
  std::string_view description;
  const std::vector<std::string>& tags;
  const std::vector<ledger::Annotation>& annotations;
};
std::optional<ledger::Refusal> refuse_texts(const KeyTexts& texts);
std::optional<ledger::Refusal> refuse_limit(const std::optional<ledger::RateLimit>& limit);
std::optional<ledger::Refusal> refuse_allow_list(const std::vector<ledger::AddressRange>& ranges);

// Appends the events for the texts of a key: KeyDescribed, and KeyAnnotated for each further portion of the
// annotations, so that every event fits into a record.
void add_description(ledger::KeyDescribed described, std::vector<ledger::Event>& events);

// One decision for each command: accounts, users, clients, keys, the policy, imports.
Decided decide_on(const projections::Catalog& catalog, const OpenAccount& command, ledger::Timestamp now);
Decided decide_on(const projections::Catalog& catalog, const RenameAccount& command, ledger::Timestamp now);
Decided decide_on(const projections::Catalog& catalog, const CloseAccount& command, ledger::Timestamp now);
Decided decide_on(const projections::Catalog& catalog, const RegisterUser& command, ledger::Timestamp now);
Decided decide_on(const projections::Catalog& catalog, const SetUser& command, ledger::Timestamp now);
Decided decide_on(const projections::Catalog& catalog, const RemoveUser& command, ledger::Timestamp now);
Decided decide_on(const projections::Catalog& catalog, const RegisterClient& command, ledger::Timestamp now);
Decided decide_on(const projections::Catalog& catalog, const RenameClient& command, ledger::Timestamp now);
Decided decide_on(const projections::Catalog& catalog, const OpenClientToPublic& command,
                  ledger::Timestamp now);
Decided decide_on(const projections::Catalog& catalog, const CloseClientToPublic& command,
                  ledger::Timestamp now);
Decided decide_on(const projections::Catalog& catalog, const RemoveClient& command, ledger::Timestamp now);
Decided decide_on(const projections::Catalog& catalog, const CreateKey& command, ledger::Timestamp now);
Decided decide_on(const projections::Catalog& catalog, const EditKey& command, ledger::Timestamp now);
Decided decide_on(const projections::Catalog& catalog, const RotateKey& command, ledger::Timestamp now);
Decided decide_on(const projections::Catalog& catalog, const ActivateKey& command, ledger::Timestamp now);
Decided decide_on(const projections::Catalog& catalog, const DeactivateKey& command, ledger::Timestamp now);
Decided decide_on(const projections::Catalog& catalog, const ToggleKey& command, ledger::Timestamp now);
Decided decide_on(const projections::Catalog& catalog, const DeleteKey& command, ledger::Timestamp now);
Decided decide_on(const projections::Catalog& catalog, const AssignKey& command, ledger::Timestamp now);
Decided decide_on(const projections::Catalog& catalog, const UnassignKey& command, ledger::Timestamp now);
Decided decide_on(const projections::Catalog& catalog, const RefreshKeys& command, ledger::Timestamp now);
Decided decide_on(const projections::Catalog& catalog, const ChangePolicy& command, ledger::Timestamp now);
Decided decide_on(const projections::Catalog& catalog, const ImportKeys& command, ledger::Timestamp now);

}  // namespace keyledger::commands
