// What the decisions share: entities by their names, and what may be said of a key. Pure; internal to
// commands/.
#pragma once

#include <limits>
#include <string>
#include <string_view>

#include "commands/decide.h"

namespace keyledger::commands {

template <typename T>
using Checked = ledger::Result<T, ledger::Refusal>;

inline ledger::Refusal refuse(ledger::RefusalCode code, std::string_view subject) {
  return {code, std::string(subject)};
}

Checked<ledger::AccountNumber> existing_account(const projections::Catalog& catalog, const std::string& text);
// Not closed: something new may be added to it.
Checked<ledger::AccountNumber> open_account(const projections::Catalog& catalog, const std::string& text);
// Not removed.
Checked<ledger::UserNumber> present_user(const projections::Catalog& catalog, const std::string& username);
Checked<ledger::ClientNumber> existing_client(const projections::Catalog& catalog, const std::string& text);
Checked<ledger::ClientNumber> present_client(const projections::Catalog& catalog, const std::string& text);
Checked<ledger::KeyNumber> existing_key(const projections::Catalog& catalog, const std::string& text);
Checked<ledger::KeyNumber> undeleted_key(const projections::Catalog& catalog, const std::string& text);

bool is_closed(const projections::Catalog& catalog, ledger::AccountNumber account);

// No more entities of this kind can be numbered.
template <typename Number>
bool is_full(std::size_t count) {
  return count >= std::numeric_limits<typename Number::Value>::max() - 1;
}

// What is said of a key, in a command or in an import.
struct KeyTexts {
  std::string_view description;
  const std::vector<std::string>& tags;
  const std::vector<ledger::Annotation>& annotations;
};
std::optional<ledger::Refusal> refuse_texts(const KeyTexts& texts);
std::optional<ledger::Refusal> refuse_limit(const std::optional<ledger::RateLimit>& limit);
std::optional<ledger::Refusal> refuse_allow_list(const std::vector<ledger::AddressRange>& ranges);

// Appends the events that say what is said of a key: KeyDescribed, and a KeyAnnotated for each further
// portion of its annotations, so that every event fits into a record.
void add_description(ledger::KeyDescribed described, std::vector<ledger::Event>& events);

// The decisions, by what they are about.
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
