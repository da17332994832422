#include "tools/load/micro_setting.h"

#include <algorithm>
#include <map>
#include <random>

#include "ledger/values/ensure.h"
#include "ledger/values/token.h"
#include "tools/load/draw.h"

namespace keyledger::tools::load {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every record

namespace {

constexpr AccountNumber kAccount{1};
constexpr UserNumber kOwner{1};
constexpr Timestamp kMicroBegins{1'800'000'000'000'000};
constexpr std::size_t kKeysPerRecord = 1'000;

template <typename Id>
Id id_of(std::uint64_t number) {
  Id id;
  std::copy_n(reinterpret_cast<const std::uint8_t*>(&number), sizeof number, id.uuid.begin());
  return id;
}

// Random numbers, identical in every run.
std::mt19937_64 fixed_dice() { return std::mt19937_64(1); }  // NOLINT(cert-msc51-cpp): meant so

KeyCreated key_created(std::uint64_t number) {
  return {.details = {.key = KeyNumber{static_cast<std::uint32_t>(number)},
                      .key_id = id_of<KeyId>(number),
                      .owner = kOwner,
                      .account = kAccount,
                      .name = "key" + std::to_string(number),
                      .digest = sha256_digest(micro_token(number)),
                      .created = kMicroBegins}};
}

}  // namespace

std::string micro_token(std::uint64_t number) {
  std::mt19937_64 random(number);
  TokenEntropy entropy{};
  for (std::uint8_t& byte : entropy) byte = static_cast<std::uint8_t>(random());
  return std::string(make_token(kTokenPrefix, entropy).expose());
}

std::vector<Record> micro_records(std::uint64_t keys) {
  std::vector<Record> records;
  Position next{1};
  const auto add = [&](std::vector<Event> events) {
    Record record{.index = records.size(), .position = next, .time = kMicroBegins};
    record.events = std::move(events);
    next = last_position_of(record).next();
    records.push_back(std::move(record));
  };
  add({AccountOpened{.account = kAccount, .name = "micro"},
       UserRegistered{
           .user = kOwner, .username = "micro", .staff = StaffFlag::kStaff, .active = ActiveFlag::kActive},
       UserJoinedAccount{.user = kOwner, .account = kAccount}});
  for (std::uint64_t number = 1; number <= keys;) {
    std::vector<Event> events;
    for (; number <= keys && events.size() < kKeysPerRecord; ++number)
      events.emplace_back(key_created(number));
    add(std::move(events));
  }
  return records;
}

projections::Access make_micro_access(std::uint64_t keys) {
  projections::Access access;
  ENSURE(access.apply(micro_records(keys)).ok(), "the records of a benchmark follow from one another");
  return access;
}

const projections::Access& micro_access(std::uint64_t keys) {
  static std::map<std::uint64_t, projections::Access> kept;
  const auto known = kept.find(keys);
  return known != kept.end() ? known->second : kept.emplace(keys, make_micro_access(keys)).first->second;
}

Record micro_uses(std::uint64_t keys, std::size_t uses, Position position) {
  std::mt19937_64 random = fixed_dice();
  const ZipfRanks ranks(keys, 1.1);
  UseBlock block{.as_of = Position{position.value() - 1}};
  for (std::size_t i = 0; i < uses; ++i) {
    const std::size_t key = scattered(ranks.draw(random) - 1, keys) + 1;
    block.uses.push_back({.time = later_by(kMicroBegins, static_cast<std::int64_t>(i)),
                          .key = KeyNumber{static_cast<std::uint32_t>(key)}});
  }
  Record record{.position = position, .time = block.uses.back().time};
  record.events.emplace_back(KeysUsed{std::move(block)});
  return record;
}

const std::vector<std::string>& micro_tokens(std::uint64_t keys) {
  constexpr std::uint64_t kTokensMax = 65'536;
  static std::map<std::uint64_t, std::vector<std::string>> kept;
  std::vector<std::string>& tokens = kept[keys];
  for (std::uint64_t i = tokens.size(); i < std::min(keys, kTokensMax); ++i) {
    tokens.push_back(micro_token(scattered(i, keys) + 1));
  }
  return tokens;
}

}  // namespace keyledger::tools::load
