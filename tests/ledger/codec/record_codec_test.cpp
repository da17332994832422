#include "ledger/codec/record_codec.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "tests/ledger/examples.h"

namespace keyledger::ledger {
namespace {

// Returns the golden records in hexadecimal, by name.
std::map<std::string, std::string> golden_lines() {
  std::ifstream file(std::filesystem::path(KEYLEDGER_TEST_DATA) / "golden" / "events_v1.txt");
  std::map<std::string, std::string> lines;
  std::string name;
  std::string hex;
  while (file >> name >> hex) lines[name] = hex;
  return lines;
}

std::vector<std::uint8_t> unhexed(const std::string& hex) {
  std::vector<std::uint8_t> bytes(hex.size() / 2);
  REQUIRE(from_hex(hex, bytes));
  return bytes;
}

void check_round_trip(const Record& record) {
  const auto decoded = decode_record(encode_record(record));
  if (!decoded) FAIL(decoded.error().message());
  CHECK(*decoded == record);
}

}  // namespace

TEST_CASE("a record of any event comes back as it was") {
  for (const auto& [name, event] : examples::events()) {
    CAPTURE(name);
    check_round_trip(examples::record(event));
  }
}

TEST_CASE("a record of any actor and origin comes back as it was") {
  const Actor actor = GENERATE(as<Actor>{}, SystemActor{}, OperatorActor{""}, OperatorActor{"tcp"},
                               KeyActor{KeyNumber{9}}, ImportActor{"a.json, b.json"});
  const Origin origin =
      GENERATE(as<Origin>{}, LocalOrigin{}, UnixOrigin{0}, UnixOrigin{0xffffffff},
               AddressOrigin{examples::address("198.51.100.3")}, AddressOrigin{examples::address("::1")});
  Record record = examples::record(KeyDeleted{KeyNumber{1}});
  record.actor = actor;
  record.origin = origin;
  check_round_trip(record);
}

TEST_CASE("a record without the optional parts comes back as it was") {
  Record record = examples::fresh(KeyDeleted{KeyNumber{1}}, Timestamp{-1});
  record.position = Position{1};
  check_round_trip(record);
}

TEST_CASE("a record of many events comes back as it was") {
  Record record = examples::record(KeyDeleted{KeyNumber{1}});
  while (record.events.size() < kEventsPerRecordMax)
    record.events.emplace_back(KeyCreated{examples::key_details()});
  check_round_trip(record);
}

TEST_CASE("text of any bytes comes back as it was") {
  using namespace std::string_literals;
  const std::string text = GENERATE("é"s, "a\0b"s, "\xff\xfe"s, ""s, std::string(70'000, 'x'));
  check_round_trip(examples::record(AccountOpened{kDefaultImportAccount, text}));
}

TEST_CASE("a key of any digest scheme comes back as it was") {
  KeyDetails details = examples::key_details();
  details.digest = GENERATE(sha256_digest("t"), knox5_digest("t"), knox4_digest("00ff").value(),
                            knox_salted_digest("00ff", Salt{9, 8, 7, 6, 5, 4, 3, 2}).value());
  check_round_trip(examples::record(KeyCreated{details}));
}

TEST_CASE("a block of the most uses, all different, comes back as it was") {
  UseBlock block{.as_of = Position{1}, .addresses = {}, .uses = {}};
  for (std::uint32_t i = 0; i < kUsesPerBlockMax; ++i) {
    Address address = examples::address("2001:db8::");
    address.bytes[14] = static_cast<std::uint8_t>(i >> 8);
    address.bytes[15] = static_cast<std::uint8_t>(i);
    block.addresses.push_back(address);
    block.uses.push_back({.time = Timestamp{static_cast<std::int64_t>(i) * i * 1'000'003},
                          .key = KeyNumber{0xffffffff - i},
                          .client = ClientNumber{i * 65'537},
                          .address = i + 1});
  }
  check_round_trip(examples::record(KeysUsed{block}));
}

TEST_CASE("times of a block may go back and forth over all that a Timestamp holds") {
  UseBlock block = examples::uniform_block();
  block.uses[0].time = Timestamp{std::numeric_limits<std::int64_t>::max()};
  block.uses[1].time = Timestamp{std::numeric_limits<std::int64_t>::min()};
  check_round_trip(examples::record(KeysUsed{block}));
}

TEST_CASE("a block may know no client, no address, or only some") {
  UseBlock block = examples::uniform_block();
  SECTION("no client") {
    for (Use& use : block.uses) use.client = kNoClient;
  }
  SECTION("one client and none") { block.uses[0].client = kNoClient; }
  SECTION("no address") {
    block.addresses.clear();
    for (Use& use : block.uses) use.address = 0;
  }
  SECTION("one address and none") { block.uses[1].address = 0; }
  SECTION("an address that no use has") {
    for (Use& use : block.uses) use.address = 0;
  }
  check_round_trip(examples::record(KeysUsed{block}));
}

TEST_CASE("equal records give equal bytes, whatever was encoded before") {
  const Record record = examples::record(KeysUsed{examples::mixed_block()});
  const auto bytes = encode_record(record);
  encode_record(examples::record(KeyCreated{examples::key_details()}));
  CHECK(encode_record(record) == bytes);
}

TEST_CASE("a use takes few bytes") {
  UseBlock block{.as_of = Position{1}, .addresses = {examples::address("192.0.2.7")}, .uses = {}};
  for (std::uint32_t i = 0; i < 256; ++i) {
    block.uses.push_back({.time = later_by(examples::kNoon, i * 40),
                          .key = KeyNumber{i * 7919 % 10'000 + 1},
                          .client = ClientNumber{i % 20 + 1},
                          .address = 1});
  }
  CHECK(encode_record(examples::record(KeysUsed{block})).size() < 256 * 6);
}

TEST_CASE("no event takes more of a record than is said") {
  for (const auto& [name, event] : examples::events()) {
    if (uses_of(event) != nullptr) continue;
    CAPTURE(name);
    for (const std::size_t count : {1U, 100U}) {
      Record record = examples::record(event);
      record.events.assign(count, event);
      CHECK(encode_record(record).size() <= bytes_max_beside_events(record) + count * bytes_max_of(event));
    }
  }
  KeyDescribed described{KeyNumber{1}, std::string(1'020, 'd'), {}, {}};
  for (std::size_t i = 0; i < 32; ++i) {
    described.tags.emplace_back(i, 't');
    described.annotations.push_back({std::string(i, 'n'), std::string(i * 9, 'v')});
  }
  const Record record = examples::record(described);
  CHECK(encode_record(record).size() <= bytes_max_beside_events(record) + bytes_max_of(described));
}

TEST_CASE("the largest block of today fits into a record, whatever its uses are") {
  UseBlock block{.as_of = Position{~std::uint64_t{0}}, .addresses = {}, .uses = {}};
  for (std::uint32_t i = 0; i < kUsesPerNewBlockMax; ++i) {
    Address address = examples::address("2001:db8::");
    address.bytes[14] = static_cast<std::uint8_t>(i >> 8);
    address.bytes[15] = static_cast<std::uint8_t>(i);
    block.addresses.push_back(address);
    block.uses.push_back({.time = i % 2 == 0 ? kLatest : Timestamp{std::numeric_limits<std::int64_t>::min()},
                          .key = KeyNumber{0xffffffff},
                          .client = ClientNumber{0xffffffff - i},
                          .address = i + 1,
                          .reason = VerdictReason::kExpired});
  }
  const auto bytes = encode_record(examples::record(UsesDenied{block}));
  CHECK(bytes.size() <= kNewRecordBytesMax);
  CHECK(bytes.size() > kNewRecordBytesMax - 8'000);
}

TEST_CASE("a large record of before is encoded as it was, and read") {
  const Record record =
      examples::record(KeyDescribed{KeyNumber{7}, "", {}, {{"notes", std::string(300'000, 'n')}}});
  const auto bytes = encode_record(record);
  CHECK(bytes.size() > kNewRecordBytesMax);
  CHECK(to_hex(sha256(bytes)) == "30044b1fd42474d22751709d0f01d9abce3eb3ec45bc74e30c5571483431b689");
  CHECK(*decode_record(bytes) == record);
}

TEST_CASE("records are read where they lie, aligned or not") {
  const Record record = examples::record(KeysUsed{examples::mixed_block()});
  const auto bytes = encode_record(record);
  for (std::size_t shift = 0; shift < 8; ++shift) {
    std::vector<std::uint8_t> shifted(shift);
    shifted.insert(shifted.end(), bytes.begin(), bytes.end());
    const auto decoded = decode_record(std::span(shifted).subspan(shift));
    REQUIRE(decoded.ok());
    CHECK(*decoded == record);
  }
}

TEST_CASE("the bytes of every event are the golden ones") {
  const auto golden = golden_lines();
  std::set<std::size_t> kinds;
  for (const auto& [name, event] : examples::events()) {
    INFO(name << ' ' << to_hex(encode_record(examples::record(event))));
    kinds.insert(event.index());
    REQUIRE(golden.contains(name));
    CHECK(to_hex(encode_record(examples::record(event))) == golden.at(name));
    const auto decoded = decode_record(unhexed(golden.at(name)));
    REQUIRE(decoded.ok());
    CHECK(*decoded == examples::record(event));
  }
  CHECK(kinds.size() == std::variant_size_v<Event>);
}

// Names of golden records from before a schema grew include the missing field: "KeyImportedWithoutLastUsed".
TEST_CASE("every golden record that was ever written is read") {
  std::map<std::string, Event> known;
  for (const auto& [name, event] : examples::events()) known.emplace(name, event);
  for (const auto& [name, hex] : golden_lines()) {
    CAPTURE(name);
    const std::string event = name.substr(0, name.find("Without"));
    REQUIRE(known.contains(event));
    const auto decoded = decode_record(unhexed(hex));
    REQUIRE(decoded.ok());
    CHECK(*decoded == examples::record(known.at(event)));
  }
}

TEST_CASE("an encoder and a decoder that are used again give what fresh ones give") {
  RecordEncoder encoder;
  RecordDecoder decoder;
  for (const std::size_t count : {3U, 20'000U, 1U, 500U}) {
    Record record = examples::uses(count, 7);
    record.position = Position{1};
    const auto bytes = encoder.encode(record);
    CHECK(std::vector(bytes.begin(), bytes.end()) == encode_record(record));
    CHECK(*decoder.decode(bytes) == record);
  }
}

TEST_CASE("a record is decoded wherever its bytes stand in memory") {
  Record record = examples::uses(20, 7);
  record.position = Position{1};
  const auto bytes = encode_record(record);
  RecordDecoder decoder;
  for (std::size_t offset = 0; offset < 8; ++offset) {
    std::vector<std::uint8_t> moved(offset + bytes.size());
    std::copy(bytes.begin(), bytes.end(), moved.begin() + static_cast<std::ptrdiff_t>(offset));
    CHECK(*decoder.decode(std::span(moved).subspan(offset)) == record);
  }
}

}  // namespace keyledger::ledger
