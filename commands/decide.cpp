#include "commands/decide.h"

#include <algorithm>
#include <limits>

#include "commands/names.h"
#include "projections/lookup.h"

namespace keyledger::commands {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every decision
using projections::Catalog;

namespace {

template <typename T>
using Checked = Result<T, Refusal>;

Refusal refuse(RefusalCode code, std::string_view subject) { return {code, std::string(subject)}; }

Checked<AccountNumber> existing_account(const Catalog& catalog, const std::string& text) {
  const auto found = look_up(catalog, EntityRef::Kind::kAccount, text);
  if (!found) return found.error();
  return AccountNumber{found->number};
}

Checked<KeyNumber> existing_key(const Catalog& catalog, const std::string& text) {
  const auto found = look_up(catalog, EntityRef::Kind::kKey, text);
  if (!found) return found.error();
  return KeyNumber{static_cast<std::uint32_t>(found->number)};
}

Checked<KeyNumber> undeleted_key(const Catalog& catalog, const std::string& text) {
  auto key = existing_key(catalog, text);
  if (key && catalog.key(*key).deleted) return refuse(RefusalCode::kKeyDeleted, text);
  return key;
}

Checked<ClientNumber> existing_client(const Catalog& catalog, const std::string& text) {
  const auto found = look_up(catalog, EntityRef::Kind::kClient, text);
  if (!found) return found.error();
  return ClientNumber{static_cast<std::uint32_t>(found->number)};
}

template <typename Number>
bool is_full(std::size_t count) {
  return count >= std::numeric_limits<typename Number::Value>::max() - 1;
}

std::optional<Refusal> refuse_key_texts(const CreateKey& command) {
  if (!is_name(command.name, kNameBytesMax)) return refuse(RefusalCode::kNameInvalid, command.name);
  if (!is_plain_text(command.description) || characters_in(command.description) > kDescriptionCharactersMax) {
    return refuse(RefusalCode::kDescriptionTooLong, "");
  }
  if (command.tags.size() > kTagsMax) return refuse(RefusalCode::kTagInvalid, "too many");
  for (const std::string& tag : command.tags) {
    if (tag.empty() || tag.size() > kTagBytesMax || !is_plain_text(tag))
      return refuse(RefusalCode::kTagInvalid, tag);
  }
  return std::nullopt;
}

Decided decide_toggle(const Catalog& catalog, KeyNumber key) {
  if (catalog.key(key).active == ActiveFlag::kActive) {
    return Decision{.events = {KeyDeactivated{key}}, .key = key};
  }
  return Decision{.events = {KeyActivated{key}}, .key = key};
}

// One overload a command.
struct Decider {
  const Catalog& catalog;
  Timestamp now;

  Decided operator()(const OpenAccount& command) const {
    const auto number = parse_account_number(command.number);
    if (!number) return refuse(RefusalCode::kAccountNumberInvalid, command.number);
    if (!is_name(command.name, kNameBytesMax)) return refuse(RefusalCode::kNameInvalid, command.name);
    if (catalog.find_account(*number) != nullptr) return refuse(RefusalCode::kAccountExists, command.number);
    return Decision{.events = {AccountOpened{.account = *number, .name = command.name}}};
  }

  Decided operator()(const RegisterUser& command) const {
    const auto account = existing_account(catalog, command.account);
    if (!account) return account.error();
    if (!is_name(command.username, kUsernameBytesMax))
      return refuse(RefusalCode::kNameInvalid, command.username);
    if (catalog.find_user(command.username)) return refuse(RefusalCode::kUserExists, command.username);
    if (is_full<UserNumber>(catalog.users())) return refuse(RefusalCode::kTooManyEntities, "users");
    const UserNumber user{static_cast<std::uint32_t>(catalog.users() + 1)};
    return Decision{.events = {UserRegistered{.user = user,
                                              .username = command.username,
                                              .staff = command.staff,
                                              .active = ActiveFlag::kActive},
                               UserJoinedAccount{.user = user, .account = *account}}};
  }

  Decided operator()(const RegisterClient& command) const {
    const auto account = existing_account(catalog, command.account);
    if (!account) return account.error();
    if (!is_name(command.name, kNameBytesMax)) return refuse(RefusalCode::kNameInvalid, command.name);
    if (catalog.find_client(*account, command.name)) return refuse(RefusalCode::kClientExists, command.name);
    if (is_full<ClientNumber>(catalog.clients())) return refuse(RefusalCode::kTooManyEntities, "clients");
    const ClientNumber client{static_cast<std::uint32_t>(catalog.clients() + 1)};
    return Decision{
        .events = {ClientRegistered{
            .client = client, .client_id = command.new_client_id, .account = *account, .name = command.name}},
        .client = client};
  }

  Decided operator()(const CreateKey& command) const {
    const auto account = existing_account(catalog, command.account);
    if (!account) return account.error();
    const auto owner = catalog.find_user(command.username);
    if (!owner) return refuse(RefusalCode::kUserUnknown, command.username);
    if (!catalog.is_member(*owner, *account)) return refuse(RefusalCode::kUserNotInAccount, command.username);
    if (catalog.user(*owner).staff == StaffFlag::kNotStaff)
      return refuse(RefusalCode::kNotStaff, command.username);
    if (auto refusal = refuse_key_texts(command)) return *refusal;
    if (catalog.find_key(*owner, command.name)) return refuse(RefusalCode::kKeyNameTaken, command.name);
    if (command.expiry && !is_rfc3339(*command.expiry))
      return refuse(RefusalCode::kTimeInvalid, command.name);
    if (command.expiry && *command.expiry < now) {
      return refuse(RefusalCode::kExpiryPast, to_rfc3339(*command.expiry));
    }
    if (is_full<KeyNumber>(catalog.keys())) return refuse(RefusalCode::kTooManyEntities, "keys");
    ENSURE(!catalog.find_digest(command.digest), "a fresh token has a fresh digest");
    const KeyNumber key{static_cast<std::uint32_t>(catalog.keys() + 1)};
    return Decision{.events = {KeyCreated{{.key = key,
                                           .key_id = command.new_key_id,
                                           .owner = *owner,
                                           .account = *account,
                                           .name = command.name,
                                           .description = command.description,
                                           .tags = command.tags,
                                           .digest = command.digest,
                                           .created = now,
                                           .expiry = command.expiry}}},
                    .key = key};
  }

  Decided operator()(const ActivateKey& command) const {
    const auto key = undeleted_key(catalog, command.key);
    if (!key) return key.error();
    if (catalog.key(*key).active == ActiveFlag::kActive) return Decision{.key = *key};
    return decide_toggle(catalog, *key);
  }

  Decided operator()(const DeactivateKey& command) const {
    const auto key = undeleted_key(catalog, command.key);
    if (!key) return key.error();
    if (catalog.key(*key).active == ActiveFlag::kInactive) return Decision{.key = *key};
    return decide_toggle(catalog, *key);
  }

  Decided operator()(const ToggleKey& command) const {
    const auto key = undeleted_key(catalog, command.key);
    if (!key) return key.error();
    return decide_toggle(catalog, *key);
  }

  Decided operator()(const DeleteKey& command) const {
    const auto key = existing_key(catalog, command.key);
    if (!key) return key.error();
    if (catalog.key(*key).deleted) return Decision{.key = *key};
    return Decision{.events = {KeyDeleted{*key}}, .key = *key};
  }

  Decided operator()(const AssignKey& command) const {
    const auto key = undeleted_key(catalog, command.key);
    if (!key) return key.error();
    const auto client = existing_client(catalog, command.client);
    if (!client) return client.error();
    if (catalog.key(*key).account != catalog.client(*client).account) {
      return refuse(RefusalCode::kAccountMismatch, command.key + " and " + command.client);
    }
    if (is_assigned(*key, *client)) return Decision{.key = *key, .client = *client};
    return Decision{.events = {KeyAssigned{*key, *client}}, .key = *key, .client = *client};
  }

  // A deleted key keeps its assignments; they may still be taken away.
  Decided operator()(const UnassignKey& command) const {
    const auto key = existing_key(catalog, command.key);
    if (!key) return key.error();
    const auto client = existing_client(catalog, command.client);
    if (!client) return client.error();
    if (!is_assigned(*key, *client)) return Decision{.key = *key, .client = *client};
    return Decision{.events = {KeyUnassigned{*key, *client}}, .key = *key, .client = *client};
  }

  Decided operator()(const ImportKeys& command) const { return decide_import(catalog, command); }

 private:
  bool is_assigned(KeyNumber key, ClientNumber client) const {
    const auto& keys = catalog.client(client).keys;
    return std::binary_search(keys.begin(), keys.end(), key);
  }
};

}  // namespace

Decided decide(const Catalog& catalog, const Command& command, Timestamp now) {
  return std::visit(Decider{catalog, now}, command);
}

}  // namespace keyledger::commands
