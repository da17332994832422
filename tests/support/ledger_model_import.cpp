// Applies imports to the model.
#include <algorithm>

#include "tests/support/ledger_model_attempt.h"

namespace keyledger::tests {

using namespace ledger;    // NOLINT(google-build-using-namespace): the vocabulary of every command
using namespace commands;  // NOLINT(google-build-using-namespace): likewise

namespace {

// Returns true if a digest without a scheme for salts has a bucket or a salt.
bool is_odd(const KeyDigest& digest) {
  return digest.scheme != DigestScheme::kKnoxSalted && (digest.bucket || digest.salt != Salt{});
}

}  // namespace

// Applies the objects of an import one by one. Each function returns true if the import continues.
struct LedgerModel::ImportAttempt {
  Attempt& attempt;
  LedgerModel& model;
  const ImportKeys& import;
  std::set<std::string> new_users{};
  std::vector<std::string> closed_last{};
  std::size_t next_token = 0;

  bool refuse(RefusalCode code) { return attempt.refuse(code); }

  // Opens the import's own account when the first object belongs there.
  void open_own() {
    if (model.account(import.account) != nullptr) return;
    model.accounts_.push_back({.number = import.account, .name = "imported", .opened = attempt.now});
  }

  bool is_known_account(const std::string& number) { return attempt.known_account(number) != nullptr; }
  bool is_open_account(const std::string& number) { return attempt.open_account(number) != nullptr; }

  bool add(const ImportedAccount& c) {
    if (!model_is_account_number(c.number)) return refuse(RefusalCode::kAccountNumberInvalid);
    if (model.account(c.number) != nullptr) return true;
    if (!model_is_name(c.name, 255)) return refuse(RefusalCode::kNameInvalid);
    model.accounts_.push_back({.number = c.number, .name = c.name, .opened = attempt.now});
    if (c.closed == ClosedFlag::kClosed) closed_last.push_back(c.number);
    return true;
  }

  bool add(const ImportedUser& c) {
    if (!model_is_username(c.username)) return refuse(RefusalCode::kNameInvalid);
    std::vector<std::string> accounts;
    if (c.accounts.empty() && !import.account.empty()) open_own(), accounts = {import.account};
    for (const std::string& number : c.accounts) {
      if (!is_known_account(number)) return false;
      if (std::ranges::find(accounts, number) == accounts.end()) accounts.push_back(number);
    }
    const bool removed = c.removed == RemovedFlag::kRemoved;
    const bool active = c.active == ActiveFlag::kActive && !removed;
    const bool staff = c.staff == StaffFlag::kStaff;
    const User* known = model.user(c.username);
    if (known != nullptr && !new_users.contains(c.username)) {
      bool is_same = known->staff == staff && known->active == active && known->removed == removed;
      for (const std::string& number : accounts) is_same = is_same && model.is_member(c.username, number);
      return is_same || refuse(RefusalCode::kImportUserElsewhere);
    }
    for (const std::string& number : accounts) {
      if (!is_open_account(number)) return false;
    }
    if (known != nullptr) return refuse(RefusalCode::kUserExists);
    new_users.insert(c.username);
    model.users_.push_back({.username = c.username,
                            .staff = staff,
                            .active = active,
                            .removed = removed,
                            .registered = attempt.now,
                            .accounts = accounts});
    return true;
  }

  // No import of the model removes a client, so that every removed client was removed by an operator.
  bool was_removed(const std::string& account, const std::string& name) const {
    return std::ranges::any_of(model.clients_, [&](const Client& client) {
      return client.removed && client.account == account && client.name == name;
    });
  }

  bool add(const ImportedClient& c) {
    if (!is_known_account(c.account)) return false;
    if (!model_is_name(c.name, 255)) return refuse(RefusalCode::kNameInvalid);
    if (attempt.has_client(c.account, c.name) || was_removed(c.account, c.name)) return true;
    if (!is_open_account(c.account)) return false;
    const ClientId id = c.own_id == ClientId{} ? c.new_client_id : c.own_id;
    for (const Client& client : model.clients_) {
      if (client.id == to_string(id.uuid)) return refuse(RefusalCode::kImportClientElsewhere);
    }
    model.clients_.push_back({.id = to_string(id.uuid),
                              .account = c.account,
                              .name = c.name,
                              .registered = attempt.now,
                              .requires_key = c.rule == AccessRule::kRequiresKey});
    return true;
  }

  bool check(const ImportedKey& c) {
    if (is_odd(c.digest)) return refuse(RefusalCode::kImportDigestInvalid);
    if (!attempt.check_time(c.created) || !attempt.check_time(c.expiry) || !attempt.check_time(c.last_used)) {
      return false;
    }
    for (const ImportedKey::Rotation& rotation : c.rotations) {
      if (is_odd(rotation.digest) || rotation.digest.scheme == DigestScheme::kKnoxSalted) {
        return refuse(RefusalCode::kImportDigestInvalid);
      }
      if (!attempt.check_time(rotation.grace_until)) return false;
    }
    return attempt.check_texts(c.description, c.tags, c.annotations) && attempt.check_limit(c.limit) &&
           attempt.check_allow_list(c.allow);
  }

  bool is_secret_known(const KeyDigest& digest, const std::string& token) const {
    for (const Key& key : model.keys_) {
      for (const Secret& secret : key.secrets) {
        if (secret.scheme == digest.scheme && secret.token == token) return true;
      }
    }
    return false;
  }

  std::optional<std::string> free_name(const ImportedKey& c) const {
    if (!model_is_name(c.base_name, 255)) return std::nullopt;
    if (!attempt.has_name(c.username, c.base_name)) return c.base_name;
    if (c.base_name.size() > 255 - std::string("_1000000").size()) return std::nullopt;
    for (int number = 2;; ++number) {
      const std::string name = c.base_name + "_" + std::to_string(number);
      if (!attempt.has_name(c.username, name)) return name;
    }
  }

  bool add(const ImportedKey& c) {
    const std::size_t token = std::exchange(next_token, next_token + 1 + c.rotations.size());
    if (!check(c)) return false;
    if (model.user(c.username) == nullptr) return refuse(RefusalCode::kUserUnknown);
    const bool is_own = c.account.empty() && !import.account.empty();
    if (!is_own && !is_known_account(c.account)) return false;
    if (is_secret_known(c.digest, attempt.tokens.at(token))) return true;
    if (is_own) open_own();
    const std::string account = is_own ? import.account : c.account;
    if (!is_open_account(account)) return false;
    const auto name = free_name(c);
    if (!name) return refuse(RefusalCode::kNameInvalid);
    const KeyId id = c.own_id == KeyId{} ? c.new_key_id : c.own_id;
    if (model.key(to_string(id.uuid)) != nullptr) return refuse(RefusalCode::kImportKeyElsewhere);
    Key key{.id = to_string(id.uuid),
            .owner = c.username,
            .account = account,
            .name = *name,
            .description = c.description,
            .tags = c.tags,
            .annotations = c.annotations,
            .secrets = {{.scheme = c.digest.scheme, .token = attempt.tokens.at(token)}},
            .created = c.created,
            .expiry = c.expiry,
            .active = c.active == ActiveFlag::kActive,
            .imported = true,
            .limit = c.limit,
            .allow = c.allow,
            .usage = {.last_used = c.last_used}};
    if (!c.annotations.empty()) ++key.version;
    if (c.limit) ++key.version;
    if (!c.allow.empty()) ++key.version;
    model.keys_.push_back(std::move(key));
    return rotate(c, token) && assign(c) && remove(c);
  }

  bool rotate(const ImportedKey& c, std::size_t token) {
    for (const ImportedKey::Rotation& rotation : c.rotations) {
      if (is_secret_known(rotation.digest, attempt.tokens.at(++token))) {
        return refuse(RefusalCode::kImportKeyElsewhere);
      }
      Attempt::rotate(model.keys_.back(), rotation.grace_until.value_or(Timestamp{0}),
                      {.scheme = rotation.digest.scheme, .token = attempt.tokens.at(token)});
    }
    return true;
  }

  bool assign(const ImportedKey& c) {
    Key& key = model.keys_.back();
    for (const std::string& name : c.clients) {
      if (!attempt.has_client(key.account, name)) {
        if (was_removed(key.account, name)) continue;
        return refuse(RefusalCode::kClientUnknown);
      }
      for (Client& client : model.clients_) {
        if (client.account == key.account && client.name == name && !client.removed)
          attempt.assign(key, client);
      }
    }
    return true;
  }

  bool remove(const ImportedKey& c) {
    Key& key = model.keys_.back();
    if (c.deleted == RemovedFlag::kPresent) return true;
    key.deleted = true;
    ++key.version;
    return true;
  }
};

void LedgerModel::Attempt::operator()(const ImportKeys& c) {
  if (!c.account.empty() && !model_is_account_number(c.account)) {
    return void(refuse(RefusalCode::kAccountNumberInvalid));
  }
  ImportAttempt import{.attempt = *this, .model = model, .import = c};
  const auto add_all = [&](const auto& objects) {
    return std::ranges::all_of(objects, [&](const auto& object) { return import.add(object); });
  };
  if (!add_all(c.accounts) || !add_all(c.users) || !add_all(c.clients) || !add_all(c.keys)) return;
  for (const std::string& number : import.closed_last) model.account(number)->closed = true;
}

}  // namespace keyledger::tests
