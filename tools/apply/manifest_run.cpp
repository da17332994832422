#include "tools/apply/manifest_run.h"

#include <fmt/format.h>

#include "ledger/values/printable_text.h"

namespace keyledger::tools::apply {

using ledger::RefusalCode;
using projections::ClientRow;
using projections::KeyRow;
using projections::RowKind;
using projections::UserRow;

namespace {

// Returns a refusal with a message in Smarter's words.
ApplyOutcome refused(RefusalCode code, std::string message) {
  ApplyOutcome outcome = outcome_of(net::failure_of(ledger::Refusal{code, ""}));
  outcome.message = std::move(message);
  return outcome;
}

bool is_unknown(const net::Failure& failure) {
  const auto code = static_cast<RefusalCode>(failure.code);
  return code == RefusalCode::kUserUnknown || code == RefusalCode::kClientUnknown ||
         code == RefusalCode::kKeyUnknown;
}

bool is_done(const ApplyOutcome& outcome) {
  return outcome.result == ApplyResult::kDone || outcome.result == ApplyResult::kUnchanged;
}

}  // namespace

template <typename Row>
ManifestRun::Found<Row> ManifestRun::look_up(RowKind kind, const std::string& name) {
  std::optional<Row> found;
  const auto answer =
      client_.rows(net::AskList{.kind = kind, .name = name}, [&](std::vector<projections::Row> rows) {
        for (projections::Row& row : rows) found = std::get<Row>(std::move(row));
      });
  if (!answer && !is_unknown(answer.error())) return answer.error();
  return found;
}

template <typename Row>
ManifestRun::Found<Row> ManifestRun::look_up(RowKind kind, const std::string& before,
                                             const ManifestName& name) {
  if (name.written != name.name && name.written.find('/') == name.written.npos) {
    auto found = look_up<Row>(kind, before + name.written);
    if (!found || found->has_value()) return found;
  }
  return look_up<Row>(kind, before + name.name);
}

ApplyOutcome ManifestRun::run(commands::Command command) {
  auto answer = client_.run({.command = std::move(command), .reason = reason_});
  if (!answer) return outcome_of(answer.error());
  return outcome_of(std::move(*answer));
}

ApplyOutcome ManifestRun::apply(const SmarterManifest& manifest) {
  return std::visit([&](const auto& each) { return apply(each); }, manifest);
}

ApplyOutcome ManifestRun::apply(const KeyManifest& manifest) {
  const auto owner = look_up<UserRow>(RowKind::kUsers, manifest.username);
  if (!owner) return outcome_of(owner.error());
  if (!owner->has_value()) {
    return refused(RefusalCode::kUserUnknown,
                   fmt::format("User {} does not exist for SmarterAuthToken {}",
                               ledger::printable(manifest.username), manifest.name.name));
  }
  const auto key = look_up<KeyRow>(RowKind::kKeys, manifest.username + "/", manifest.name);
  if (!key) return outcome_of(key.error());
  ApplyOutcome outcome = key->has_value() ? edit(manifest, **key) : create(manifest, **owner);
  if (is_done(outcome)) {
    outcome.message = fmt::format("SmarterAuthToken {} applied successfully", manifest.name.name);
  }
  return outcome;
}

ApplyOutcome ManifestRun::create(const KeyManifest& manifest, const UserRow& owner) {
  std::string account = account_;
  if (account.empty() && owner.accounts.size() == 1) account = owner.accounts.front();
  if (account.empty()) {
    return refused(
        RefusalCode::kUserNotInAccount,
        fmt::format("User {} belongs to {} accounts: name the account of SmarterAuthToken {} with --account",
                    ledger::printable(owner.username), owner.accounts.size(), manifest.name.name));
  }
  return run(commands::CreateKey{.account = std::move(account),
                                 .username = manifest.username,
                                 .name = manifest.name.name,
                                 .description = manifest.description,
                                 .tags = manifest.tags,
                                 .annotations = manifest.annotations,
                                 .active = manifest.active});
}

ApplyOutcome ManifestRun::edit(const KeyManifest& manifest, const KeyRow& key) {
  if (!account_.empty() && account_ != key.account) {
    return refused(RefusalCode::kAccountMismatch,
                   fmt::format("SmarterAuthToken {} belongs to the account {}, not to {}", manifest.name.name,
                               key.account, ledger::printable(account_)));
  }
  return run(commands::EditKey{.key = key.key_id,
                               .description = manifest.description,
                               .tags = manifest.tags,
                               .annotations = manifest.annotations,
                               .active = manifest.active});
}

ApplyOutcome ManifestRun::register_client(const ClientManifest& manifest, const std::string& account) {
  if (account.empty()) {
    return refused(RefusalCode::kClientUnknown,
                   fmt::format("{} {} does not exist: name the account for it with --account", manifest.kind,
                               manifest.name.name));
  }
  return run(commands::RegisterClient{.account = account, .name = manifest.name.name});
}

ApplyOutcome ManifestRun::apply(const ClientManifest& manifest) {
  const std::string before = account_.empty() ? std::string() : account_ + "/";
  const auto found = look_up<ClientRow>(RowKind::kClients, before, manifest.name);
  if (!found) return outcome_of(found.error());
  const bool is_known = found->has_value();
  const std::string account = is_known ? (*found)->account : account_;

  // Look the key up first: if the key does not exist, nothing must change.
  std::optional<KeyRow> key;
  if (manifest.api_key) {
    auto named = look_up<KeyRow>(RowKind::kKeys, *manifest.api_key);
    if (!named) return outcome_of(named.error());
    if (!named->has_value() || (!account.empty() && (*named)->account != account)) {
      return refused(RefusalCode::kKeyUnknown,
                     fmt::format("API Key {} not found", ledger::printable(*manifest.api_key)));
    }
    key = std::move(*named);
  }

  ApplyOutcome outcome{.result = ApplyResult::kUnchanged};
  if (is_known) outcome.entity = **found;
  if (!is_known) outcome = register_client(manifest, account);
  if (is_done(outcome) && key && outcome.entity) {
    const auto* client = std::get_if<ClientRow>(&*outcome.entity);
    ENSURE(client != nullptr, "a client is registered");
    ApplyOutcome assigned = run(commands::AssignKey{
        .key = key->key_id, .client = client->client_id, .others = commands::OtherKeys::kUnassign});
    if (!is_done(assigned)) return assigned;
    outcome.position = assigned.position;
    if (assigned.result == ApplyResult::kDone) outcome.result = ApplyResult::kDone;
  }
  if (is_done(outcome)) {
    outcome.message = fmt::format("{} {} applied successfully", manifest.kind, manifest.name.name);
  }
  return outcome;
}

}  // namespace keyledger::tools::apply
