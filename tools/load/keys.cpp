#include "tools/load/keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>

#include "ledger/values/token.h"
#include "net/client.h"
#include "tools/program/system.h"

namespace keyledger::tools::load {
namespace {

using ledger::Error;
using ledger::ErrorCode;
using ledger::Result;

constexpr const char* kAccount = "0000-0000-0001";

Error refused(const net::Failure& failure) { return {ErrorCode::kProtocol, failure.message}; }

std::string user_of(const KeysPlan& plan, std::size_t key) { return fmt::format("load{}", key % plan.users); }

std::string client_of(const KeysPlan& plan, std::size_t key) {
  return fmt::format("client{}", key % plan.clients);
}

std::string name_of(const KeysPlan& plan, std::size_t key) { return fmt::format("{}{}", plan.name, key); }

Result<void> import(net::Client& client, commands::ImportKeys keys) {
  net::RunCommand run{.command = std::move(keys)};
  run.import_source = "load";
  const auto done = client.run(std::move(run));
  if (!done) return refused(done.error());
  return {};
}

// An existing account, user or client stays unchanged.
Result<void> import_surroundings(net::Client& client, const KeysPlan& plan) {
  commands::ImportKeys import_of{.account = kAccount};
  import_of.accounts.push_back({.number = kAccount, .name = "load"});
  for (std::size_t i = 0; i < plan.users; ++i) {
    import_of.users.push_back({.username = user_of(plan, i),
                               .staff = ledger::StaffFlag::kStaff,
                               .active = ledger::ActiveFlag::kActive});
  }
  for (std::size_t i = 0; i < plan.clients; ++i) {
    import_of.clients.push_back({.account = kAccount, .name = client_of(plan, i)});
  }
  return import(client, std::move(import_of));
}

// Sends `count` commands, with several in flight, and passes each answer on with the command's number.
Result<void> run_many(net::Client& client, std::size_t in_flight, std::size_t count,
                      const std::function<commands::Command(std::size_t)>& command,
                      const std::function<void(std::size_t, const net::DoneAnswer&)>& done) {
  for (std::size_t sent = 0, answered = 0; answered < count; ++answered) {
    for (; sent < count && sent - answered < in_flight; ++sent) {
      auto asked = client.send({.id = sent, .body = net::RunCommand{.command = command(sent)}});
      if (!asked) return asked;
    }
    const auto response = client.receive();
    if (!response) return response.error();
    if (const auto* failure = std::get_if<net::Failure>(&response->body)) return refused(*failure);
    const auto* answer = std::get_if<net::DoneAnswer>(&response->body);
    if (answer == nullptr || response->id >= count)
      return Error{ErrorCode::kProtocol, "the answer does not belong to the question"};
    done(response->id, *answer);
  }
  return {};
}

double seconds_since(std::chrono::steady_clock::time_point begun) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

Result<double> create_keys(net::Client& client, const KeysPlan& plan, std::ostream& tokens) {
  std::vector<std::string> made(plan.count);
  const auto begun = std::chrono::steady_clock::now();
  auto created = run_many(
      client, plan.in_flight, plan.count,
      [&](std::size_t i) -> commands::Command {
        return commands::CreateKey{
            .account = kAccount, .username = user_of(plan, i), .name = name_of(plan, i)};
      },
      [&](std::size_t i, const net::DoneAnswer& answer) { made[i] = answer.secret.expose(); });
  if (!created) return created.error();
  const double seconds = seconds_since(begun);
  for (const std::string& token : made) tokens << token << "\n";
  if (plan.clients == 0) return seconds;
  auto assigned = run_many(
      client, plan.in_flight, plan.count,
      [&](std::size_t i) -> commands::Command {
        return commands::AssignKey{.key = user_of(plan, i) + "/" + name_of(plan, i),
                                   .client = client_of(plan, i)};
      },
      [](std::size_t, const net::DoneAnswer&) {});
  if (!assigned) return assigned.error();
  return seconds;
}

Result<double> import_keys(net::Client& client, const KeysPlan& plan, const ledger::Clock& clock,
                           std::ostream& tokens) {
  double seconds = 0;
  for (std::size_t next = 0; next < plan.count;) {
    commands::ImportKeys import_of{.account = kAccount};
    std::vector<ledger::Secret> made;
    for (const std::size_t end = std::min(plan.count, next + plan.keys_per_import); next < end; ++next) {
      ledger::TokenEntropy entropy{};
      if (!program::draw_randomness(entropy)) return Error{ErrorCode::kRandomness, ""};
      made.push_back(ledger::make_token(ledger::kTokenPrefix, entropy));
      import_of.keys.push_back({.username = user_of(plan, next),
                                .base_name = name_of(plan, next),
                                .digest = ledger::sha256_digest(made.back().expose()),
                                .created = clock(),
                                .active = ledger::ActiveFlag::kActive});
      if (plan.clients > 0) import_of.keys.back().clients.push_back(client_of(plan, next));
    }
    const auto begun = std::chrono::steady_clock::now();
    if (auto imported = import(client, std::move(import_of)); !imported) return imported.error();
    seconds += seconds_since(begun);
    for (const ledger::Secret& token : made) tokens << token.expose() << "\n";
  }
  return seconds;
}

}  // namespace

Result<double> make_keys(const KeysPlan& plan, const ledger::Clock& clock, std::ostream& tokens) {
  auto client = net::Client::connect(plan.endpoint);
  if (!client) return client.error();
  if (auto made = import_surroundings(**client, plan); !made) return made.error();
  auto seconds = plan.source == KeySource::kCreate ? create_keys(**client, plan, tokens)
                                                   : import_keys(**client, plan, clock, tokens);
  if (seconds.ok() && !tokens.flush())
    return Error{ErrorCode::kWriteFailed, "the file of tokens cannot be written"};
  return seconds;
}

}  // namespace keyledger::tools::load
