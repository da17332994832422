#include "tests/support/story.h"

#include <boost/crc.hpp>
#include <catch2/catch.hpp>

#include "ledger/values/token.h"

namespace keyledger::tests {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every story

namespace {

boost::uuids::uuid uuid_of(std::uint8_t kind, std::uint32_t number) {
  boost::uuids::uuid uuid{};
  uuid.data[0] = kind;
  for (std::size_t i = 0; i < 4; ++i) uuid.data[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  return uuid;
}

}  // namespace

Record Story::add(Record record) {
  record.index = records_.size();
  record.position = next_;
  record.time = now_;
  if (const auto applied = state_.apply(record); !applied) FAIL(applied.error().message());
  next_ = last_position_of(record).next();
  records_.push_back(record);
  return record;
}

Record Story::add(Event event) {
  Record record;
  record.events.push_back(std::move(event));
  return add(std::move(record));
}

Result<void> Story::try_add(Event event) {
  Record record{.index = records_.size(), .position = next_, .time = now_};
  record.events.push_back(std::move(event));
  return state_.apply(record);
}

AccountNumber Story::account(std::uint64_t number) {
  add(AccountOpened{.account = AccountNumber{number}, .name = "account " + std::to_string(number)});
  return AccountNumber{number};
}

UserNumber Story::user(const std::string& name, AccountNumber account, StaffFlag staff, ActiveFlag active) {
  const UserNumber user{static_cast<std::uint32_t>(catalog().users() + 1)};
  Record record;
  record.events = {UserRegistered{.user = user, .username = name, .staff = staff, .active = active},
                   UserJoinedAccount{.user = user, .account = account}};
  add(std::move(record));
  return user;
}

ClientNumber Story::client(const std::string& name, AccountNumber account) {
  const ClientNumber client{static_cast<std::uint32_t>(catalog().clients() + 1)};
  add(ClientRegistered{
      .client = client, .client_id = client_id_of(client), .account = account, .name = name});
  return client;
}

KeyNumber Story::key(const std::string& name, UserNumber owner, AccountNumber account,
                     const KeyOptions& options) {
  const KeyNumber key{static_cast<std::uint32_t>(catalog().keys() + 1)};
  KeyDetails details{.key = key,
                     .key_id = key_id_of(key),
                     .owner = owner,
                     .account = account,
                     .name = name,
                     .digest = options.digest.value_or(sha256_digest(token_of(name))),
                     .created = options.created.value_or(now_),
                     .expiry = options.expiry};
  if (options.imported_as) {
    add(KeyImported{.details = std::move(details), .active = *options.imported_as});
  } else {
    add(KeyCreated{std::move(details)});
  }
  return key;
}

std::string Story::token_of(const std::string& name) {
  boost::crc_32_type crc;
  crc.process_bytes(name.data(), name.size());
  TokenEntropy entropy{};
  for (std::size_t i = 0; i < entropy.size(); ++i) {
    entropy[i] = static_cast<std::uint8_t>(crc.checksum() >> (8 * (i % 4)));
  }
  return std::string(make_token(kTokenPrefix, entropy).expose());
}

KeyId Story::key_id_of(KeyNumber key) { return {uuid_of(0xee, key.value())}; }

ClientId Story::client_id_of(ClientNumber client) { return {uuid_of(0xcc, client.value())}; }

projections::State Story::replayed() const {
  projections::State state;
  for (const ledger::Record& record : records_) REQUIRE(state.apply(record).ok());
  return state;
}

}  // namespace keyledger::tests
