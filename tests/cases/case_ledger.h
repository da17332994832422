// CaseLedger: a complete ledger in memory for the acceptance cases, used like a daemon's.
//
// The real writer and the real authenticator work on a log in memory and on a clock moved by the test. One
// thread; every call returns after its work is done, auto refresh included.
#pragma once

#include <catch2/catch.hpp>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "commands/authenticator.h"
#include "commands/writer.h"
#include "ledger/append/memory_log.h"
#include "projections/state.h"
#include "tests/support/manual_clock.h"
#include "tests/support/story.h"

namespace keyledger::tests {

constexpr std::int64_t kSecond = ledger::kMicrosecondsPerSecond;
constexpr std::int64_t kHour = 3600 * kSecond;
constexpr std::int64_t kDay = ledger::kMicrosecondsPerDay;

class CaseLedger {
 public:
  static constexpr const char* kAccount = "1111-2222-3333";
  static constexpr const char* kOther = "4444-5555-6666";

  // Two accounts. In the first, ada is staff and bob is not; in the second, eve is staff.
  CaseLedger() {
    run(commands::OpenAccount{kAccount, "Acme", {}});
    run(commands::OpenAccount{kOther, "Other", {}});
    run(commands::RegisterUser{kAccount, "ada", ledger::StaffFlag::kStaff});
    run(commands::RegisterUser{kAccount, "bob", ledger::StaffFlag::kNotStaff});
    run(commands::RegisterUser{kOther, "eve", ledger::StaffFlag::kStaff});
  }
  CaseLedger(const CaseLedger&) = delete;
  CaseLedger& operator=(const CaseLedger&) = delete;
  ~CaseLedger() { writer_.stop(); }

  // Submits a command and waits for the outcome.
  commands::Outcome ask(commands::Command command, commands::CommandContext context = {}) {
    std::promise<commands::Outcome> promise;
    writer_.submit(std::move(command), std::move(context),
                   [&](commands::Outcome outcome) { promise.set_value(std::move(outcome)); });
    return promise.get_future().get();
  }

  // Runs a command; fails the test if the command is not done.
  commands::Done run(commands::Command command) {
    commands::Outcome outcome = ask(std::move(command));
    if (const auto* refusal = std::get_if<ledger::Refusal>(&outcome)) FAIL(refusal->message());
    REQUIRE(std::holds_alternative<commands::Done>(outcome));
    return std::get<commands::Done>(std::move(outcome));
  }

  // Returns the refusal of a command; fails the test if the command is not refused or changes the log.
  ledger::Refusal refusal_of(commands::Command command, commands::CommandContext context = {}) {
    const ledger::Position before = log_->head().position;
    const commands::Outcome outcome = ask(std::move(command), std::move(context));
    REQUIRE(std::holds_alternative<ledger::Refusal>(outcome));
    CHECK(log_->head().position == before);
    return std::get<ledger::Refusal>(outcome);
  }

  // Returns the command for a key owned by ada with a new id; the key's secret is token_of(its name).
  commands::CreateKey key(const std::string& name) {
    return {.account = kAccount,
            .username = "ada",
            .name = name,
            .new_key_id = Story::key_id_of(ledger::KeyNumber{++drawn_}),
            .digest = ledger::sha256_digest(Story::token_of(name))};
  }
  // Creates a key owned by ada and returns the token.
  std::string create(const std::string& name, std::optional<ledger::Timestamp> expiry = std::nullopt) {
    commands::CreateKey command = key(name);
    command.expiry = expiry;
    run(std::move(command));
    return Story::token_of(name);
  }

  void add_client(const std::string& name, const std::string& account = kAccount) {
    run(commands::RegisterClient{account, name, Story::client_id_of(ledger::ClientNumber{++drawn_})});
  }
  void assign(const std::string& key, const std::string& client) {
    run(commands::AssignKey{.key = key, .client = client});
  }

  // Asks a question, then writes its use and runs all commands that follow from the use.
  projections::Verdict authenticate(const projections::Question& question) {
    const projections::Verdict verdict = authenticator_.authenticate(question);
    REQUIRE(authenticator_.flush_all().ok());
    for (commands::RefreshKeys& keys : std::exchange(refreshes_, {})) run(std::move(keys));
    return verdict;
  }
  projections::Verdict use(std::string_view token, std::string_view client = "") {
    return authenticate({.token = token, .client = client, .address = std::nullopt});
  }
  ledger::VerdictReason reason_of(std::string_view token, std::string_view client = "") {
    return use(token, client).reason;
  }
  // Returns the reason as told to an outsider.
  std::string_view told(std::string_view token, std::string_view client = "") {
    return entry_of(reason_of(token, client)).stranger;
  }
  // Returns true if the token is accepted.
  bool lets_in(std::string_view token, std::string_view client = "") { return use(token, client).allowed(); }
  // Returns true if a question without a token is allowed.
  bool lets_anybody_into(std::string_view client) {
    return authenticate({.token = std::nullopt, .client = client, .address = std::nullopt}).allowed();
  }

  const projections::Access& access() const { return authenticator_.access(); }
  // Call only when every request has been answered.
  const projections::Catalog& catalog() const { return *writer_.catalog(); }
  ledger::KeyNumber number_of(const std::string& key) const {
    const auto found = catalog().resolve_key(key).number;
    REQUIRE(found.has_value());
    return *found;
  }
  projections::Key key_named(const std::string& name) const { return catalog().key(number_of(name)); }
  std::optional<ledger::Timestamp> expiry_of(const std::string& key) const { return key_named(key).expiry; }
  projections::ActiveKeys active_keys_of(const std::string& client) {
    return projections::active_keys_of(access(), find_named_client(access(), client).client, clock.now());
  }

  // Returns the names of all events in the log, in order.
  std::vector<std::string> events() const {
    std::vector<std::string> names;
    for (const ledger::Record& record : records()) {
      for (const ledger::Event& event : record.events) names.emplace_back(name_of(event));
    }
    return names;
  }
  std::vector<ledger::Record> records() const {
    std::vector<ledger::Record> all;
    auto cursor = log_->read(ledger::Position{1});
    REQUIRE(cursor.ok());
    for (;;) {
      auto record = (*cursor)->next();
      REQUIRE(record.ok());
      if (!record->has_value()) return all;
      all.push_back(std::move(**record));
    }
  }

  ManualClock clock{kStoryBegins};

 private:
  std::unique_ptr<ledger::IndexedLog> log_ = ledger::make_memory_log();
  std::uint32_t drawn_ = 0;
  std::vector<commands::RefreshKeys> refreshes_;
  commands::Writer writer_{
      {.log = *log_,
       .index = *log_,
       .catalog = projections::Catalog(),
       .clock = clock.clock(),
       .publish =
           [this](std::vector<ledger::Record> records, std::vector<commands::Writer::Reply> replies) {
             REQUIRE(authenticator_.apply(records).ok());
             for (const auto& reply : replies) reply();
           },
       .note_durable = {}}};
  commands::Authenticator authenticator_{
      {},
      [this](std::span<ledger::Record> records) { return writer_.append_uses(records); },
      clock.clock(),
      ledger::Timestamp{},
      [this](commands::RefreshKeys keys) { refreshes_.push_back(std::move(keys)); }};
};

}  // namespace keyledger::tests
