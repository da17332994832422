#include "commands/import_key_compare.h"

#include <fmt/format.h>

#include <algorithm>

#include "commands/names.h"

namespace keyledger::commands {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every decision
using projections::Client;

namespace {

constexpr auto kYes = Differences::Takeable::kYes;
constexpr auto kNever = Differences::Takeable::kNo;

std::string expiry_text(const std::optional<Timestamp>& expiry) {
  return expiry ? to_rfc3339(*expiry) : std::string("never");
}

// "production_2" is how the ledger names a second key "production".
bool has_number_after(std::string_view name, std::string_view base) {
  if (name.size() < base.size() + 2 || !name.starts_with(base) || name[base.size()] != '_') return false;
  return std::ranges::all_of(name.substr(base.size() + 1), [](char c) { return c >= '0' && c <= '9'; });
}

std::string joined(const std::vector<std::string>& texts) {
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string text_of(const std::vector<Annotation>& annotations) {
  std::vector<std::string> texts;
  for (const Annotation& each : annotations) texts.push_back(each.name + "=" + each.value);
  return joined(texts);
}

std::string text_of(const std::vector<AddressRange>& ranges) {
  std::vector<std::string> texts;
  for (const AddressRange& each : ranges) texts.push_back(to_string(each));
  return texts.empty() ? "anywhere" : joined(texts);
}

std::string text_of(const std::optional<RateLimit>& limit) { return limit ? to_string(*limit) : "none"; }

}  // namespace

std::string object_of_key(const ImportContext& context, KeyNumber number) {
  const projections::Key key = context.catalog.key(number);
  return "key " + context.catalog.user(key.owner).username + "/" + std::string(key.name);
}

bool works_there(const ImportContext& context, const ImportedKey& key, AccountNumber account) {
  const bool is_expired = key.expiry && *key.expiry < context.now;
  if (key.deleted == RemovedFlag::kRemoved || key.active == ActiveFlag::kInactive || is_expired) return false;
  if (context.closed_there.contains(account.value())) return false;
  if (context.is_dump()) return !context.inactive_there.contains(key.username);
  // The record of the owner came before, and nothing of it is known here but what the ledger has.
  const auto owner = context.catalog.find_user(key.username);
  return !owner || context.catalog.user(*owner).active == ActiveFlag::kActive;
}

std::optional<ClientNumber> client_of_import(const ImportContext& context, AccountNumber account,
                                             const std::string& name) {
  const auto named = context.clients.find(to_string(account) + "/" + name);
  if (named != context.clients.end()) return named->second;
  if (const auto known = context.catalog.find_client(account, name)) return known;
  const bool is_removed = context.catalog.withdrawals().removed_client(account, name).has_value();
  return is_removed ? std::optional(kNoClient) : std::nullopt;
}

KeyComparison::KeyComparison(ImportContext& context, KeyNumber number, const ImportedKey& key,
                             AccountNumber account)
    : context_(context),
      number_(number),
      there_(key),
      account_there_(account),
      here_(context.catalog.key(number)),
      works_here_(context.works_here(number)),
      works_there_(commands::works_there(context, key, account)) {}

void KeyComparison::run(std::vector<Rename>& renames) {
  if (!compare_presence()) return;
  compare_owner();
  compare_active();
  compare_expiry();
  compare_secret();
  const bool is_record = context_.command.origin == ImportOrigin::kRecords;
  // A dump of Knox alone has no names, texts and clients of keys.
  if (there_.own_id != KeyId{} || is_record) {
    compare_name(renames);
    compare_texts();
    compare_assignments();
  }
  if (is_record) compare_rules();
}

Difference KeyComparison::difference(DifferenceClass kind, Danger danger, std::string_view field) const {
  return {.kind = kind,
          .danger = danger,
          .object = object_of_key(context_, number_),
          .id = to_string(here_.key_id.uuid),
          .field = std::string(field)};
}

bool KeyComparison::takes(DifferenceClass kind, Danger danger, std::string_view field,
                          std::optional<std::string> ledger, std::optional<std::string> dump,
                          Differences::Takeable takeable) const {
  Difference each = difference(kind, danger, field);
  each.ledger = std::move(ledger);
  each.dump = std::move(dump);
  return context_.takes(std::move(each), takeable);
}

bool KeyComparison::compare_presence() {
  const bool deleted_there = there_.deleted == RemovedFlag::kRemoved;
  if (here_.deleted) {
    if (works_there_)
      takes(DifferenceClass::kReturns, Danger::kWorksThere, "deleted", "true", "false", kNever);
    return false;
  }
  if (!deleted_there) return true;
  const Danger danger = danger_of(works_here_, false);
  if (takes(DifferenceClass::kRemovals, danger, "deleted", "false", "true")) {
    context_.additions.add(KeyDeleted{number_});
    context_.additions.free_key_name(here_.owner, std::string(here_.name));
  }
  return false;
}

// No event moves a key to another owner or account.
void KeyComparison::compare_owner() {
  const Danger danger = danger_of(works_here_, works_there_);
  const std::string& owner = context_.catalog.user(here_.owner).username;
  if (owner != there_.username)
    takes(DifferenceClass::kOwners, danger, "owner", owner, there_.username, kNever);
  if (here_.account != account_there_) {
    takes(DifferenceClass::kOwners, danger, "account", to_string(here_.account), to_string(account_there_),
          kNever);
  }
}

void KeyComparison::compare_active() {
  if (here_.active == there_.active) return;
  const bool active_there = there_.active == ActiveFlag::kActive;
  const Danger danger = active_there ? danger_of(false, works_there_) : danger_of(works_here_, false);
  if (!takes(DifferenceClass::kFlags, danger, "active", std::string(true_or_false(!active_there)),
             std::string(true_or_false(active_there)))) {
    return;
  }
  if (active_there) {
    context_.additions.add(KeyActivated{number_});
  } else {
    context_.additions.add(KeyDeactivated{number_});
  }
}

void KeyComparison::compare_expiry() {
  if (here_.expiry == there_.expiry) return;
  const auto is_over = [&](const std::optional<Timestamp>& expiry) {
    return expiry && *expiry < context_.now;
  };
  const Danger danger =
      danger_of(works_here_ && is_over(there_.expiry), works_there_ && is_over(here_.expiry));
  if (takes(DifferenceClass::kExpiries, danger, "expiry", expiry_text(here_.expiry),
            expiry_text(there_.expiry))) {
    context_.additions.add(KeyExpiryChanged{number_, there_.expiry, ExpiryCause::kCommand});
  }
}

// The last digest is the present secret. If the ledger had the digest before a rotation, the secret was taken
// away here; if no key has the digest, the secret was taken away there.
void KeyComparison::compare_secret() {
  const KeyDigest& last = there_.rotations.empty() ? there_.digest : there_.rotations.back().digest;
  if (projections::digest_prefix_of(last) == context_.catalog.entry(number_).digest) return;
  const auto known = context_.catalog.find_digest(last);
  if (known == number_) {
    const Danger danger = danger_of(false, works_there_);
    takes(DifferenceClass::kSecrets, danger, "secret", here_.masked, masked_identifier(last), kNever);
    return;
  }
  const bool can_rotate = !known && last.scheme != DigestScheme::kKnoxSalted;
  const Danger danger = danger_of(works_here_, false);
  if (takes(DifferenceClass::kSecrets, danger, "secret", here_.masked, masked_identifier(last),
            can_rotate ? kYes : kNever)) {
    rotate();
  }
}

void KeyComparison::rotate() {
  const auto rotate_to = [&](const KeyDigest& digest, const std::optional<Timestamp>& grace_until) {
    if (digest.scheme != DigestScheme::kKnoxSalted && context_.additions.note_digest(digest)) {
      context_.additions.add(KeyRotated{number_, digest, grace_until});
    }
  };
  rotate_to(there_.digest, std::nullopt);
  for (const ImportedKey::Rotation& rotation : there_.rotations) {
    rotate_to(rotation.digest, rotation.grace_until);
  }
}

// A number after the name is no difference while another key of the owner has the name.
void KeyComparison::compare_name(std::vector<Rename>& renames) {
  const std::string& wanted = there_.base_name;
  if (here_.name == wanted) return;
  const bool is_free = context_.additions.is_free_key_name(here_.owner, wanted);
  if (!is_free && has_number_after(here_.name, wanted)) return;
  Difference each = difference(DifferenceClass::kNames, Danger::kNone, "name");
  each.ledger = std::string(here_.name);
  each.dump = wanted;
  if (!context_.takes(each, is_name(wanted, kNameBytesMax) ? kYes : kNever)) return;
  renames.push_back({.number = number_.value(),
                     .scope = here_.owner.value(),
                     .from = std::string(here_.name),
                     .to = wanted,
                     .difference = std::move(each)});
}

void KeyComparison::compare_texts() {
  KeyDescribed described{number_, std::string(here_.description), here_.tags, here_.annotations};
  const KeyDescribed before = described;
  if (here_.description != there_.description && takes(DifferenceClass::kTexts, Danger::kNone, "description",
                                                       std::string(here_.description), there_.description)) {
    described.description = there_.description;
  }
  if (here_.tags != there_.tags &&
      takes(DifferenceClass::kTexts, Danger::kNone, "tags", joined(here_.tags), joined(there_.tags))) {
    described.tags = there_.tags;
  }
  if (here_.annotations != there_.annotations &&
      takes(DifferenceClass::kTexts, Danger::kNone, "annotations", text_of(here_.annotations),
            text_of(there_.annotations))) {
    described.annotations = there_.annotations;
  }
  if (described == before) return;
  std::vector<Event> events;
  add_description(std::move(described), events);
  for (Event& event : events) context_.additions.add(std::move(event));
}

// An allow-list of the record makes the key work here from addresses from which the key does not work there.
void KeyComparison::compare_rules() {
  if (here_.limit != there_.limit && takes(DifferenceClass::kLimits, Danger::kNone, "rate_limit",
                                           text_of(here_.limit), text_of(there_.limit))) {
    context_.additions.add(KeyLimitChanged{number_, there_.limit});
  }
  if (here_.allow == there_.allow) return;
  const Danger danger = danger_of(works_here_ && !there_.allow.empty(), false);
  if (takes(DifferenceClass::kLimits, danger, "allow", text_of(here_.allow), text_of(there_.allow))) {
    context_.additions.add(KeyAllowListChanged{number_, there_.allow});
  }
}

// ---- Assignments ----

void KeyComparison::compare_assignments() {
  if (here_.account != account_there_) return;
  std::vector<ClientNumber> wanted;
  for (const std::string& name : there_.clients) {
    const auto client = client_of_import(context_, account_there_, name);
    if (!client) {
      const Danger danger = danger_of(false, works_there_);
      takes(DifferenceClass::kAssignments, danger, "client", std::nullopt, name, kNever);
    } else if (*client != kNoClient && std::ranges::find(wanted, *client) == wanted.end()) {
      wanted.push_back(*client);
    }
  }
  assign_missing(wanted);
  unassign_surplus(wanted);
}

void KeyComparison::assign_missing(const std::vector<ClientNumber>& wanted) {
  if (context_.is_shut(here_.account)) return;
  for (const ClientNumber client : wanted) {
    if (std::ranges::find(here_.clients, client) != here_.clients.end()) continue;
    const bool is_new =
        client.value() > context_.catalog.clients() ||
        (context_.is_dump() && !context_.catalog.withdrawals().was_unassigned(number_, client));
    const Danger danger = danger_of(false, works_there_);
    if (is_new || takes(DifferenceClass::kAssignments, danger, "client", std::nullopt,
                        context_.catalog.client(client).name)) {
      context_.additions.assign(number_, client);
    }
  }
}

// A dump says nothing about a client that the dump does not have.
void KeyComparison::unassign_surplus(const std::vector<ClientNumber>& wanted) {
  for (const ClientNumber client : here_.clients) {
    if (std::ranges::find(wanted, client) != wanted.end()) continue;
    if (context_.is_dump() && !context_.known_clients.contains(client.value())) continue;
    const Danger danger = danger_of(works_here_, false);
    if (takes(DifferenceClass::kAssignments, danger, "client", context_.catalog.client(client).name,
              std::nullopt)) {
      context_.additions.add(KeyUnassigned{number_, client});
    }
  }
}

}  // namespace keyledger::commands
