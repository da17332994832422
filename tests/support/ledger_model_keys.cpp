// Applies commands about keys to the model.
#include <algorithm>

#include "tests/support/ledger_model_attempt.h"

namespace keyledger::tests {

using namespace ledger;    // NOLINT(google-build-using-namespace): the vocabulary of every command
using namespace commands;  // NOLINT(google-build-using-namespace): likewise

void LedgerModel::Attempt::set_active(Key& key, bool active) {
  if (key.active == active) return;
  key.active = active;
  ++key.version;
}

void LedgerModel::Attempt::assign(Key& key, Client& client) {
  if (!model.assignments_.insert({key.id, client.id}).second) return;
  client.requires_key = true;
  ++key.version;
}

void LedgerModel::Attempt::unassign(Key& key, const Client& client) {
  if (model.assignments_.erase({key.id, client.id}) > 0) ++key.version;
}

// The end of a secret also limits the ends of all earlier secrets.
void LedgerModel::Attempt::rotate(Key& key, Timestamp until, Secret secret) {
  for (Secret& older : key.secrets) older.until = std::min(older.until.value_or(until), until);
  key.secrets.push_back(std::move(secret));
  ++key.version;
}

void LedgerModel::Attempt::check_version(const SpokenCommand& spoken) {
  if (!spoken.context.expected_version) return;
  const Key* key = before.key(about_key);
  if (key == nullptr) {
    refuse(RefusalCode::kVersionUnexpected);
  } else if (key->version != *spoken.context.expected_version) {
    refuse(RefusalCode::kVersionMismatch);
  }
}

// Rule 1, and the number of keys of rule 8.
bool LedgerModel::Attempt::check_owner(const CreateKey& c) {
  const User* owner = present_user(c.username);
  if (owner == nullptr) return false;
  if (!model.is_member(c.username, c.account)) return refuse(RefusalCode::kUserNotInAccount);
  if (!owner->staff) return refuse(RefusalCode::kNotStaff);
  if (has_name(c.username, c.name)) return refuse(RefusalCode::kKeyNameTaken);
  const auto valid = std::ranges::count_if(model.keys_, [&](const Key& key) {
    return key.owner == c.username && !key.deleted && model.last_moment(key) >= now;
  });
  const std::uint32_t most = model.policy_.keys_per_user;
  if (most > 0 && valid >= static_cast<std::int64_t>(most)) return refuse(RefusalCode::kKeyLimitReached);
  return true;
}

bool LedgerModel::Attempt::check_key(const CreateKey& c) {
  if (!model_is_name(c.name, 255)) return refuse(RefusalCode::kNameInvalid);
  if (!check_texts(c.description, c.tags, c.annotations)) return false;
  if (!check_limit(c.limit) || !check_allow_list(c.allow) || !check_time(c.expiry)) return false;
  return !c.expiry || *c.expiry >= now || refuse(RefusalCode::kExpiryPast);
}

void LedgerModel::Attempt::operator()(const CreateKey& c) {
  if (open_account(c.account) == nullptr || !check_owner(c) || !check_key(c)) return;
  Key key{.id = to_string(c.new_key_id.uuid),
          .owner = c.username,
          .account = c.account,
          .name = c.name,
          .description = c.description,
          .tags = c.tags,
          .annotations = c.annotations,
          .secrets = {{.scheme = c.digest.scheme, .token = tokens.at(0)}},
          .created = now,
          .expiry = c.expiry,
          .active = c.active == ActiveFlag::kActive,
          .limit = c.limit,
          .allow = c.allow};
  const Policy& policy = model.policy_;
  if (key.expiry && policy.refresh_ttl > 0 && policy.refresh_max > 0) {
    key.expiry = std::min(*key.expiry, later_by(now, policy.refresh_max));
  }
  // The key's creation is one event; each rare property is a further event.
  if (!c.annotations.empty()) ++key.version;
  if (c.limit) ++key.version;
  if (!c.allow.empty()) ++key.version;
  if (!key.active) ++key.version;
  model.keys_.push_back(std::move(key));
}

void LedgerModel::Attempt::operator()(const EditKey& c) {
  Key* key = undeleted_key(c.key);
  if (key == nullptr) return;
  if (c.name && *c.name != key->name) {
    if (!model_is_name(*c.name, 255)) return void(refuse(RefusalCode::kNameInvalid));
    if (has_name(key->owner, *c.name)) return void(refuse(RefusalCode::kKeyNameTaken));
  }
  if (!check_texts(c.description.value_or(""), c.tags.value_or(std::vector<std::string>{}),
                   c.annotations.value_or(std::vector<Annotation>{})) ||
      !check_time(c.expiry.value_or(std::nullopt)) || !check_limit(c.limit.value_or(std::nullopt)) ||
      !check_allow_list(c.allow.value_or(std::vector<AddressRange>{}))) {
    return;
  }
  const Key old = *key;
  key->name = c.name.value_or(old.name);
  key->description = c.description.value_or(old.description);
  key->tags = c.tags.value_or(old.tags);
  key->annotations = c.annotations.value_or(old.annotations);
  key->expiry = c.expiry.value_or(old.expiry);
  key->allow = c.allow.value_or(old.allow);
  if (key->name != old.name) ++key->version;
  if (key->description != old.description || key->tags != old.tags || key->annotations != old.annotations) {
    ++key->version;
  }
  if (key->expiry != old.expiry) ++key->version;
  if (key->allow != old.allow) ++key->version;
  if (c.limit && *c.limit != old.limit) {
    key->limit = *c.limit;
    key->bucket = 0;  // earlier uses no longer count
    ++key->version;
  }
  if (c.active) set_active(*key, *c.active == ActiveFlag::kActive);
}

void LedgerModel::Attempt::operator()(const RotateKey& c) {
  Key* key = undeleted_key(c.key);
  if (key == nullptr) return;
  if (model.is_closed(key->account)) return void(refuse(RefusalCode::kAccountClosed));
  if (c.grace < 0 || c.grace > 366 * kMicrosecondsPerDay) return void(refuse(RefusalCode::kGraceInvalid));
  Timestamp until{now.microseconds + c.grace};
  if (key->expiry) until = std::min(until, *key->expiry);
  if (c.grace == 0) until = Timestamp{0};
  rotate(*key, until, {.scheme = c.digest.scheme, .token = tokens.at(0)});
}

void LedgerModel::Attempt::operator()(const ActivateKey& c) {
  if (Key* key = undeleted_key(c.key)) set_active(*key, true);
}

void LedgerModel::Attempt::operator()(const DeactivateKey& c) {
  if (Key* key = undeleted_key(c.key)) set_active(*key, false);
}

void LedgerModel::Attempt::operator()(const ToggleKey& c) {
  if (Key* key = undeleted_key(c.key)) set_active(*key, !key->active);
}

void LedgerModel::Attempt::operator()(const DeleteKey& c) {
  Key* key = known_key(c.key);
  if (key == nullptr || key->deleted) return;
  key->deleted = true;
  ++key->version;
}

void LedgerModel::Attempt::operator()(const AssignKey& c) {
  Key* key = undeleted_key(c.key);
  if (key == nullptr) return;
  Client* client = present_client(c.client);
  if (client == nullptr) return;
  if (c.others == OtherKeys::kKeep && model.assignments_.contains({key->id, client->id})) return;
  if (key->account != client->account || !model.is_member(key->owner, client->account)) {
    return void(refuse(RefusalCode::kAccountMismatch));
  }
  if (model.is_closed(client->account)) return void(refuse(RefusalCode::kAccountClosed));
  assign(*key, *client);
  if (c.others == OtherKeys::kKeep) return;
  for (Key& other : model.keys_) {
    if (&other == key || !model.assignments_.contains({other.id, client->id})) continue;
    if (model.works(other, now) && !model.works(*key, now)) return void(refuse(RefusalCode::kNoWorkingKey));
    unassign(other, *client);
  }
}

void LedgerModel::Attempt::operator()(const UnassignKey& c) {
  Key* key = known_key(c.key);
  if (key == nullptr) return;
  if (const Client* client = known_client(c.client)) unassign(*key, *client);
}

// Key number n is the n-th key. The refreshes of one key are independent of each other; the last one is kept.
void LedgerModel::Attempt::operator()(const RefreshKeys& c) {
  for (const RefreshKeys::Used& used : c.used) {
    const Key& known = before.keys_.at(used.key.value() - 1);
    if (known.deleted || known.expiry != used.judged_expiry) continue;
    const auto moved = model.refreshed(known, used.time);
    if (!moved) continue;
    Key& key = model.keys_.at(used.key.value() - 1);
    key.expiry = moved;
  }
}

}  // namespace keyledger::tests
