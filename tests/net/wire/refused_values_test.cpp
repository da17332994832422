// Requests with values that cannot be used, each refused with the code that says what the client can do.
#include <catch2/catch.hpp>
#include <functional>

#include "net/wire/codec.h"
#include "tests/net/wire/examples.h"
#include "tests/net/wire/requests_by_hand.h"

namespace keyledger::net {
namespace {

void check_import_refused(const std::function<void(wire::ImportKeys::Key::Builder)>& change,
                          const std::string& code, const std::string& what) {
  check_request_refused(request_with([&](auto request) {
                          auto key = request.initCommand().initImportKeys().initKeys(1)[0];
                          key.initDigest(32);
                          change(key);
                        }),
                        code, what);
}

}  // namespace

TEST_CASE("a request of a kind that is not known, or of a later version, is refused with its id") {
  Words frame = request_with([](auto request) { request.setStats(); });
  // The union's tag is the first half word after id and minPosition.
  frame[4] = (frame[4] & ~std::uint64_t{0xffff}) | 200;
  check_request_refused(frame, "not_supported", "member 200");
  CHECK(request_id_of(frame) == 77);
}

TEST_CASE("kinds of rows and entities that are not known are refused") {
  check_request_refused(
      request_with([](auto request) { request.initList().setKind(static_cast<wire::RowKind>(5)); }),
      "not_supported", "list.kind");
  check_request_refused(request_with([](auto request) {
                          request.initHistory().setEntityKind(static_cast<wire::History::EntityKind>(5));
                        }),
                        "not_supported", "history.entityKind");
}

TEST_CASE("the policy is asked for without a name") {
  check_request_refused(request_with([](auto request) {
                          auto list = request.initList();
                          list.setKind(wire::RowKind::POLICY);
                          list.setName("a key");
                        }),
                        "input_invalid", "no name");
}

TEST_CASE("a selection with a filter that cannot be kept is refused") {
  const auto selection_with = [](auto change) {
    return request_with([&](auto request) { change(request.initSelect()); });
  };
  check_request_refused(selection_with([](auto in) { in.setKind(static_cast<wire::RowKind>(5)); }),
                        "not_supported", "select.kind");
  check_request_refused(selection_with([](auto in) { in.setOrder(static_cast<wire::RowOrder>(2)); }),
                        "not_supported", "select.order");
  check_request_refused(selection_with([](auto in) {
                          in.setKind(wire::RowKind::KEYS);
                          in.setHasStatus(true);
                          in.setStatus(projections::kKeyStatuses);
                        }),
                        "not_supported", "unknown status");
  check_request_refused(selection_with([](auto in) {
                          in.setKind(wire::RowKind::KEYS);
                          in.setPermission(static_cast<wire::Permission>(3));
                        }),
                        "not_supported", "select.permission");
  check_request_refused(selection_with([](auto in) {
                          in.setKind(wire::RowKind::KEYS);
                          in.setUser("ada");
                        }),
                        "input_invalid", "without a permission");
  check_request_refused(selection_with([](auto in) {
                          in.setKind(wire::RowKind::USERS);
                          in.setTag("prod");
                        }),
                        "input_invalid", "rows of this kind");
  check_request_refused(selection_with([](auto in) {
                          in.setKind(wire::RowKind::POLICY);
                          in.setAfter("a key");
                        }),
                        "input_invalid", "no name");
}

TEST_CASE("what cannot be in a command is refused") {
  const auto edit_with = [](auto change) {
    return request_with([&](auto request) { change(request.initCommand().initEditKey()); });
  };
  check_request_refused(edit_with([](auto edit) {
                          edit.setHasAllow(true);
                          edit.initAllow(1).set(0, "192.0.2.7/24");
                        }),
                        "address_range_invalid", "item 1");
  check_request_refused(request_with([](auto request) {
                          request.initCommand().initImportKeys().initClients(1)[0].initClientId(15);
                        }),
                        "input_invalid", "16 bytes");
  check_request_refused(request_with([](auto request) {
                          auto key = request.initCommand().initImportKeys().initKeys(1)[0];
                          key.initDigest(32);
                          key.initRotations(1)[0].setScheme(9);
                        }),
                        "not_supported", "digest scheme");
}

TEST_CASE("an address that is none is refused, and one of no bytes is not known") {
  const auto with_address_of = [](unsigned size) {
    return request_with([&](auto request) { request.initAuthenticate().initAddress(size); });
  };
  for (const unsigned size : {1U, 3U, 5U, 15U, 17U}) {
    check_request_refused(with_address_of(size), "input_invalid", "address");
  }
  RequestDecoder decoder;
  const Words unknown = with_address_of(0);
  const auto decoded = decoder.decode(unknown);
  REQUIRE(decoded.ok());
  CHECK(!std::get<AskVerdicts>(decoded->body).questions.front().address);
}

TEST_CASE("an imported key whose digest does not fit its scheme is refused") {
  check_import_refused([](auto key) { key.initDigest(31); }, "input_invalid", "a digest has the wrong size");
  check_import_refused([](auto key) { key.setScheme(1); }, "input_invalid", "a digest has the wrong size");
  check_import_refused([](auto key) { key.setScheme(ledger::kDigestSchemes); }, "not_supported",
                       "digest scheme");
  check_import_refused([](auto key) { key.initSalt(8); }, "import_digest_invalid", "");
  check_import_refused([](auto key) { key.setHasBucket(true); }, "import_digest_invalid", "");
  check_import_refused([](auto key) { key.setScheme(3), key.initDigest(64), key.initSalt(7); },
                       "input_invalid", "a salt has the wrong size");
}

TEST_CASE("a part of an import holds so many objects and no more") {
  const auto with_users = [](unsigned count) {
    return request_with([&](auto request) { request.initCommand().initImportKeys().initUsers(count); });
  };
  RequestDecoder decoder;
  const Words most = with_users(kImportPartObjectsMax);
  CHECK(decoder.decode(most).ok());
  check_request_refused(with_users(kImportPartObjectsMax + 1), "too_large", "4096 items");
}

TEST_CASE("the source of an import has so many bytes and no more") {
  const auto with_source_of = [](unsigned size) {
    return request_with([&](auto request) { request.initCommand().initImportKeys().initSource(size); });
  };
  RequestDecoder decoder;
  const Words longest = with_source_of(kImportSourceBytesMax);
  CHECK(decoder.decode(longest).ok());
  check_request_refused(with_source_of(kImportSourceBytesMax + 1), "import_source_invalid", "source");
}

TEST_CASE("a part of an import may fill a frame") {
  commands::ImportKeys import;
  const std::string username(1'000, 'u');
  const std::string description(2'300, 'd');
  for (std::size_t i = 0; i < kImportPartObjectsMax; ++i) {
    import.keys.push_back({.username = username,
                           .base_name = "knox5_20251011",
                           .digest = ledger::sha256_digest("t"),
                           .description = description});
  }
  const Request request{.id = 1, .body = RunCommand{.command = std::move(import)}};
  const Words frame = examples::frame_of(request);
  REQUIRE(frame.size() * sizeof(std::uint64_t) <= kFrameBytesMax);
  REQUIRE(frame.size() * sizeof(std::uint64_t) > kFrameBytesMax / 10 * 8);
  RequestDecoder decoder;
  const auto decoded = decoder.decode(frame);
  if (!decoded) FAIL(decoded.error().message);
  CHECK(*decoded == request);
}

}  // namespace keyledger::net
