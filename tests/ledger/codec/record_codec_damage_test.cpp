// decode_record() given bytes not written by encode_record().
#include <capnp/message.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <functional>
#include <random>

#include "ledger/codec/events.capnp.h"
#include "ledger/codec/record_codec.h"
#include "tests/ledger/examples.h"
#include "tests/support/seed.h"

namespace keyledger::ledger {
namespace {

using Bytes = std::vector<std::uint8_t>;

std::vector<Bytes> encoded_examples() {
  std::vector<Bytes> all;
  for (const auto& [name, event] : examples::events()) all.push_back(encode_record(examples::record(event)));
  return all;
}

// Decoding must never give a record that breaks the promises of its type. Checks this by encoding the record
// again, because encoding ENSUREs all promises.
void check_sound_or_refused(const Bytes& bytes) {
  const auto decoded = decode_record(bytes);
  if (!decoded) {
    CHECK((decoded.error().code == ErrorCode::kCorruptRecord ||
           decoded.error().code == ErrorCode::kNewerFormat));
    CHECK(!decoded.error().detail.empty());
    return;
  }
  const auto again = decode_record(encode_record(*decoded));
  REQUIRE(again.ok());
  CHECK(*again == *decoded);
}

// Decodes a record after `change` changed a part of the message itself.
Result<Record> decoded_with(const Event& event, const std::function<void(schema::Record::Builder)>& change) {
  const Bytes bytes = encode_record(examples::record(event));
  std::vector<::capnp::word> words(bytes.size() / sizeof(::capnp::word));
  std::memcpy(words.data(), bytes.data(), bytes.size());
  const kj::ArrayPtr<const ::capnp::word> segments[] = {{words.data(), words.size()}};
  ::capnp::SegmentArrayMessageReader reader(segments);
  constexpr unsigned kRoomForChanges = 256;
  ::capnp::MallocMessageBuilder message(static_cast<unsigned>(words.size()) + kRoomForChanges,
                                        ::capnp::AllocationStrategy::FIXED_SIZE);
  message.setRoot(reader.getRoot<schema::Record>());
  change(message.getRoot<schema::Record>());
  REQUIRE(message.getSegmentsForOutput().size() == 1);
  const auto changed = message.getSegmentsForOutput()[0].asBytes();
  return decode_record({changed.begin(), changed.size()});
}

void check_refused(const Event& event, const std::function<void(schema::Event::Builder)>& change,
                   ErrorCode code = ErrorCode::kCorruptRecord) {
  REQUIRE(decoded_with(event, [](schema::Record::Builder) {}).ok());
  const auto decoded =
      decoded_with(event, [&](schema::Record::Builder record) { change(record.getEvents()[0]); });
  REQUIRE(!decoded.ok());
  CHECK(decoded.error().code == code);
}

void check_block_refused(const UseBlock& block,
                         const std::function<void(schema::UseBlock::Builder)>& change) {
  check_refused(KeysUsed{block}, [&](schema::Event::Builder event) { change(event.getKeysUsed()); });
}

::capnp::Data::Reader data(const Bytes& bytes) { return {bytes.data(), bytes.size()}; }

}  // namespace

TEST_CASE("a record that is cut short anywhere is refused or sound") {
  for (const Bytes& bytes : encoded_examples()) {
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
      check_sound_or_refused(cut);
      if (size % 8 != 0) CHECK(!decode_record(cut).ok());
    }
  }
}

TEST_CASE("a record with any one bit flipped is refused or sound") {
  for (const Bytes& bytes : encoded_examples()) {
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      Bytes flipped = bytes;
      flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << bit % 8));
      check_sound_or_refused(flipped);
    }
  }
}

TEST_CASE("a record with several bytes changed by chance is refused or sound") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (const Bytes& bytes : encoded_examples()) {
    for (int round = 0; round < 2'000; ++round) {
      Bytes changed = bytes;
      for (std::uint64_t n = random() % 6 + 1; n > 0; --n) {
        // Mostly small values, because they still look like pointers, counts and columns.
        changed[random() % changed.size()] =
            static_cast<std::uint8_t>(random() % 2 == 0 ? random() % 8 : random() % 256);
      }
      check_sound_or_refused(changed);
    }
  }
}

TEST_CASE("bytes by chance are refused or sound") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 5'000; ++round) {
    Bytes bytes(random() % 40 * 8);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random() % 3 == 0 ? random() : 0);
    check_sound_or_refused(bytes);
  }
}

TEST_CASE("more bytes than a record may have are refused unread") {
  const auto decoded = decode_record(Bytes(kRecordBytesMax + 8));
  REQUIRE(!decoded.ok());
  CHECK(decoded.error() == Error{ErrorCode::kCorruptRecord, "too many bytes"});
}

TEST_CASE("an event of a later version, or of a kind that is not known, is a newer format") {
  const Event event = KeyActivated{KeyNumber{1}};
  check_refused(
      event, [](auto e) { e.setVersion(kEventVersion + 1); }, ErrorCode::kNewerFormat);
  check_refused(event, [](auto e) { e.setVersion(0); });
  // Version 1, union member 6. The bytes are changed by hand, because the schema has no builder for an
  // unknown member.
  const Bytes head = {1, 0, 6, 0};
  Bytes bytes = encode_record(examples::record(event));
  const auto place = std::search(bytes.begin(), bytes.end(), head.begin(), head.end());
  REQUIRE(place != bytes.end());
  place[2] = 200;
  const auto decoded = decode_record(bytes);
  REQUIRE(!decoded.ok());
  CHECK(decoded.error().code == ErrorCode::kNewerFormat);
}

TEST_CASE("an envelope that no log writes is refused") {
  const Event event = KeyActivated{KeyNumber{1}};
  const auto code_with = [&](const std::function<void(schema::Record::Builder)>& change) {
    const auto decoded = decoded_with(event, change);
    REQUIRE(!decoded.ok());
    return decoded.error().code;
  };
  CHECK(code_with([](auto r) { r.setPosition(0); }) == ErrorCode::kCorruptRecord);
  CHECK(code_with([](auto r) { r.initEvents(0); }) == ErrorCode::kCorruptRecord);
  CHECK(code_with([](auto r) { r.initCommandDigest(31); }) == ErrorCode::kCorruptRecord);
  CHECK(code_with([](auto r) { r.getActor().setKey(0); }) == ErrorCode::kCorruptRecord);
  CHECK(code_with([](auto r) { r.getOrigin().initAddress(5); }) == ErrorCode::kCorruptRecord);
  CHECK(code_with([](auto r) { r.getOrigin().initAddress(0); }) == ErrorCode::kCorruptRecord);
}

TEST_CASE("a position past the end of all positions is refused") {
  const auto decoded = decoded_with(KeysUsed{examples::mixed_block()},
                                    [](auto r) { r.setPosition(std::numeric_limits<std::uint64_t>::max()); });
  CHECK(!decoded.ok());
}

TEST_CASE("events that name nobody are refused") {
  const AccountNumber account{1};
  check_refused(KeyActivated{KeyNumber{1}}, [](auto e) { e.setKeyActivated(0); });
  check_refused(KeyDeactivated{KeyNumber{1}}, [](auto e) { e.setKeyDeactivated(0); });
  check_refused(KeyDeleted{KeyNumber{1}}, [](auto e) { e.setKeyDeleted(0); });
  check_refused(KeyAssigned{KeyNumber{1}, ClientNumber{1}}, [](auto e) { e.getKeyAssigned().setClient(0); });
  check_refused(KeyUnassigned{KeyNumber{1}, ClientNumber{1}}, [](auto e) { e.getKeyUnassigned().setKey(0); });
  check_refused(UserJoinedAccount{UserNumber{1}, account},
                [](auto e) { e.getUserJoinedAccount().setUser(0); });
  check_refused(AccountOpened{account, "a"},
                [](auto e) { e.getAccountOpened().setAccount(kAccountNumberEnd); });
  const ClientRegistered client{ClientNumber{1}, {examples::uuid(1)}, account, "c"};
  check_refused(client, [](auto e) { e.getClientRegistered().initClientId(15); });
}

TEST_CASE("a key whose parts do not fit one another is refused") {
  const auto check = [](const KeyDetails& details,
                        const std::function<void(schema::KeyDetails::Builder)>& change) {
    check_refused(KeyCreated{details}, [&](schema::Event::Builder e) { change(e.getKeyCreated()); });
  };
  const KeyDetails native = examples::key_details();
  const KeyDetails salted = examples::salted_key_details();
  check(native, [](auto k) { k.setKey(0); });
  check(native, [](auto k) { k.setOwner(0); });
  check(native, [](auto k) { k.setScheme(kDigestSchemes); });
  check(native, [](auto k) { k.setScheme(1); });
  check(native, [](auto k) { k.initDigest(64); });
  check(native, [](auto k) { k.initSalt(8); });
  check(native, [](auto k) { k.setHasBucket(true); });
  check(native, [](auto k) { k.setExpires(false); });
  check(native, [](auto k) { k.initKeyId(17); });
  check(salted, [](auto k) { k.initSalt(7); });
  check(salted, [](auto k) { k.setHasBucket(false); });
}

TEST_CASE("columns that do not fit their block are refused") {
  const UseBlock mixed = examples::mixed_block();
  const UseBlock uniform = examples::uniform_block();
  check_block_refused(mixed, [](auto b) { b.setCount(0); });
  check_block_refused(mixed, [](auto b) { b.setCount(3); });
  check_block_refused(mixed, [](auto b) { b.setCount(5); });
  check_block_refused(mixed, [](auto b) { b.setCount(0xffffffff); });
  check_block_refused(uniform, [](auto b) { b.setTimes(data({2, 10})); });
  check_block_refused(uniform, [](auto b) { b.setTimes(data({0, 10, 0})); });
  check_block_refused(uniform, [](auto b) { b.setTimes(data({0, 0x8a})); });
  check_block_refused(uniform, [](auto b) { b.setTimes(data({0, 0x8a, 0})); });
  check_block_refused(uniform, [](auto b) { b.setKeys(data({1})); });
  check_block_refused(uniform, [](auto b) { b.setKeys(data({1, 0xff, 0xff, 0xff, 0xff, 0x1f})); });
  check_block_refused(uniform, [](auto b) { b.setReasons(data({3, 3})); });
}

TEST_CASE("indexes outside of their dictionary, and needless ones, are refused") {
  const UseBlock mixed = examples::mixed_block();
  const UseBlock uniform = examples::uniform_block();
  check_block_refused(mixed, [](auto b) { b.setClientIndexes(data({0, 1, 0, 3})); });
  check_block_refused(mixed, [](auto b) { b.initClientIndexes(0); });
  check_block_refused(uniform, [](auto b) { b.setClientIndexes(data({0, 0})); });
  check_block_refused(uniform, [](auto b) { b.initClients(1).set(0, 0); });
  check_block_refused(uniform, [](auto b) { b.initClients(3); });
  check_block_refused(mixed, [](auto b) { b.setAddressIndexes(data({1, 2, 0, 3})); });
  check_block_refused(mixed, [](auto b) { b.initAddressIndexes(0); });
  check_block_refused(uniform, [](auto b) { b.setAddressIndexes(data({1, 1})); });
  check_block_refused(uniform, [](auto b) { b.initAddresses(3); });
  check_block_refused(uniform, [](auto b) { b.getAddresses().init(0, 5); });
  // An IPv4 address in sixteen bytes is refused, because an address must not have two encodings.
  check_block_refused(uniform, [](auto b) {
    b.getAddresses().set(0, data({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 7}));
  });
}

TEST_CASE("denied uses need a key and a reason that denies") {
  const auto check = [](const std::function<void(schema::UseBlock::Builder)>& change) {
    check_refused(UsesDenied{examples::denied_block()},
                  [&](schema::Event::Builder e) { change(e.getUsesDenied()); });
  };
  check([](auto b) { b.setReasons(data({4, 5, 0, 10})); });
  check([](auto b) { b.setReasons(data({4, 5, kVerdictReasons, 10})); });
  check([](auto b) { b.setReasons(data({4, 5, 11})); });
  check([](auto b) { b.setKeys(data({1, 2, 0, 3})); });
}

TEST_CASE("counts of unknown tokens that count nothing are refused") {
  const UnknownTokensRefused event{
      examples::kNoon, examples::kNoon, {{VerdictReason::kUnknown, std::nullopt, 3}}};
  check_refused(event, [](auto e) { e.getUnknownTokensRefused().initCounts(0); });
  check_refused(event, [](auto e) { e.getUnknownTokensRefused().getCounts()[0].setCount(0); });
  check_refused(event, [](auto e) { e.getUnknownTokensRefused().getCounts()[0].setReason(0); });
  check_refused(event, [](auto e) { e.getUnknownTokensRefused().getCounts()[0].setReason(kVerdictReasons); });
  check_refused(event, [](auto e) { e.getUnknownTokensRefused().getCounts()[0].initAddress(3); });
}

}  // namespace keyledger::ledger
