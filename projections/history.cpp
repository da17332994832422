#include "projections/history.h"

#include <fmt/format.h>

#include <algorithm>

namespace keyledger::projections {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every fold

namespace {

std::string text_of(const Actor& actor, const Catalog& catalog) {
  return std::visit(
      Overloaded{[](const SystemActor&) { return std::string("system"); },
                 [](const OperatorActor& by) { return "operator " + by.name; },
                 [&](const KeyActor& by) { return "key " + to_string(catalog.key(by.key).key_id.uuid); },
                 [](const ImportActor& by) { return "import " + by.source; }},
      actor);
}

std::string text_of(const Origin& origin) {
  return std::visit(Overloaded{[](const LocalOrigin&) { return std::string("local"); },
                               [](const UnixOrigin& from) { return fmt::format("uid {}", from.uid); },
                               [](const AddressOrigin& from) { return to_string(from.address); }},
                    origin);
}

std::string_view yes_or_no(bool flag) { return flag ? "true" : "false"; }

// Fills the fields that an event has.
struct Describer {
  const Catalog& catalog;
  HistoryRow& row;

  void operator()(const AccountOpened& event) const {
    row.account = to_string(event.account);
    detail("name", event.name);
  }
  void operator()(const UserRegistered& event) const {
    row.username = event.username;
    detail("staff", yes_or_no(event.staff == StaffFlag::kStaff));
    detail("active", yes_or_no(event.active == ActiveFlag::kActive));
  }
  void operator()(const UserJoinedAccount& event) const {
    name_user(event.user);
    row.account = to_string(event.account);
  }
  void operator()(const ClientRegistered& event) const { name_client(event.client); }
  void operator()(const AccountRenamed& event) const {
    row.account = to_string(event.account);
    detail("name", event.name);
  }
  void operator()(const AccountClosed& event) const { row.account = to_string(event.account); }
  void operator()(const UserStaffChanged& event) const {
    name_user(event.user);
    detail("staff", yes_or_no(event.staff == StaffFlag::kStaff));
  }
  void operator()(const UserActiveChanged& event) const {
    name_user(event.user);
    detail("active", yes_or_no(event.active == ActiveFlag::kActive));
  }
  void operator()(const UserLeftAccount& event) const {
    name_user(event.user);
    row.account = to_string(event.account);
  }
  void operator()(const UserRemoved& event) const { name_user(event.user); }
  void operator()(const ClientRenamed& event) const {
    name_client(event.client);
    detail("name", event.name);
  }
  void operator()(const ClientOpenedToPublic& event) const { name_client(event.client); }
  void operator()(const ClientClosedToPublic& event) const { name_client(event.client); }
  void operator()(const ClientRemoved& event) const { name_client(event.client); }
  void operator()(const KeyRenamed& event) const {
    name_key(event.key);
    detail("name", event.name);
  }
  void operator()(const KeyDescribed& event) const {
    name_key(event.key);
    detail("description", event.description);
    for (const std::string& tag : event.tags) detail("tag", tag);
    detail_annotations(event.annotations);
  }
  void operator()(const KeyAnnotated& event) const {
    name_key(event.key);
    detail_annotations(event.annotations);
  }
  void operator()(const KeyExpiryChanged& event) const {
    name_key(event.key);
    detail("expiry", event.expiry ? to_rfc3339(*event.expiry) : "never");
    if (event.cause == ExpiryCause::kUse) detail("cause", "use");
  }
  void operator()(const KeyRotated& event) const {
    name_key(event.key);
    detail("identifier", masked_identifier(event.digest));
    detail("grace_until", event.grace_until ? to_rfc3339(*event.grace_until) : "none");
  }
  void operator()(const KeyLimitChanged& event) const {
    name_key(event.key);
    detail("limit", event.limit ? to_string(*event.limit) : "none");
  }
  void operator()(const KeyAllowListChanged& event) const {
    name_key(event.key);
    if (event.ranges.empty()) detail("allow", "anywhere");
    for (const AddressRange& range : event.ranges) detail("allow", to_string(range));
  }
  void operator()(const PolicyChanged& event) const {
    const Policy& policy = event.policy;
    detail("max_lifetime_days", std::to_string(policy.max_lifetime_days));
    detail("lifetime", policy.lifetime_rule == LifetimeRule::kEnforce ? "enforce" : "warn");
    detail("keys_per_user", std::to_string(policy.keys_per_user));
    detail("refresh_ttl", duration_text(policy.refresh_ttl));
    detail("refresh_interval", duration_text(policy.refresh_interval));
    detail("refresh_max", duration_text(policy.refresh_max));
  }
  void operator()(const KeyCreated& event) const { describe(event.details); }
  void operator()(const KeyImported& event) const {
    describe(event.details);
    detail("created", to_rfc3339(event.details.created));
    detail("active", yes_or_no(event.active == ActiveFlag::kActive));
    if (event.last_used) detail("last_used", to_rfc3339(*event.last_used));
  }
  void operator()(const KeyActivated& event) const { name_key(event.key); }
  void operator()(const KeyDeactivated& event) const { name_key(event.key); }
  void operator()(const KeyDeleted& event) const { name_key(event.key); }
  void operator()(const KeyAssigned& event) const { name_pair(event.key, event.client); }
  void operator()(const KeyUnassigned& event) const { name_pair(event.key, event.client); }
  void operator()(const CommandHadNoEffect&) const {}
  // Do nothing, because blocks are taken apart into uses before events are described.
  void operator()(const KeysUsed&) const {}
  void operator()(const UsesDenied&) const {}

  void operator()(const UnknownTokensRefused& event) const {
    detail("from", to_rfc3339(event.from));
    detail("to", to_rfc3339(event.to));
    for (const UnknownTokenCount& refused : event.counts) {
      const std::string from = refused.address ? to_string(*refused.address) : "elsewhere";
      detail(fmt::format("{} from {}", entry_of(refused.reason).name, from), std::to_string(refused.count));
    }
  }

  void detail_annotations(const std::vector<Annotation>& annotations) const {
    for (const Annotation& note : annotations) detail("annotation", note.name + "=" + note.value);
  }

  void name_key(KeyNumber number) const {
    const Key key = catalog.key(number);
    row.key_id = to_string(key.key_id.uuid);
    row.key_name = key.name;
    row.username = catalog.user(key.owner).username;
    row.account = to_string(key.account);
  }

  void name_user(UserNumber number) const { row.username = catalog.user(number).username; }

  void name_client(ClientNumber number) const {
    const Client& client = catalog.client(number);
    row.client_id = to_string(client.client_id.uuid);
    row.client_name = client.name;
    row.account = to_string(client.account);
  }

 private:
  void name_pair(KeyNumber key, ClientNumber client) const {
    name_client(client);
    name_key(key);
  }

  void describe(const KeyDetails& details) const {
    name_key(details.key);
    detail("scheme", name_of(details.digest.scheme));
    detail("identifier", masked_identifier(details.digest));
    detail("expiry", details.expiry ? to_rfc3339(*details.expiry) : "never");
    if (!details.description.empty()) detail("description", details.description);
    for (const std::string& tag : details.tags) detail("tag", tag);
  }

  void detail(std::string_view name, std::string_view value) const { row.details.emplace_back(name, value); }
};

bool is_wanted(const HistoryFilter& filter, Timestamp time) {
  return (!filter.since || *filter.since <= time) && (!filter.until || time <= *filter.until);
}

bool is_wanted(const HistoryFilter& filter, const EntityRef& entity) {
  return std::binary_search(filter.entities.begin(), filter.entities.end(), entity);
}

bool is_wanted(const HistoryFilter& filter, const Event& event) {
  return filter.entities.empty() || concerns(event, filter.entities);
}

bool is_wanted(const HistoryFilter& filter, const Use& use) {
  if (!is_wanted(filter, use.time)) return false;
  return filter.entities.empty() || (use.key != kNoKey && is_wanted(filter, ref(use.key))) ||
         (use.client != kNoClient && is_wanted(filter, ref(use.client)));
}

void append_uses(const Catalog& catalog, const UseBlock& block, const HistoryFilter& filter,
                 const HistoryRow& base, std::vector<HistoryRow>& rows) {
  for (std::size_t i = 0; i < block.uses.size(); ++i) {
    const Use& use = block.uses[i];
    if (!is_wanted(filter, use)) continue;
    HistoryRow row = base;
    const Describer describer{catalog, row};
    row.position = Position{base.position.value() + i};
    row.time = use.time;
    row.event = use.reason == VerdictReason::kAllowed ? "KeyUsed" : "UseDenied";
    if (use.reason != VerdictReason::kAllowed) row.reason = entry_of(use.reason).name;
    if (use.client != kNoClient) describer.name_client(use.client);
    if (use.key != kNoKey) describer.name_key(use.key);
    if (use.address != 0) row.address = to_string(block.addresses[use.address - 1]);
    row.details.emplace_back("as_of", std::to_string(block.as_of.value()));
    rows.push_back(std::move(row));
  }
}

}  // namespace

std::vector<EntityRef> with_belongings(const Catalog& catalog, const EntityRef& entity) {
  std::vector<EntityRef> all{entity};
  const auto add = [&](const auto& numbers) {
    for (const auto number : numbers) all.push_back(ref(number));
  };
  switch (entity.kind) {
    case EntityRef::Kind::kAccount: {
      const Account* account = catalog.find_account(AccountNumber{entity.number});
      ENSURE(account != nullptr, "an account of this catalog");
      add(account->clients);
      add(catalog.keys_of(*account));
      break;
    }
    case EntityRef::Kind::kUser:
      add(catalog.keys_of(catalog.user(UserNumber{static_cast<std::uint32_t>(entity.number)})));
      break;
    case EntityRef::Kind::kClient:
    case EntityRef::Kind::kKey:
      break;
  }
  std::sort(all.begin(), all.end());
  return all;
}

void append_rows(const Catalog& catalog, const Record& record, const HistoryFilter& filter,
                 std::vector<HistoryRow>& rows) {
  HistoryRow base{.position = record.position,
                  .time = record.time,
                  .actor = text_of(record.actor, catalog),
                  .origin = text_of(record.origin),
                  .reason = record.reason};
  for (const Event& event : record.events) {
    if (const UseBlock* block = uses_of(event)) {
      if (filter.uses == UsesInHistory::kInclude) append_uses(catalog, *block, filter, base, rows);
    } else if (is_wanted(filter, record.time) && is_wanted(filter, event)) {
      HistoryRow& row = rows.emplace_back(base);
      row.event = name_of(event);
      std::visit(Describer{catalog, row}, event);
    }
    base.position = Position{base.position.value() + positions_of(event)};
  }
}

}  // namespace keyledger::projections
