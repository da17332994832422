#include "ledger/event_log.h"

#include <algorithm>

namespace keyledger::ledger {
namespace {

using Kind = EntityRef::Kind;

bool holds_use_of(const UseBlock& block, const EntityRef& entity) {
  const auto has = [&](const auto& number_of) {
    return std::any_of(block.uses.begin(), block.uses.end(),
                       [&](const Use& use) { return number_of(use) == entity.number; });
  };
  if (entity.number == 0) return false;  // kNoKey and kNoClient are nobody's
  if (entity.kind == Kind::kKey) return has([](const Use& use) { return use.key.value(); });
  if (entity.kind == Kind::kClient) return has([](const Use& use) { return use.client.value(); });
  return false;
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
  return std::visit(
      Overloaded{[](const AccountOpened& e) { return Refs{ref(e.account)}; },
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
                 [](const KeysUsed&) { return Refs{}; }, [](const UsesDenied&) { return Refs{}; },
                 [](const UnknownTokensRefused&) { return Refs{}; }},
      event);
}

bool concerns(const Event& event, const EntityRef& entity) {
  if (const UseBlock* block = uses_of(event)) return holds_use_of(*block, entity);
  const std::vector<EntityRef> entities = entities_of(event);
  return std::find(entities.begin(), entities.end(), entity) != entities.end();
}

}  // namespace keyledger::ledger
