#include "tests/support/platform_story.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "commands/platform_id.h"
#include "projections/verdict.h"

namespace keyledger::tests {

using namespace commands;  // NOLINT(google-build-using-namespace): for the imported entities
using namespace ledger;    // NOLINT(google-build-using-namespace): the vocabulary of every command

namespace {

const std::string kAccount = "0000-0000-0001";
constexpr std::int64_t kDay = kMicrosecondsPerDay;

}  // namespace

// ---- Names ----

std::string PlatformStory::token_of(std::size_t key) { return fmt::format("{:064x}", 0xabcdef0000 + key); }

std::string PlatformStory::key_id_of(std::size_t key) {
  return fmt::format("00000000-0000-4000-8000-{:012x}", key + 1);
}

std::string PlatformStory::client_id_of(std::size_t client) {
  return to_string(platform_client_id(kAccount, std::to_string(client)).uuid);
}

Timestamp PlatformStory::moment() {
  return later_by(story_.now(), (static_cast<std::int64_t>(pick(10)) - 3) * kDay / 2);
}

// ---- The platform ----

void PlatformStory::live_a_day() {
  for (std::size_t changes = 4 + pick(6); changes > 0; --changes) change_platform();
  for (std::size_t changes = pick(4); changes > 0; --changes) change_ledger();
  story_.pass(kDay);
}

void PlatformStory::rename_person(Person& person) {
  person.username = fmt::format("user{}_renamed{}", &person - people_.data(), pick(1'000'000));
}

void PlatformStory::change_platform() {
  const std::size_t kind = pick(10);
  if (people_.size() < 3 || kind == 0) {
    people_.push_back({.username = fmt::format("user{}", people_.size())});
    return;
  }
  Person& person = people_[pick(people_.size())];
  if (kind == 1) person.active = !person.active;
  if (kind == 2 && one_in(3)) rename_person(person);
  if (kind == 3 && one_in(3)) {
    person.exists = false;
    for (Key& key : keys_) key.exists = key.exists && &people_[key.person] != &person;
  }
  if (keys_.size() < 3 || kind == 4) {
    if (!person.exists) return;
    keys_.push_back({.person = static_cast<std::size_t>(&person - people_.data()),
                     .name = fmt::format("key{}", keys_.size())});
    if (one_in(2)) keys_.back().expiry = moment();
    return;
  }
  if (kind < 7) return change_platform_keys(pick(keys_.size()));
  change_platform_clients();
}

void PlatformStory::change_platform_keys(std::size_t index) {
  Key& key = keys_[index];
  switch (pick(5)) {
    case 0:
      key.active = !key.active;
      break;
    case 1:
      key.expiry = one_in(3) ? std::nullopt : std::optional(moment());
      break;
    case 2:
      key.exists = key.exists && !one_in(2);
      break;
    case 3:
      key.name = fmt::format("key{}_{}", index, pick(1'000'000));
      break;
    default: {
      Key& other = keys_[pick(keys_.size())];
      if (other.person == key.person) std::swap(other.name, key.name);
    }
  }
}

void PlatformStory::change_platform_clients() {
  if (clients_.size() < 3 || one_in(8)) {
    clients_.push_back({.name = fmt::format("bot{}", clients_.size())});
    return;
  }
  const std::size_t index = pick(clients_.size());
  Client& client = clients_[index];
  if (one_in(12)) {
    client.exists = false;
  } else if (one_in(6)) {
    // A new client of the name of a removed one would be taken for the removed one.
    const std::size_t other = pick(clients_.size());
    if (known_clients_.contains(index) && known_clients_.contains(other)) {
      std::swap(client.name, clients_[other].name);
    }
  } else {
    const KeyAndClient pair{pick(keys_.size()), index};
    if (one_in(3)) {
      assigned_.erase(pair);
    } else {
      assigned_.insert(pair);
    }
  }
}

bool PlatformStory::is_assigned_there(std::size_t client) const {
  return std::ranges::any_of(
      assigned_, [&](const KeyAndClient& pair) { return pair.second == client && keys_[pair.first].exists; });
}

bool PlatformStory::works_there(std::size_t index) const {
  const Key& key = keys_[index];
  const Person& person = people_[key.person];
  const bool is_expired = key.expiry && *key.expiry < story_.now();
  return key.exists && key.active && !is_expired && person.exists && person.active;
}

ImportKeys PlatformStory::dump() const {
  ImportKeys import{.account = "0000-0000-0000", .origin = ImportOrigin::kDump};
  import.accounts = {{.number = kAccount, .name = "Acme" }};
  for (const Person& person : people_) {
    if (!person.exists) continue;
    import.users.push_back({.username = person.username,
                            .staff = StaffFlag::kStaff,
                            .active = person.active ? ActiveFlag::kActive : ActiveFlag::kInactive,
                            .accounts = {
                              kAccount
                            }});
  }
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    if (!clients_[i].exists) continue;
    import.clients.push_back({.account = kAccount,
                              .name = clients_[i].name,
                              .rule = is_assigned_there(i) ? AccessRule::kRequiresKey : AccessRule::kPublic,
                              .own_id = platform_client_id(kAccount, std::to_string(i)),
                              .new_client_id = {}});
  }
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    const Key& key = keys_[i];
    if (!key.exists) continue;
    ImportedKey imported{.username = people_[key.person].username,
                         .base_name = key.name,
                         .digest = knox5_digest(token_of(i)),
                         .created = kStoryBegins,
                         .expiry = key.expiry,
                         .active = key.active ? ActiveFlag::kActive : ActiveFlag::kInactive,
                         .account = kAccount,
                         .own_id = KeyId{*parse_uuid(key_id_of(i))}};
    for (std::size_t client = 0; client < clients_.size(); ++client) {
      if (clients_[client].exists && assigned_.contains({i, client})) {
        imported.clients.push_back(clients_[client].name);
      }
    }
    import.keys.push_back(std::move(imported));
  }
  return import;
}

// ---- The ledger ----

void PlatformStory::command(const Command& command) {
  auto decided = decide(story_.catalog(), command, story_.now());
  if (!decided) FAIL(decided.error().message());
  report_ = std::move(decided->report);
  if (decided->events.empty()) return;
  Record record;
  if (std::holds_alternative<ImportKeys>(command)) record.actor = ImportActor{"tonight.json"};
  record.events = std::move(decided->events);
  story_.add(std::move(record));
}

void PlatformStory::change_ledger() {
  if (known_keys_.empty() || known_clients_.empty()) return;
  const std::size_t key =
      std::next(known_keys_.begin(), static_cast<std::ptrdiff_t>(pick(known_keys_.size())))->first;
  const std::size_t client =
      std::next(known_clients_.begin(), static_cast<std::ptrdiff_t>(pick(known_clients_.size())))->first;
  switch (pick(4)) {
    case 0:
      return change_ledger_key(key);
    case 1:
      return change_ledger_user(known_keys_.at(key).owner);
    case 2:
      return change_ledger_client(client);
    default:
      return change_ledger_assignment(key, client);
  }
}

void PlatformStory::change_ledger_key(std::size_t index) {
  KnownKey& key = known_keys_.at(index);
  if (key.deleted) return;
  if (one_in(4)) {
    command(DeleteKey{key_id_of(index)});
    key.deleted = true;
  } else if (one_in(3)) {
    key.expiry = later_by(story_.now(), kDay);
    command(EditKey{.key = key_id_of(index), .expiry = key.expiry});
  } else {
    command(ToggleKey{key_id_of(index)});
    key.active = !key.active;
  }
}

void PlatformStory::change_ledger_user(const std::string& username) {
  KnownUser& user = known_users_.at(username);
  if (user.removed) return;
  if (one_in(6)) {
    command(RemoveUser{username});
    user.removed = true;
  } else if (one_in(3)) {
    SetUser set{.username = username};
    (user.member ? set.leave : set.join) = {kAccount};
    command(set);
    user.member = !user.member;
  } else {
    user.active = !user.active;
    command(
        SetUser{.username = username, .active = user.active ? ActiveFlag::kActive : ActiveFlag::kInactive});
  }
}

void PlatformStory::change_ledger_client(std::size_t index) {
  KnownClient& client = known_clients_.at(index);
  if (client.removed) return;
  if (one_in(5)) {
    command(RemoveClient{client_id_of(index)});
    client.removed = true;
    std::erase_if(known_assigned_, [&](const KeyAndClient& pair) { return pair.second == index; });
  } else if (client.requires_key) {
    command(OpenClientToPublic{client_id_of(index)});
    client.requires_key = false;
    client.opened = true;
  } else {
    command(CloseClientToPublic{client_id_of(index)});
    client.requires_key = true;
    client.opened = false;
  }
}

void PlatformStory::change_ledger_assignment(std::size_t key, std::size_t client) {
  const KnownUser& owner = known_users_.at(known_keys_.at(key).owner);
  if (known_keys_.at(key).deleted || known_clients_.at(client).removed) return;
  const KeyAndClient pair{key, client};
  if (known_assigned_.contains(pair)) {
    command(UnassignKey{key_id_of(key), client_id_of(client)});
    known_assigned_.erase(pair);
    unassigned_by_operators_.insert(pair);
  } else if (owner.member) {
    command(AssignKey{key_id_of(key), client_id_of(client)});
    known_clients_.at(client).opened = false;
    assign_here(pair);
  }
}

// ---- Imports ----

void PlatformStory::import(DifferenceSet take) {
  ImportKeys tonight = dump();
  tonight.take = take;
  command(tonight);
  expect_import();
  expect_taken(take);
}

ImportReport PlatformStory::compare() const {
  ImportKeys tonight = dump();
  tonight.mode = ImportMode::kCompare;
  auto decided = decide(story_.catalog(), tonight, story_.now());
  if (!decided) FAIL(decided.error().message());
  REQUIRE(decided->events.empty());
  return std::move(decided->report);
}

void PlatformStory::assign_here(const KeyAndClient& pair) {
  known_assigned_.insert(pair);
  unassigned_by_operators_.erase(pair);
  KnownClient& client = known_clients_.at(pair.second);
  if (!client.opened) client.requires_key = true;
}

void PlatformStory::expect_import() {
  for (const Person& person : people_) {
    if (person.exists) known_users_.try_emplace(person.username, KnownUser{.active = person.active});
  }
  expect_clients();
  expect_keys();
}

void PlatformStory::expect_clients() {
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    if (!clients_[i].exists) continue;
    KnownClient& client = known_clients_[i];
    if (!client.removed && !client.opened && is_assigned_there(i)) client.requires_key = true;
  }
}

void PlatformStory::expect_keys() {
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    const Key& key = keys_[i];
    if (!key.exists) continue;
    const auto [known, is_new] = known_keys_.try_emplace(
        i, KnownKey{.owner = people_[key.person].username, .active = key.active, .expiry = key.expiry});
    if (!known->second.deleted) expect_new_assignments(i, is_new);
  }
}

void PlatformStory::expect_new_assignments(std::size_t key, bool is_new) {
  for (const KeyAndClient& pair : assigned_) {
    if (pair.first != key || !clients_[pair.second].exists || known_clients_.at(pair.second).removed)
      continue;
    if (is_new || !unassigned_by_operators_.contains(pair)) assign_here(pair);
  }
}

void PlatformStory::expect_taken(DifferenceSet take) {
  for (const Person& person : people_) {
    if (!person.exists) continue;
    KnownUser& user = known_users_.at(person.username);
    if (user.removed) continue;
    if (take.contains(DifferenceClass::kFlags)) user.active = person.active;
    if (take.contains(DifferenceClass::kMemberships)) user.member = true;
  }
  expect_taken_keys(take);
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    const auto known = known_clients_.find(i);
    if (known == known_clients_.end() || known->second.removed) continue;
    KnownClient& client = known->second;
    if (!clients_[i].exists && take.contains(DifferenceClass::kRemovals)) {
      client.removed = true;
      std::erase_if(known_assigned_, [&](const KeyAndClient& pair) { return pair.second == i; });
    } else if (clients_[i].exists && take.contains(DifferenceClass::kAccess)) {
      client.opened = !is_assigned_there(i) && (client.requires_key || client.opened);
      client.requires_key = is_assigned_there(i);
    }
  }
}

void PlatformStory::expect_taken_keys(DifferenceSet take) {
  for (auto& [index, known] : known_keys_) {
    const Key& key = keys_[index];
    if (known.deleted) continue;
    if (!key.exists) {
      const bool is_expired = known.expiry && *known.expiry < story_.now();
      if (take.contains(DifferenceClass::kRemovals) && !is_expired) known.deleted = true;
      continue;
    }
    if (take.contains(DifferenceClass::kFlags)) known.active = key.active;
    if (take.contains(DifferenceClass::kExpiries)) known.expiry = key.expiry;
    if (!take.contains(DifferenceClass::kAssignments)) continue;
    for (const auto& [client, state] : known_clients_) {
      if (state.removed || !clients_[client].exists) continue;
      if (assigned_.contains({index, client})) {
        assign_here({index, client});
      } else {
        known_assigned_.erase({index, client});
      }
    }
  }
}

void PlatformStory::settle_by_hand() {
  for (const auto& [index, client] : known_clients_) {
    if (client.removed) clients_[index].exists = false;
  }
  for (const auto& [index, key] : known_keys_) {
    if (key.deleted) keys_[index].exists = false;
    const KnownUser& owner = known_users_.at(key.owner);
    if (owner.removed || !owner.member) people_[keys_[index].person].active = false;
  }
  for (Person& person : people_) {
    const auto known = known_users_.find(person.username);
    if (known != known_users_.end() && known->second.removed) person.active = false;
  }
  for (const auto& [index, key] : known_keys_) {
    const Person& person = people_[keys_[index].person];
    KnownUser& owner = known_users_.at(key.owner);
    if (owner.removed || person.username == key.owner || owner.active == person.active) continue;
    owner.active = person.active;
    command(
        SetUser{.username = key.owner, .active = owner.active ? ActiveFlag::kActive : ActiveFlag::kInactive});
  }
}

// ---- Answers ----

std::vector<Difference> PlatformStory::rows_without(DifferenceClass ignored) const {
  std::vector<Difference> rows = report_.rows;
  std::erase_if(rows, [&](const Difference& row) { return row.kind == ignored; });
  return rows;
}

std::size_t PlatformStory::dangers() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(report_.rows, [](const Difference& row) { return row.danger != Danger::kNone; }));
}

PlatformStory::Answers PlatformStory::of_ledger() const {
  Answers answers;
  const auto ask = [&](const projections::Question& question) {
    answers.allowed.push_back(judge(story_.access(), question, story_.now()).allowed());
  };
  for (std::size_t client = 0; client < clients_.size(); ++client) {
    const std::string id = client_id_of(client);
    ask({.client = id});
    for (std::size_t key = 0; key < keys_.size(); ++key) {
      const std::string token = token_of(key);
      ask({.token = token, .client = id});
    }
  }
  for (std::size_t key = 0; key < keys_.size(); ++key) {
    const std::string token = token_of(key);
    ask({.token = token});
  }
  return answers;
}

bool PlatformStory::works_here(std::size_t index) const {
  const auto found = known_keys_.find(index);
  if (found == known_keys_.end()) return false;
  const KnownKey& key = found->second;
  const KnownUser& owner = known_users_.at(key.owner);
  const bool is_expired = key.expiry && *key.expiry < story_.now();
  return !key.deleted && key.active && !is_expired && owner.active && !owner.removed && owner.member;
}

PlatformStory::Answers PlatformStory::expected() const {
  Answers answers;
  for (std::size_t client = 0; client < clients_.size(); ++client) {
    const auto known = known_clients_.find(client);
    const bool is_there = known != known_clients_.end() && !known->second.removed;
    answers.allowed.push_back(is_there && !known->second.requires_key);
    for (std::size_t key = 0; key < keys_.size(); ++key) {
      const bool may_use =
          is_there && (!known->second.requires_key || known_assigned_.contains({key, client}));
      answers.allowed.push_back(may_use && works_here(key));
    }
  }
  for (std::size_t key = 0; key < keys_.size(); ++key) answers.allowed.push_back(works_here(key));
  return answers;
}

PlatformStory::Answers PlatformStory::of_platform() const {
  Answers answers;
  for (std::size_t client = 0; client < clients_.size(); ++client) {
    const bool is_there = clients_[client].exists;
    answers.allowed.push_back(is_there && !is_assigned_there(client));
    for (std::size_t key = 0; key < keys_.size(); ++key) {
      const bool may_use = is_there && (!is_assigned_there(client) || assigned_.contains({key, client}));
      answers.allowed.push_back(may_use && works_there(key));
    }
  }
  for (std::size_t key = 0; key < keys_.size(); ++key) answers.allowed.push_back(works_there(key));
  return answers;
}

}  // namespace keyledger::tests
