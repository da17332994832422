#include "ledger/event_log.h"

#include <algorithm>

namespace keyledger::ledger {
namespace {

using Kind = EntityRef::Kind;

bool is_among(std::span<const EntityRef> entities, const EntityRef& entity) {
  return std::binary_search(entities.begin(), entities.end(), entity);
}

bool holds_use_of(const UseBlock& block, std::span<const EntityRef> entities) {
  return std::any_of(block.uses.begin(), block.uses.end(), [&](const Use& use) {
    return (use.key != kNoKey && is_among(entities, ref(use.key))) ||
           (use.client != kNoClient && is_among(entities, ref(use.client)));
  });
}

std::vector<EntityRef> entities_of_key(const KeyDetails& details) {
  return {ref(details.key), ref(details.owner), ref(details.account)};
}

}  // namespace

EntityRef ref(AccountNumber account) { return {Kind::kAccount, account.value()}; }
EntityRef ref(UserNumber user) { return {Kind::kUser, user.value()}; }
EntityRef ref(ClientNumber client) { return {Kind::kClient, client.value()}; }
EntityRef ref(KeyNumber key) { return {Kind::kKey, key.value()}; }

std::vector<EntityRef> entities_of(const Event& event) {
  using Refs = std::vector<EntityRef>;
  return std::visit(Overloaded{[](const AccountOpened& e) { return Refs{ref(e.account)}; },
                               [](const UserRegistered& e) { return Refs{ref(e.user)}; },
                               [](const UserJoinedAccount& e) {
                                 return Refs{ref(e.user), ref(e.account)};
                               },
                               [](const ClientRegistered& e) {
                                 return Refs{ref(e.client), ref(e.account)};
                               },
                               [](const KeyCreated& e) { return entities_of_key(e.details); },
                               [](const KeyImported& e) { return entities_of_key(e.details); },
                               [](const KeyActivated& e) { return Refs{ref(e.key)}; },
                               [](const KeyDeactivated& e) { return Refs{ref(e.key)}; },
                               [](const KeyDeleted& e) { return Refs{ref(e.key)}; },
                               [](const KeyAssigned& e) {
                                 return Refs{ref(e.key), ref(e.client)};
                               },
                               [](const KeyUnassigned& e) {
                                 return Refs{ref(e.key), ref(e.client)};
                               },
                               [](const AccountRenamed& e) { return Refs{ref(e.account)}; },
                               [](const AccountClosed& e) { return Refs{ref(e.account)}; },
                               [](const UserStaffChanged& e) { return Refs{ref(e.user)}; },
                               [](const UserActiveChanged& e) { return Refs{ref(e.user)}; },
                               [](const UserLeftAccount& e) {
                                 return Refs{ref(e.user), ref(e.account)};
                               },
                               [](const UserRemoved& e) { return Refs{ref(e.user)}; },
                               [](const ClientRenamed& e) { return Refs{ref(e.client)}; },
                               [](const ClientOpenedToPublic& e) { return Refs{ref(e.client)}; },
                               [](const ClientClosedToPublic& e) { return Refs{ref(e.client)}; },
                               [](const ClientRemoved& e) { return Refs{ref(e.client)}; },
                               [](const KeyRenamed& e) { return Refs{ref(e.key)}; },
                               [](const KeyDescribed& e) { return Refs{ref(e.key)}; },
                               [](const KeyAnnotated& e) { return Refs{ref(e.key)}; },
                               [](const KeyExpiryChanged& e) { return Refs{ref(e.key)}; },
                               [](const KeyRotated& e) { return Refs{ref(e.key)}; },
                               [](const KeyLimitChanged& e) { return Refs{ref(e.key)}; },
                               [](const KeyAllowListChanged& e) { return Refs{ref(e.key)}; },
                               [](const PolicyChanged&) { return Refs{}; },
                               [](const CommandHadNoEffect&) { return Refs{}; },
                               [](const KeysUsed&) { return Refs{}; },
                               [](const UsesDenied&) { return Refs{}; },
                               [](const UnknownTokensRefused&) { return Refs{}; }},
                    event);
}

std::vector<EntityRef> entities_of(const Record& record) {
  std::vector<EntityRef> entities;
  for (const Event& event : record.events) {
    const std::vector<EntityRef> named = entities_of(event);
    entities.insert(entities.end(), named.begin(), named.end());
  }
  // The records of an import have the same account thousands of times.
  std::sort(entities.begin(), entities.end());
  entities.erase(std::unique(entities.begin(), entities.end()), entities.end());
  return entities;
}

bool concerns(const Event& event, std::span<const EntityRef> entities) {
  if (const UseBlock* block = uses_of(event)) return holds_use_of(*block, entities);
  const std::vector<EntityRef> named = entities_of(event);
  return std::any_of(named.begin(), named.end(),
                     [&](const EntityRef& entity) { return is_among(entities, entity); });
}

}  // namespace keyledger::ledger
