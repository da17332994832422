#include "ledger/codec/event_codec.h"

#include <algorithm>

#include "ledger/codec/failure.h"
#include "ledger/codec/field_codec.h"
#include "ledger/codec/key_event_codec.h"
#include "ledger/codec/record_limits.h"

namespace keyledger::ledger {
namespace {

StaffFlag staff_flag(bool staff) { return staff ? StaffFlag::kStaff : StaffFlag::kNotStaff; }
ActiveFlag active_flag(bool active) { return active ? ActiveFlag::kActive : ActiveFlag::kInactive; }

void write_pair(KeyNumber key, ClientNumber client, schema::KeyAndClient::Builder out) {
  out.setKey(number_of(key));
  out.setClient(number_of(client));
}

void write_unknown(const UnknownTokensRefused& event, schema::UnknownTokensRefused::Builder out) {
  ENSURE(!event.counts.empty(), "UnknownTokensRefused counts something");
  out.setFrom(event.from.microseconds);
  out.setTo(event.to.microseconds);
  auto counts = out.initCounts(static_cast<unsigned>(event.counts.size()));
  for (unsigned i = 0; i < counts.size(); ++i) {
    const UnknownTokenCount& count = event.counts[i];
    ENSURE(count.count > 0 && count.reason != VerdictReason::kAllowed,
           "UnknownTokensRefused counts refusals");
    counts[i].setReason(static_cast<std::uint8_t>(count.reason));
    counts[i].setCount(count.count);
    if (count.address) counts[i].setAddress(data_of(compact_bytes(*count.address)));
  }
}

UnknownTokensRefused read_unknown(schema::UnknownTokensRefused::Reader in) {
  UnknownTokensRefused event{.from = Timestamp{in.getFrom()}, .to = Timestamp{in.getTo()}, .counts = {}};
  const auto counts = in.getCounts();
  require(counts.size() > 0, "no counts of unknown tokens");
  for (const auto count : counts) {
    const auto reason = verdict_reason_from(count.getReason());
    require(reason.has_value() && *reason != VerdictReason::kAllowed, "the reason of unknown tokens");
    require(count.getCount() > 0, "a count of unknown tokens");
    UnknownTokenCount& read = event.counts.emplace_back();
    read.reason = *reason;
    read.count = count.getCount();
    if (const auto address = count.getAddress(); address.size() != 0) read.address = address_of(address);
  }
  return event;
}

KeyAssigned read_assigned(schema::KeyAndClient::Reader in) {
  return {key(in.getKey()), client(in.getClient())};
}

KeyUnassigned read_unassigned(schema::KeyAndClient::Reader in) {
  return {key(in.getKey()), client(in.getClient())};
}

AccountOpened read_account_opened(schema::AccountOpened::Reader in) {
  return {.account = account(in.getAccount()), .name = string_of(in.getName())};
}

UserRegistered read_user_registered(schema::UserRegistered::Reader in) {
  return {.user = user(in.getUser()),
          .username = string_of(in.getUsername()),
          .staff = staff_flag(in.getStaff()),
          .active = active_flag(in.getActive())};
}

UserJoinedAccount read_user_joined(schema::UserAndAccount::Reader in) {
  return {.user = user(in.getUser()), .account = account(in.getAccount())};
}

ClientRegistered read_client_registered(schema::ClientRegistered::Reader in) {
  return {.client = client(in.getClient()),
          .client_id = {uuid(in.getClientId(), "the id of a client")},
          .account = account(in.getAccount()),
          .name = string_of(in.getName())};
}

// A user, and the new value of a flag of the user.
template <typename Flag>
void write_flag(UserNumber user, Flag flag, schema::UserFlag::Builder out) {
  out.setUser(number_of(user));
  out.setFlag(flag == static_cast<Flag>(1));
}

void write_name(std::uint32_t number, const std::string& name, schema::NumberAndName::Builder out) {
  out.setNumber(number);
  out.setName(text_of(name));
}

AccountRenamed read_account_renamed(schema::AccountOpened::Reader in) {
  return {.account = account(in.getAccount()), .name = string_of(in.getName())};
}

PolicyChanged read_policy(schema::Policy::Reader in) {
  const Policy policy{.max_lifetime_days = in.getMaxLifetimeDays(),
                      .lifetime_rule = in.getEnforceLifetime() ? LifetimeRule::kEnforce : LifetimeRule::kWarn,
                      .keys_per_user = in.getKeysPerUser(),
                      .refresh_ttl = in.getRefreshTtl(),
                      .refresh_interval = in.getRefreshInterval(),
                      .refresh_max = in.getRefreshMax()};
  require(is_well_formed(policy), "a policy");
  return {policy};
}

void write_body(const AccountOpened& event, schema::Event::Builder out) {
  auto body = out.initAccountOpened();
  body.setAccount(number_of(event.account));
  body.setName(text_of(event.name));
}

void write_body(const UserRegistered& event, schema::Event::Builder out) {
  auto body = out.initUserRegistered();
  body.setUser(number_of(event.user));
  body.setStaff(event.staff == StaffFlag::kStaff);
  body.setActive(event.active == ActiveFlag::kActive);
  body.setUsername(text_of(event.username));
}

void write_body(const UserJoinedAccount& event, schema::Event::Builder out) {
  auto body = out.initUserJoinedAccount();
  body.setUser(number_of(event.user));
  body.setAccount(number_of(event.account));
}

void write_body(const ClientRegistered& event, schema::Event::Builder out) {
  auto body = out.initClientRegistered();
  body.setClient(number_of(event.client));
  body.setAccount(number_of(event.account));
  body.setClientId(uuid_data(event.client_id.uuid));
  body.setName(text_of(event.name));
}

void write_body(const KeyCreated& event, schema::Event::Builder out) {
  write_details(event.details, out.initKeyCreated());
}

void write_body(const KeyImported& event, schema::Event::Builder out) {
  write_body(event, out.initKeyImported());
}

void write_body(const KeyActivated& event, schema::Event::Builder out) {
  out.setKeyActivated(number_of(event.key));
}

void write_body(const KeyDeactivated& event, schema::Event::Builder out) {
  out.setKeyDeactivated(number_of(event.key));
}

void write_body(const KeyDeleted& event, schema::Event::Builder out) {
  out.setKeyDeleted(number_of(event.key));
}

void write_body(const KeyAssigned& event, schema::Event::Builder out) {
  write_pair(event.key, event.client, out.initKeyAssigned());
}

void write_body(const KeyUnassigned& event, schema::Event::Builder out) {
  write_pair(event.key, event.client, out.initKeyUnassigned());
}

void write_body(const UnknownTokensRefused& event, schema::Event::Builder out) {
  write_unknown(event, out.initUnknownTokensRefused());
}

void write_body(const AccountRenamed& event, schema::Event::Builder out) {
  auto body = out.initAccountRenamed();
  body.setAccount(number_of(event.account));
  body.setName(text_of(event.name));
}

void write_body(const AccountClosed& event, schema::Event::Builder out) {
  out.initAccountClosed().setAccount(number_of(event.account));
}

void write_body(const UserStaffChanged& event, schema::Event::Builder out) {
  write_flag(event.user, event.staff, out.initUserStaffChanged());
}

void write_body(const UserActiveChanged& event, schema::Event::Builder out) {
  write_flag(event.user, event.active, out.initUserActiveChanged());
}

void write_body(const UserLeftAccount& event, schema::Event::Builder out) {
  auto body = out.initUserLeftAccount();
  body.setUser(number_of(event.user));
  body.setAccount(number_of(event.account));
}

void write_body(const UserRemoved& event, schema::Event::Builder out) {
  out.setUserRemoved(number_of(event.user));
}

void write_body(const ClientRenamed& event, schema::Event::Builder out) {
  write_name(number_of(event.client), event.name, out.initClientRenamed());
}

void write_body(const ClientOpenedToPublic& event, schema::Event::Builder out) {
  out.setClientOpenedToPublic(number_of(event.client));
}

void write_body(const ClientClosedToPublic& event, schema::Event::Builder out) {
  out.setClientClosedToPublic(number_of(event.client));
}

void write_body(const ClientRemoved& event, schema::Event::Builder out) {
  out.setClientRemoved(number_of(event.client));
}

void write_body(const KeyRenamed& event, schema::Event::Builder out) {
  write_name(number_of(event.key), event.name, out.initKeyRenamed());
}

void write_body(const KeyDescribed& event, schema::Event::Builder out) {
  write_body(event, out.initKeyDescribed());
}

void write_body(const KeyAnnotated& event, schema::Event::Builder out) {
  write_body(event, out.initKeyAnnotated());
}

void write_body(const KeyExpiryChanged& event, schema::Event::Builder out) {
  write_body(event, out.initKeyExpiryChanged());
}

void write_body(const KeyRotated& event, schema::Event::Builder out) {
  write_body(event, out.initKeyRotated());
}

void write_body(const KeyLimitChanged& event, schema::Event::Builder out) {
  write_body(event, out.initKeyLimitChanged());
}

void write_body(const KeyAllowListChanged& event, schema::Event::Builder out) {
  write_body(event, out.initKeyAllowListChanged());
}

void write_body(const PolicyChanged& event, schema::Event::Builder out) {
  const Policy& policy = event.policy;
  ENSURE(is_well_formed(policy), "a policy within its bounds");
  auto body = out.initPolicyChanged();
  body.setMaxLifetimeDays(policy.max_lifetime_days);
  body.setEnforceLifetime(policy.lifetime_rule == LifetimeRule::kEnforce);
  body.setKeysPerUser(policy.keys_per_user);
  body.setRefreshTtl(policy.refresh_ttl);
  body.setRefreshInterval(policy.refresh_interval);
  body.setRefreshMax(policy.refresh_max);
}

void write_body(const CommandHadNoEffect& /*event*/, schema::Event::Builder out) {
  out.setCommandHadNoEffect();
}

}  // namespace

std::size_t estimated_words(const Event& event) {
  constexpr std::size_t kSmallEventWords = 16;
  const std::size_t beyond =
      std::visit(Overloaded{[](const AccountOpened& e) { return words_of(e.name); },
                            [](const AccountRenamed& e) { return words_of(e.name); },
                            [](const UserRegistered& e) { return words_of(e.username); },
                            [](const ClientRegistered& e) { return words_of(e.name); },
                            [](const ClientRenamed& e) { return words_of(e.name); },
                            [](const KeyCreated& e) { return words_of(e.details); },
                            [](const KeyImported& e) { return words_of(e.details); },
                            [](const KeyRenamed& e) { return words_of(e.name); },
                            [](const KeyDescribed& e) { return words_of(e); },
                            [](const KeyAnnotated& e) { return words_of(e.annotations); },
                            [](const KeyAllowListChanged& e) { return 4 * e.ranges.size(); },
                            [](const KeysUsed& e) { return estimated_words(e.block); },
                            [](const UsesDenied& e) { return 2 * estimated_words(e.block); },
                            [](const UnknownTokensRefused& e) { return 6 * e.counts.size(); },
                            // All other events are small.
                            [](const auto&) { return std::size_t{0}; }},
                 event);
  return kSmallEventWords + beyond;
}

void write_event(const Event& event, ColumnScratch& columns, schema::Event::Builder out) {
  out.setVersion(kEventVersion);
  std::visit(Overloaded{[&](const KeysUsed& uses) {
                          write_block(uses.block, BlockKind::kUsed, columns, out.initKeysUsed());
                        },
                        [&](const UsesDenied& uses) {
                          write_block(uses.block, BlockKind::kDenied, columns, out.initUsesDenied());
                        },
                        [&](const auto& body) { write_body(body, out); }},
             event);
}

Event read_event(schema::Event::Reader in) {
  require(in.getVersion() != 0, "the version of an event");
  if (in.getVersion() > kEventVersion) {
    throw CodecFailure{
        {ErrorCode::kNewerFormat, "version " + std::to_string(in.getVersion()) + " of an event"}};
  }
  using Which = schema::Event::Which;
  switch (in.which()) {
    case Which::ACCOUNT_OPENED:
      return read_account_opened(in.getAccountOpened());
    case Which::USER_REGISTERED:
      return read_user_registered(in.getUserRegistered());
    case Which::USER_JOINED_ACCOUNT:
      return read_user_joined(in.getUserJoinedAccount());
    case Which::CLIENT_REGISTERED:
      return read_client_registered(in.getClientRegistered());
    case Which::KEY_CREATED:
      return KeyCreated{read_details(in.getKeyCreated())};
    case Which::KEY_IMPORTED:
      return read_body(in.getKeyImported());
    case Which::KEY_ACTIVATED:
      return KeyActivated{key(in.getKeyActivated())};
    case Which::KEY_DEACTIVATED:
      return KeyDeactivated{key(in.getKeyDeactivated())};
    case Which::KEY_DELETED:
      return KeyDeleted{key(in.getKeyDeleted())};
    case Which::KEY_ASSIGNED:
      return read_assigned(in.getKeyAssigned());
    case Which::KEY_UNASSIGNED:
      return read_unassigned(in.getKeyUnassigned());
    case Which::KEYS_USED:
      return KeysUsed{read_block(in.getKeysUsed(), BlockKind::kUsed)};
    case Which::USES_DENIED:
      return UsesDenied{read_block(in.getUsesDenied(), BlockKind::kDenied)};
    case Which::UNKNOWN_TOKENS_REFUSED:
      return read_unknown(in.getUnknownTokensRefused());
    case Which::ACCOUNT_RENAMED:
      return read_account_renamed(in.getAccountRenamed());
    case Which::ACCOUNT_CLOSED:
      return AccountClosed{account(in.getAccountClosed().getAccount())};
    case Which::USER_STAFF_CHANGED:
      return UserStaffChanged{user(in.getUserStaffChanged().getUser()),
                              staff_flag(in.getUserStaffChanged().getFlag())};
    case Which::USER_ACTIVE_CHANGED:
      return UserActiveChanged{user(in.getUserActiveChanged().getUser()),
                               active_flag(in.getUserActiveChanged().getFlag())};
    case Which::USER_LEFT_ACCOUNT:
      return UserLeftAccount{user(in.getUserLeftAccount().getUser()),
                             account(in.getUserLeftAccount().getAccount())};
    case Which::USER_REMOVED:
      return UserRemoved{user(in.getUserRemoved())};
    case Which::CLIENT_RENAMED:
      return ClientRenamed{client(in.getClientRenamed().getNumber()),
                           string_of(in.getClientRenamed().getName())};
    case Which::CLIENT_OPENED_TO_PUBLIC:
      return ClientOpenedToPublic{client(in.getClientOpenedToPublic())};
    case Which::CLIENT_CLOSED_TO_PUBLIC:
      return ClientClosedToPublic{client(in.getClientClosedToPublic())};
    case Which::CLIENT_REMOVED:
      return ClientRemoved{client(in.getClientRemoved())};
    case Which::KEY_RENAMED:
      return KeyRenamed{key(in.getKeyRenamed().getNumber()), string_of(in.getKeyRenamed().getName())};
    case Which::KEY_DESCRIBED:
      return read_body(in.getKeyDescribed());
    case Which::KEY_EXPIRY_CHANGED:
      return read_body(in.getKeyExpiryChanged());
    case Which::KEY_ROTATED:
      return read_body(in.getKeyRotated());
    case Which::KEY_LIMIT_CHANGED:
      return read_body(in.getKeyLimitChanged());
    case Which::KEY_ALLOW_LIST_CHANGED:
      return read_body(in.getKeyAllowListChanged());
    case Which::POLICY_CHANGED:
      return read_policy(in.getPolicyChanged());
    case Which::KEY_ANNOTATED:
      return read_body(in.getKeyAnnotated());
    case Which::COMMAND_HAD_NO_EFFECT:
      return CommandHadNoEffect{};
  }
  throw CodecFailure{
      {ErrorCode::kNewerFormat, "event number " + std::to_string(static_cast<unsigned>(in.which()))}};
}

}  // namespace keyledger::ledger
