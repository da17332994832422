// The dump of a platform, which a test changes between two nights, and the report of its import.
#pragma once

#include <string>
#include <vector>

#include "commands/platform_id.h"
#include "tests/commands/scenario.h"

namespace keyledger::commands {

inline const std::string kAccount = "0000-0000-0001";
inline const std::string kOther = "0000-0000-0002";

// A platform: its dump is an import that a test changes between two nights.
struct PlatformDump {
  ImportKeys dump{.account = "0000-0000-0000", .origin = ImportOrigin::kDump};

  PlatformDump() {
    dump.accounts = {{.number = kAccount, .name = "Acme"}};
    user("ann");
    client("1", "beta");
    key("production");
  }

  ImportedUser& user(const std::string& name) {
    dump.users.push_back({.username = name,
                          .staff = ledger::StaffFlag::kStaff,
                          .active = ledger::ActiveFlag::kActive,
                          .accounts = {kAccount}});
    return dump.users.back();
  }
  ImportedClient& client(const std::string& pk, const std::string& name) {
    dump.clients.push_back({.account = kAccount,
                            .name = name,
                            .own_id = platform_client_id(kAccount, pk),
                            .new_client_id = tests::Story::client_id_of(ledger::ClientNumber{++drawn})});
    return dump.clients.back();
  }
  ImportedKey& key(const std::string& name, const std::string& owner = "ann") {
    ++drawn;
    dump.keys.push_back({.username = owner,
                         .base_name = name,
                         .digest = ledger::knox5_digest(name),
                         .created = ledger::Timestamp{1'000},
                         .expiry = std::nullopt,
                         .active = ledger::ActiveFlag::kActive,
                         .new_key_id = tests::Story::key_id_of(ledger::KeyNumber{drawn}),
                         .account = kAccount,
                         .own_id = tests::Story::key_id_of(ledger::KeyNumber{drawn + 1'000})});
    return dump.keys.back();
  }
  void assign(std::size_t key, std::size_t client) {
    dump.keys[key].clients.push_back(dump.clients[client].name);
    dump.clients[client].rule = AccessRule::kRequiresKey;
  }

  ImportKeys taking(DifferenceSet take) const {
    ImportKeys command = dump;
    command.take = take;
    return command;
  }

  std::uint32_t drawn = 0;
};

inline std::string text_of(const Difference& row) {
  std::string text = row.object + " " + row.field + " " + row.ledger.value_or("-") + " " +
                     row.dump.value_or("-") + " " + std::string(name_of(row.kind));
  if (row.danger != Danger::kNone) text += " " + std::string(name_of(row.danger));
  return text;
}

using Texts = std::vector<std::string>;

inline Texts report_of(const Scenario& given, const ImportKeys& command) {
  auto decided = given.when(command);
  if (!decided) FAIL(decided.error().message());
  Texts texts;
  for (const Difference& row : decided->report.rows) texts.push_back(text_of(row));
  return texts;
}

// Tells that the class resolves every difference, for good.
inline void check_taken(Scenario& given, const PlatformDump& platform, DifferenceClass each) {
  given.given(platform.taking({each}));
  CHECK(report_of(given, platform.dump).empty());
  CHECK(given.events_of(platform.dump).empty());
}

}  // namespace keyledger::commands
