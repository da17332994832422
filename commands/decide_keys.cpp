// Decisions about keys and assignments.
#include <algorithm>

#include "commands/decide_parts.h"
#include "commands/names.h"
#include "projections/refresh.h"

namespace keyledger::commands {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every decision
using projections::Catalog;

namespace {

// Refuses a new key for reasons that lie with the owner.
std::optional<Refusal> refuse_owner(const Catalog& catalog, const CreateKey& command, UserNumber owner,
                                    AccountNumber account, Timestamp now) {
  if (!catalog.is_member(owner, account)) return refuse(RefusalCode::kUserNotInAccount, command.username);
  if (catalog.user(owner).staff == StaffFlag::kNotStaff) {
    return refuse(RefusalCode::kNotStaff, command.username);
  }
  if (catalog.find_key(owner, command.name)) return refuse(RefusalCode::kKeyNameTaken, command.name);
  const std::uint32_t limit = catalog.policy().keys_per_user;
  if (limit != 0 && catalog.valid_keys_of(owner, now) >= limit) {
    return refuse(RefusalCode::kKeyLimitReached, command.username);
  }
  return std::nullopt;
}

// Refuses a new key for reasons that lie with the key, for any owner.
std::optional<Refusal> refuse_key(const CreateKey& command, Timestamp now) {
  if (!is_name(command.name, kNameBytesMax)) return refuse(RefusalCode::kNameInvalid, command.name);
  if (auto refusal = refuse_texts({command.description, command.tags, command.annotations})) return refusal;
  if (auto refusal = refuse_limit(command.limit)) return refusal;
  if (auto refusal = refuse_allow_list(command.allow)) return refusal;
  if (!command.expiry) return std::nullopt;
  if (!is_rfc3339(*command.expiry)) return refuse(RefusalCode::kTimeInvalid, command.name);
  if (*command.expiry < now) return refuse(RefusalCode::kExpiryPast, to_rfc3339(*command.expiry));
  return std::nullopt;
}

Decision change_active(const Catalog& catalog, KeyNumber key, ActiveFlag active) {
  Decision decision{.entity = ref(key)};
  if (catalog.entry(key).active == (active == ActiveFlag::kActive)) return decision;
  if (active == ActiveFlag::kActive) {
    decision.events = {KeyActivated{key}};
  } else {
    decision.events = {KeyDeactivated{key}};
  }
  return decision;
}

bool is_assigned(const Catalog& catalog, KeyNumber key, ClientNumber client) {
  const auto& keys = catalog.client(client).keys;
  return std::binary_search(keys.begin(), keys.end(), key);
}

// True if a verdict would accept the key now. The caller has checked that the key's account is open.
bool works(const Catalog& catalog, KeyNumber number, Timestamp now) {
  const projections::CatalogEntry& key = catalog.entry(number);
  return !key.deleted && !catalog.is_expired(number, now) && key.active &&
         catalog.user(key.owner).active == ActiveFlag::kActive &&
         catalog.is_member(key.owner, catalog.account_of(number));
}

std::optional<Refusal> refuse_edit(const Catalog& catalog, const EditKey& command,
                                   const projections::Key& key) {
  if (command.name && *command.name != key.name) {
    if (!is_name(*command.name, kNameBytesMax)) return refuse(RefusalCode::kNameInvalid, *command.name);
    if (catalog.find_key(key.owner, *command.name)) return refuse(RefusalCode::kKeyNameTaken, *command.name);
  }
  const KeyTexts texts{command.description ? *command.description : key.description,
                       command.tags ? *command.tags : key.tags,
                       command.annotations ? *command.annotations : key.annotations};
  if (auto refusal = refuse_texts(texts)) return refusal;
  if (command.expiry && !is_rfc3339(command.expiry->value_or(kLatest))) {
    return refuse(RefusalCode::kTimeInvalid, command.key);
  }
  if (auto refusal = refuse_limit(command.limit.value_or(std::nullopt))) return refusal;
  return command.allow ? refuse_allow_list(*command.allow) : std::nullopt;
}

}  // namespace

Decided decide_on(const Catalog& catalog, const CreateKey& command, Timestamp now) {
  const auto account = open_account(catalog, command.account);
  if (!account) return account.error();
  const auto owner = present_user(catalog, command.username);
  if (!owner) return owner.error();
  if (auto refusal = refuse_owner(catalog, command, *owner, *account, now)) return *refusal;
  if (auto refusal = refuse_key(command, now)) return *refusal;
  if (is_full<KeyNumber>(catalog.keys())) return refuse(RefusalCode::kTooManyEntities, "keys");
  ENSURE(!catalog.find_digest(command.digest), "a fresh token has a fresh digest");
  const KeyNumber key{static_cast<std::uint32_t>(catalog.keys() + 1)};
  KeyDetails details{.key = key,
                     .key_id = command.new_key_id,
                     .owner = *owner,
                     .account = *account,
                     .name = command.name,
                     .description = command.description,
                     .tags = command.tags,
                     .digest = command.digest,
                     .created = now,
                     .expiry = command.expiry};
  if (details.expiry) details.expiry = projections::capped_expiry(catalog.policy(), now, *details.expiry);
  Decision decision{.entity = ref(key)};
  decision.events.emplace_back(KeyCreated{std::move(details)});
  if (!command.annotations.empty()) {
    add_description({key, command.description, command.tags, command.annotations}, decision.events);
  }
  if (command.limit) decision.events.emplace_back(KeyLimitChanged{key, command.limit});
  if (!command.allow.empty()) decision.events.emplace_back(KeyAllowListChanged{key, command.allow});
  if (command.active == ActiveFlag::kInactive) decision.events.emplace_back(KeyDeactivated{key});
  return decision;
}

Decided decide_on(const Catalog& catalog, const EditKey& command, Timestamp) {
  const auto number = undeleted_key(catalog, command.key);
  if (!number) return number.error();
  const projections::Key key = catalog.key(*number);
  if (auto refusal = refuse_edit(catalog, command, key)) return *refusal;
  Decision decision{.entity = ref(*number)};
  const auto add = [&](Event event) { decision.events.push_back(std::move(event)); };
  if (command.name && *command.name != key.name) add(KeyRenamed{*number, *command.name});
  const std::string description(key.description);
  KeyDescribed described{*number, command.description.value_or(description), command.tags.value_or(key.tags),
                         command.annotations.value_or(key.annotations)};
  if (described != KeyDescribed{*number, description, key.tags, key.annotations}) {
    add_description(std::move(described), decision.events);
  }
  if (command.expiry && *command.expiry != key.expiry) {
    add(KeyExpiryChanged{*number, *command.expiry, ExpiryCause::kCommand});
  }
  if (command.limit && *command.limit != key.limit) add(KeyLimitChanged{*number, *command.limit});
  if (command.allow && *command.allow != key.allow) add(KeyAllowListChanged{*number, *command.allow});
  if (!command.active) return decision;
  for (Event& event : change_active(catalog, *number, *command.active).events) add(std::move(event));
  return decision;
}

// Rule 9: the old secret works until the end of the grace, but never past the key's expiry.
Decided decide_on(const Catalog& catalog, const RotateKey& command, Timestamp now) {
  const auto key = undeleted_key(catalog, command.key);
  if (!key) return key.error();
  if (is_closed(catalog, catalog.account_of(*key))) {
    return refuse(RefusalCode::kAccountClosed, to_string(catalog.account_of(*key)));
  }
  if (command.grace < 0 || command.grace > kGraceMax) return refuse(RefusalCode::kGraceInvalid, "");
  ENSURE(!catalog.find_digest(command.digest), "a fresh token has a fresh digest");
  KeyRotated rotated{.key = *key, .digest = command.digest, .grace_until = std::nullopt};
  if (command.grace > 0) {
    rotated.grace_until = std::min(later_by(now, command.grace), catalog.entry(*key).expiry_or_latest());
  }
  return Decision{.events = {std::move(rotated)}, .entity = ref(*key)};
}

Decided decide_on(const Catalog& catalog, const ActivateKey& command, Timestamp) {
  const auto key = undeleted_key(catalog, command.key);
  if (!key) return key.error();
  return change_active(catalog, *key, ActiveFlag::kActive);
}

Decided decide_on(const Catalog& catalog, const DeactivateKey& command, Timestamp) {
  const auto key = undeleted_key(catalog, command.key);
  if (!key) return key.error();
  return change_active(catalog, *key, ActiveFlag::kInactive);
}

Decided decide_on(const Catalog& catalog, const ToggleKey& command, Timestamp) {
  const auto key = undeleted_key(catalog, command.key);
  if (!key) return key.error();
  const bool is_active = catalog.entry(*key).active;
  return change_active(catalog, *key, is_active ? ActiveFlag::kInactive : ActiveFlag::kActive);
}

Decided decide_on(const Catalog& catalog, const DeleteKey& command, Timestamp) {
  const auto key = existing_key(catalog, command.key);
  if (!key) return key.error();
  Decision decision{.entity = ref(*key)};
  if (!catalog.entry(*key).deleted) decision.events = {KeyDeleted{*key}};
  return decision;
}

// Unassigning the other keys is part of the same step, so that the client always has a key that works.
Decided decide_on(const Catalog& catalog, const AssignKey& command, Timestamp now) {
  const auto key = undeleted_key(catalog, command.key);
  if (!key) return key.error();
  const auto client = present_client(catalog, command.client);
  if (!client) return client.error();
  const bool is_so = is_assigned(catalog, *key, *client);
  if (is_so && command.others == OtherKeys::kKeep) return Decision{.entity = ref(*key)};
  const AccountNumber account = catalog.client(*client).account;
  if (catalog.account_of(*key) != account || !catalog.is_member(catalog.entry(*key).owner, account)) {
    return refuse(RefusalCode::kAccountMismatch, command.key + " and " + command.client);
  }
  if (is_closed(catalog, account)) return refuse(RefusalCode::kAccountClosed, to_string(account));
  Decision decision{.entity = ref(*key)};
  if (!is_so) decision.events.emplace_back(KeyAssigned{*key, *client});
  if (command.others == OtherKeys::kKeep) return decision;
  for (const KeyNumber other : catalog.client(*client).keys) {
    if (other == *key) continue;
    if (works(catalog, other, now) && !works(catalog, *key, now)) {
      return refuse(RefusalCode::kNoWorkingKey, command.client);
    }
    decision.events.emplace_back(KeyUnassigned{other, *client});
  }
  return decision;
}

// A deleted key keeps its assignments, and assignments of a deleted key may still be removed.
Decided decide_on(const Catalog& catalog, const UnassignKey& command, Timestamp) {
  const auto key = existing_key(catalog, command.key);
  if (!key) return key.error();
  const auto client = existing_client(catalog, command.client);
  if (!client) return client.error();
  Decision decision{.entity = ref(*key)};
  if (is_assigned(catalog, *key, *client)) decision.events = {KeyUnassigned{*key, *client}};
  return decision;
}

// A decision about a key since the use wins over the use, because the verdict did not know the decision.
Decided decide_on(const Catalog& catalog, const RefreshKeys& command, Timestamp) {
  Decision decision;
  for (const RefreshKeys::Used& used : command.used) {
    const projections::CatalogEntry& key = catalog.entry(used.key);
    if (key.deleted || !key.expires || key.expiry != used.judged_expiry) continue;
    const auto moved = projections::refreshed_expiry(catalog.policy(), key.created, key.expiry, used.time);
    if (moved) decision.events.emplace_back(KeyExpiryChanged{used.key, *moved, ExpiryCause::kUse});
  }
  return decision;
}

}  // namespace keyledger::commands
