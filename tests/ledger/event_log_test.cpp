// The entities of each event. The log itself is tested in log_conformance_test.cpp.
#include "ledger/event_log.h"

#include <array>
#include <catch2/catch.hpp>

#include "tests/ledger/examples.h"

namespace keyledger::ledger {
namespace {

using Refs = std::vector<EntityRef>;

const EntityRef kKey = ref(KeyNumber{7});
const EntityRef kOwner = ref(UserNumber{3});
const EntityRef kClient = ref(ClientNumber{2});
const EntityRef kAccount = ref(AccountNumber{123456789012});

Refs entities_named(const std::string& name) {
  for (const auto& [example, event] : examples::events()) {
    if (example == name) return entities_of(event);
  }
  FAIL("no example of " << name);
  return {};
}

}  // namespace

TEST_CASE("an event is about the entities that it names") {
  CHECK(entities_named("AccountOpened") == Refs{kAccount});
  CHECK(entities_named("UserRegistered") == Refs{kOwner});
  CHECK(entities_named("UserJoinedAccount") == Refs{kOwner, kAccount});
  CHECK(entities_named("ClientRegistered") == Refs{kClient, kAccount});
  CHECK(entities_named("KeyCreated") == Refs{kKey, kOwner, kAccount});
  CHECK(entities_named("KeyImported") == Refs{kKey, kOwner, kAccount});
  CHECK(entities_named("KeyActivated") == Refs{kKey});
  CHECK(entities_named("KeyDeactivated") == Refs{kKey});
  CHECK(entities_named("KeyDeleted") == Refs{kKey});
  CHECK(entities_named("KeyAssigned") == Refs{kKey, kClient});
  CHECK(entities_named("KeyUnassigned") == Refs{kKey, kClient});
}

TEST_CASE("a block of uses and counts of unknown tokens are about nobody in particular") {
  CHECK(entities_named("KeysUsed").empty());
  CHECK(entities_named("UsesDenied").empty());
  CHECK(entities_named("UnknownTokensRefused").empty());
}

TEST_CASE("an event concerns what it is about, and nothing else of the same number") {
  const Event event = KeyAssigned{KeyNumber{7}, ClientNumber{2}};
  CHECK(concerns(event, std::array{kKey}));
  CHECK(concerns(event, std::array{kClient}));
  CHECK(!concerns(event, std::array{ref(KeyNumber{2})}));
  CHECK(!concerns(event, std::array{ref(ClientNumber{7})}));
  CHECK(!concerns(event, std::array{ref(UserNumber{7})}));
  CHECK(!concerns(event, std::array{ref(AccountNumber{7})}));
}

TEST_CASE("a block concerns the keys and clients of its uses") {
  const Event event = KeysUsed{examples::mixed_block()};
  CHECK(concerns(event, std::array{ref(KeyNumber{300})}));
  CHECK(concerns(event, std::array{ref(ClientNumber{9})}));
  CHECK(!concerns(event, std::array{ref(KeyNumber{9})}));
  CHECK(!concerns(event, std::array{ref(UserNumber{7})}));
  CHECK(!concerns(event, std::array{ref(AccountNumber{2})}));
  // Uses without a key or client belong to no history.
  CHECK(!concerns(event, std::array{ref(kNoKey)}));
  CHECK(!concerns(event, std::array{ref(kNoClient)}));
}

}  // namespace keyledger::ledger
