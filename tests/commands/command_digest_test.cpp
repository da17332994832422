#include "commands/command_digest.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/story.h"

namespace keyledger::commands {
namespace {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every command
using tests::Story;

CreateKey create() {
  return {.account = "1111-2222-3333",
          .username = "ada",
          .name = "ci",
          .description = "builds",
          .tags = {"prod", "eu"},
          .expiry = Timestamp{60},
          .new_key_id = Story::key_id_of(KeyNumber{1}),
          .digest = sha256_digest("a")};
}

ImportKeys import() {
  return {
      .account = "0000-0000-0000",
      .users = {{"ada", StaffFlag::kStaff, ActiveFlag::kActive}},
      .keys = {{.username = "ada", .base_name = "k", .digest = knox5_digest("t"), .created = Timestamp{1}}}};
}

TEST_CASE("what was drawn for a command is no part of its digest") {
  CreateKey retried = create();
  retried.new_key_id = Story::key_id_of(KeyNumber{2});
  retried.digest = sha256_digest("b");
  CHECK(command_digest(retried) == command_digest(create()));
  CHECK(command_digest(RegisterClient{"a", "b", Story::client_id_of(ClientNumber{1})}) ==
        command_digest(RegisterClient{"a", "b", Story::client_id_of(ClientNumber{2})}));
  ImportKeys again = import();
  again.keys[0].new_key_id = Story::key_id_of(KeyNumber{2});
  CHECK(command_digest(again) == command_digest(import()));
}

TEST_CASE("what its sender chose is") {
  std::vector<Command> commands = {create(),
                                   import(),
                                   OpenAccount{"a", "b"},
                                   OpenAccount{"ab", ""},
                                   RegisterUser{"a", "b", StaffFlag::kStaff},
                                   RegisterUser{"a", "b", StaffFlag::kNotStaff},
                                   RegisterClient{.account = "a", .name = "b"},
                                   ActivateKey{"a"},
                                   DeactivateKey{"a"},
                                   ToggleKey{"a"},
                                   DeleteKey{"a"},
                                   DeleteKey{"b"},
                                   AssignKey{"a", "b"},
                                   AssignKey{"ab", ""},
                                   UnassignKey{"a", "b"}};
  const auto vary = [&](auto command, auto change) {
    change(command);
    commands.emplace_back(command);
  };
  vary(create(), [](auto& c) { c.account = "x"; });
  vary(create(), [](auto& c) { c.username = "x"; });
  vary(create(), [](auto& c) { c.name = "x"; });
  vary(create(), [](auto& c) { c.description = "x"; });
  vary(create(), [](auto& c) { c.tags = {"prodeu"}; });
  vary(create(), [](auto& c) { c.expiry.reset(); });
  vary(import(), [](auto& c) { c.users[0].active = ActiveFlag::kInactive; });
  vary(import(), [](auto& c) { c.users.clear(); });
  vary(import(), [](auto& c) { c.keys[0].expiry = Timestamp{1}; });
  vary(import(), [](auto& c) { c.keys[0].digest = knox5_digest("u"); });
  vary(import(), [](auto& c) { c.keys[0].created = Timestamp{2}; });
  vary(import(), [](auto& c) { c.keys[0].active = ActiveFlag::kActive; });
  std::vector<Hash> digests;
  for (const Command& command : commands) digests.push_back(command_digest(command));
  std::sort(digests.begin(), digests.end());
  CHECK(std::adjacent_find(digests.begin(), digests.end()) == digests.end());
}

// Digests are stored with idempotency ids, and therefore must never change.
TEST_CASE("the digest of a command is the one that is in the logs") {
  CHECK(to_hex(command_digest(create())) ==
        "74ee5965ce5633556c1eccb4213dbc00a856bfb084f0df212d2f7a4ea20f0b32");
  CHECK(to_hex(command_digest(DeleteKey{"ada/ci"})) ==
        "cdc53041c65259b032edcd639b87870e4536c51684603e2f4b8af04f179face5");
  CHECK(to_hex(command_digest(import())) ==
        "8876056ee99b4879a4f112eed7bf7556449f52b20930c66d20fc3a6851ead1b3");
}

}  // namespace
}  // namespace keyledger::commands
