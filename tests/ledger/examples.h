// Examples for the tests of the ledger: a value of every event, and records with these values.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "ledger/record.h"

namespace keyledger::ledger::examples {

constexpr Timestamp kNoon{1'800'000'000'000'000};

inline Address address(const char* text) { return parse_address(text).value(); }

inline AddressRange range(const char* text) { return parse_address_range(text).value(); }

inline boost::uuids::uuid uuid(std::uint8_t last_byte) {
  auto id = parse_uuid("0f8fad5b-d9cb-469f-a165-708677289500").value();
  id.data[15] = last_byte;
  return id;
}

inline KeyDetails key_details() {
  return {.key = KeyNumber{7},
          .key_id = {uuid(7)},
          .owner = UserNumber{3},
          .account = AccountNumber{123456789012},
          .name = "ci",
          .description = "builds and deploys",
          .tags = {"prod", "eu"},
          .digest = sha256_digest("a token"),
          .created = kNoon,
          .expiry = later_by(kNoon, kMicrosecondsPerDay)};
}

inline KeyDetails salted_key_details() {
  KeyDetails details = key_details();
  details.digest = knox_salted_digest("00112233", Salt{1, 2, 3, 4, 5, 6, 7, 8}).value();
  details.digest.bucket = 513;
  details.description.clear();
  details.tags.clear();
  details.expiry.reset();
  return details;
}

// Returns uses of two clients, two known addresses and an unknown address, with keys out of order and a
// repeated time.
inline UseBlock mixed_block() {
  return {
      .as_of = Position{41},
      .addresses = {address("192.0.2.7"), address("2001:db8::7")},
      .uses = {
          {.time = kNoon, .key = KeyNumber{300}, .client = ClientNumber{2}, .address = 1},
          {.time = later_by(kNoon, 1), .key = KeyNumber{7}, .client = ClientNumber{9}, .address = 2},
          {.time = later_by(kNoon, 1), .key = kNoKey, .client = ClientNumber{2}, .address = 0},
          {.time = later_by(kNoon, 70'000), .key = KeyNumber{70'000}, .client = kNoClient, .address = 1}}};
}

// Returns uses with equal clients and addresses, so that the encoder omits both columns.
inline UseBlock uniform_block() {
  return {
      .as_of = Position{41},
      .addresses = {address("192.0.2.7")},
      .uses = {{.time = kNoon, .key = KeyNumber{7}, .client = ClientNumber{2}, .address = 1},
               {.time = later_by(kNoon, 5), .key = KeyNumber{7}, .client = ClientNumber{2}, .address = 1}}};
}

inline UseBlock denied_block() {
  UseBlock block = mixed_block();
  block.uses[2].key = KeyNumber{8};
  block.uses[0].reason = VerdictReason::kExpired;
  block.uses[1].reason = VerdictReason::kInactive;
  block.uses[2].reason = VerdictReason::kNotAssigned;
  block.uses[3].reason = VerdictReason::kAccountMismatch;
  return block;
}

// Returns an example of each event, under the names of the golden file.
inline std::vector<std::pair<std::string, Event>> events() {
  const KeyNumber key{7};
  const ClientNumber client{2};
  const AccountNumber account{123456789012};
  return {
      {"AccountOpened", AccountOpened{account, "Acme"}},
      {"UserRegistered", UserRegistered{UserNumber{3}, "ada", StaffFlag::kStaff, ActiveFlag::kActive}},
      {"UserJoinedAccount", UserJoinedAccount{UserNumber{3}, account}},
      {"ClientRegistered", ClientRegistered{client, {uuid(2)}, account, "chatbot"}},
      {"KeyCreated", KeyCreated{key_details()}},
      {"KeyImported", KeyImported{salted_key_details(), ActiveFlag::kActive, std::nullopt}},
      {"KeyImportedUsed", KeyImported{salted_key_details(), ActiveFlag::kInactive, later_by(kNoon, 7)}},
      {"KeyActivated", KeyActivated{key}},
      {"KeyDeactivated", KeyDeactivated{key}},
      {"KeyDeleted", KeyDeleted{key}},
      {"KeyAssigned", KeyAssigned{key, client}},
      {"KeyUnassigned", KeyUnassigned{key, client}},
      {"KeysUsed", KeysUsed{mixed_block()}},
      {"KeysUsedUniform", KeysUsed{uniform_block()}},
      {"UsesDenied", UsesDenied{denied_block()}},
      {"UnknownTokensRefused", UnknownTokensRefused{kNoon,
                                                    later_by(kNoon, 60),
                                                    {{VerdictReason::kUnknown, address("192.0.2.7"), 3},
                                                     {VerdictReason::kMalformed, std::nullopt, 5}}}},
      {"AccountRenamed", AccountRenamed{account, "Acme Inc."}},
      {"AccountClosed", AccountClosed{account}},
      {"UserStaffChanged", UserStaffChanged{UserNumber{3}, StaffFlag::kStaff}},
      {"UserActiveChanged", UserActiveChanged{UserNumber{3}, ActiveFlag::kActive}},
      {"UserLeftAccount", UserLeftAccount{UserNumber{3}, account}},
      {"UserRemoved", UserRemoved{UserNumber{3}}},
      {"ClientRenamed", ClientRenamed{client, "assistant"}},
      {"ClientOpenedToPublic", ClientOpenedToPublic{client}},
      {"ClientClosedToPublic", ClientClosedToPublic{client}},
      {"ClientRemoved", ClientRemoved{client}},
      {"KeyRenamed", KeyRenamed{key, "deploy"}},
      {"KeyDescribed", KeyDescribed{key, "deploys", {"prod"}, {{"team", "platform"}, {"ticket", ""}}}},
      {"KeyExpiryChanged", KeyExpiryChanged{key, later_by(kNoon, 1), ExpiryCause::kUse}},
      {"KeyExpiryTaken", KeyExpiryChanged{key, std::nullopt, ExpiryCause::kCommand}},
      {"KeyRotated", KeyRotated{key, sha256_digest("another token"), later_by(kNoon, 3600)}},
      {"KeyRotatedAtOnce", KeyRotated{key, sha256_digest("another token"), std::nullopt}},
      {"KeyLimitChanged", KeyLimitChanged{key, RateLimit{.requests = 100, .window = 60'000'000}}},
      {"KeyLimitTaken", KeyLimitChanged{key, std::nullopt}},
      {"KeyAllowListChanged",
       KeyAllowListChanged{
           key, {range("192.0.2.0/24"), range("2001:db8::/32"), range("0.0.0.0/0"), range("::/0")}}},
      {"KeyAllowListTaken", KeyAllowListChanged{key, {}}},
      {"PolicyChanged", PolicyChanged{{.max_lifetime_days = 90,
                                       .lifetime_rule = LifetimeRule::kEnforce,
                                       .keys_per_user = 5,
                                       .refresh_ttl = 36'000'000'000,
                                       .refresh_interval = 60'000'000,
                                       .refresh_max = 86'400'000'000}}},
      {"KeyAnnotated", KeyAnnotated{key, {{"team", "platform"}, {"ticket", ""}}}},
      {"CommandHadNoEffect", CommandHadNoEffect{}},
  };
}

inline Record record(Event event) {
  return {.index = 5,
          .position = Position{42},
          .time = kNoon,
          .actor = OperatorActor{"uid:1000"},
          .origin = UnixOrigin{1000},
          .idempotency_id = "01J",
          .command_digest = Hash{1, 2, 3},
          .reason = "asked for by Ada",
          .events = {std::move(event)}};
}

// Returns a record in the form passed to a log: without index and position.
inline Record fresh(Event event, Timestamp time = kNoon) {
  return {.time = time, .events = {std::move(event)}};
}

// Returns a block of `count` uses of the keys 1 to `keys` in turn, for client 1.
inline Record uses(std::size_t count, std::uint32_t keys, Timestamp time = kNoon) {
  UseBlock block;
  for (std::size_t i = 0; i < count; ++i) {
    block.uses.push_back({.time = time,
                          .key = KeyNumber{static_cast<std::uint32_t>(i % keys + 1)},
                          .client = ClientNumber{1}});
  }
  return fresh(KeysUsed{std::move(block)}, time);
}

}  // namespace keyledger::ledger::examples
