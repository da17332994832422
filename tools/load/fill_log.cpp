#include "tools/load/fill_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <random>

#include "ledger/codec/record_codec.h"

namespace keyledger::tools::load {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every event

namespace {

constexpr Timestamp kBeginning{1'767'225'600'000'000};  // 2026-01-01T00:00:00Z
constexpr AccountNumber kAccount{1};
constexpr UserNumber kUser{1};
constexpr std::uint32_t kGateways = 16;

boost::uuids::uuid uuid_by_chance(std::mt19937_64& random) {
  boost::uuids::uuid uuid{};
  for (std::uint8_t& byte : uuid.data) byte = static_cast<std::uint8_t>(random());
  return uuid;
}

KeyDigest digest_by_chance(std::mt19937_64& random) {
  KeyDigest digest;
  const auto size = static_cast<std::ptrdiff_t>(digest_size(digest.scheme));
  std::generate(digest.bytes.begin(), digest.bytes.begin() + size,
                [&] { return static_cast<std::uint8_t>(random()); });
  return digest;
}

// Draws the key of the next use.
class ZipfKeys {
 public:
  ZipfKeys(std::uint32_t keys, std::mt19937_64& random) : up_to_(keys), key_of_rank_(keys) {
    double sum = 0;
    for (std::uint32_t rank = 0; rank < keys; ++rank) up_to_[rank] = sum += 1.0 / (rank + 1.0);
    std::iota(key_of_rank_.begin(), key_of_rank_.end(), 1U);
    std::shuffle(key_of_rank_.begin(), key_of_rank_.end(), random);
  }

  KeyNumber draw(std::mt19937_64& random) const {
    const double place = std::uniform_real_distribution<double>(0, up_to_.back())(random);
    const auto rank = std::upper_bound(up_to_.begin(), up_to_.end() - 1, place) - up_to_.begin();
    return KeyNumber{key_of_rank_[static_cast<std::size_t>(rank)]};
  }

 private:
  std::vector<double> up_to_;  // the weights of this rank and of those before it
  std::vector<std::uint32_t> key_of_rank_;
};

class Filling {
 public:
  Filling(Log& log, const FillPlan& plan, output::ProgressBar& progress)
      : log_(log), plan_(plan), progress_(progress), random_(plan.seed), end_(log.end().position) {}

  Result<void> entities() {
    add(AccountOpened{.account = kAccount, .name = "fill"});
    add(UserRegistered{
        .user = kUser, .username = "fill", .staff = StaffFlag::kStaff, .active = ActiveFlag::kActive});
    add(UserJoinedAccount{.user = kUser, .account = kAccount});
    for (std::uint32_t client = 1; client <= plan_.clients; ++client) {
      add(ClientRegistered{.client = ClientNumber{client},
                           .client_id = {uuid_by_chance(random_)},
                           .account = kAccount,
                           .name = fmt::format("client{}", client)});
    }
    for (std::uint32_t key = 1; key <= plan_.keys; ++key) {
      add(KeyCreated{.details = {.key = KeyNumber{key},
                                 .key_id = {uuid_by_chance(random_)},
                                 .owner = kUser,
                                 .account = kAccount,
                                 .name = fmt::format("key{}", key),
                                 .description = {},
                                 .tags = {},
                                 .digest = digest_by_chance(random_),
                                 .created = now_,
                                 .expiry = {}}});
      add(KeyAssigned{.key = KeyNumber{key}, .client = client_of(KeyNumber{key})});
      if (auto appended = append_if(records_.size() >= kRecordsPerAppend); !appended) return appended;
    }
    return append_if(true);
  }

  Result<void> uses() {
    const ZipfKeys keys(plan_.keys, random_);
    std::exponential_distribution<double> gap(plan_.uses_per_second / 1e6);
    UseBlock block;
    for (std::uint32_t gateway = 1; gateway <= kGateways; ++gateway)
      block.addresses.push_back(parse_address(fmt::format("10.0.0.{}", gateway)).value());
    double clock = 0;  // microseconds: the gaps keep their fractions
    const Timestamp begun = now_;
    for (std::uint64_t left = plan_.uses; left > 0; left -= block.uses.size()) {
      block.uses.resize(std::min<std::uint64_t>(left, plan_.uses_per_block));
      block.as_of = end_;
      for (Use& use : block.uses) {
        clock += gap(random_);
        use.time = later_by(begun, static_cast<std::int64_t>(clock));
        use.key = keys.draw(random_);
        use.client = client_of(use.key);
        use.address = static_cast<std::uint32_t>(random_() % kGateways) + 1;
      }
      now_ = block.uses.back().time;
      if (auto appended = append_block(block); !appended) return appended;
    }
    return {};
  }

 private:
  static constexpr std::size_t kRecordsPerAppend = 256;

  ClientNumber client_of(KeyNumber key) const { return ClientNumber{key.value() % plan_.clients + 1}; }

  void add(Event event) {
    now_ = later_by(now_, 1'000);
    Record& record = records_.emplace_back();
    record.time = now_;
    record.actor = OperatorActor{.name = "uid:1000"};
    record.origin = UnixOrigin{.uid = 1000};
    record.events.push_back(std::move(event));
  }

  // A block holds only the addresses of the block's uses, like a block of the daemon.
  Result<void> append_block(const UseBlock& block) {
    Record& record = records_.emplace_back();
    record.time = now_;
    UseBlock& written = record.events.emplace_back().emplace<KeysUsed>().block;
    written.as_of = block.as_of;
    written.uses = block.uses;
    std::array<std::uint32_t, kGateways + 1> place{};
    for (Use& use : written.uses) {
      if (place[use.address] == 0) {
        written.addresses.push_back(block.addresses[use.address - 1]);
        place[use.address] = static_cast<std::uint32_t>(written.addresses.size());
      }
      use.address = place[use.address];
    }
    return append_if(true);
  }

  Result<void> append_if(bool due) {
    if (!due) return {};
    const auto appended = log_.append(end_, records_);
    if (!appended) return appended.error().why;
    end_ = appended->position;
    records_.clear();
    constexpr std::uint64_t kAppendsPerUpdate = 1'024;
    if (++appends_ % kAppendsPerUpdate == 0) progress_.update(end_.value());
    return {};
  }

  Log& log_;
  const FillPlan& plan_;
  output::ProgressBar& progress_;
  std::mt19937_64 random_;
  Position end_;
  Timestamp now_ = kBeginning;
  std::vector<Record> records_;
  std::uint64_t appends_ = 0;
};

}  // namespace

Result<void> fill_log(Log& log, const FillPlan& plan, output::ProgressBar& progress) {
  ENSURE(plan.uses_per_block > 0 && plan.uses_per_block <= kUsesPerNewBlockMax && plan.clients > 0 &&
             (plan.keys > 0 || plan.uses == 0) && plan.uses_per_second > 0,
         "a plan within its bounds");
  Filling filling(log, plan, progress);
  if (auto filled = filling.entities(); !filled || plan.uses == 0) return filled;
  return filling.uses();
}

}  // namespace keyledger::tools::load
