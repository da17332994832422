#include "commands/decide.h"

#include "commands/decide_parts.h"

namespace keyledger::commands {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every decision
using projections::Catalog;

namespace {

std::optional<Refusal> refuse_version(const Catalog& catalog, const Command& command,
                                      const Decision& decision, std::uint32_t expected) {
  const bool is_new = std::holds_alternative<CreateKey>(command);
  if (is_new || !decision.entity || decision.entity->kind != EntityRef::Kind::kKey) {
    return refuse(RefusalCode::kVersionUnexpected, "");
  }
  const std::uint32_t version =
      catalog.entry(KeyNumber{static_cast<std::uint32_t>(decision.entity->number)}).version;
  if (version == expected) return std::nullopt;
  return refuse(RefusalCode::kVersionMismatch,
                "it is " + std::to_string(version) + ", not " + std::to_string(expected));
}

}  // namespace

Decided decide(const Catalog& catalog, const Command& command, Timestamp now,
               std::optional<std::uint32_t> expected_version) {
  auto decided = std::visit([&](const auto& each) { return decide_on(catalog, each, now); }, command);
  if (!decided || !expected_version) return decided;
  if (auto refusal = refuse_version(catalog, command, *decided, *expected_version)) return *refusal;
  return decided;
}

Decided decide_on(const Catalog& catalog, const ChangePolicy& command, Timestamp) {
  Policy policy = catalog.policy();
  policy.max_lifetime_days = command.max_lifetime_days.value_or(policy.max_lifetime_days);
  policy.lifetime_rule = command.lifetime_rule.value_or(policy.lifetime_rule);
  policy.keys_per_user = command.keys_per_user.value_or(policy.keys_per_user);
  policy.refresh_ttl = command.refresh_ttl.value_or(policy.refresh_ttl);
  policy.refresh_interval = command.refresh_interval.value_or(policy.refresh_interval);
  policy.refresh_max = command.refresh_max.value_or(policy.refresh_max);
  if (!is_well_formed(policy)) return refuse(RefusalCode::kPolicyInvalid, "");
  if (policy == catalog.policy()) return Decision{};
  return Decision{.events = {PolicyChanged{policy}}, .entity = std::nullopt};
}

}  // namespace keyledger::commands
