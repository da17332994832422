#include "commands/outcome.h"

#include <algorithm>

#include "commands/names.h"

namespace keyledger::commands {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every command

namespace {

bool is_remark(const std::string& text) { return text.size() <= kReasonBytesMax && is_plain_text(text); }

}  // namespace

void Done::count(const std::vector<Event>& appended) {
  events += appended.size();
  added.count(appended);
}

std::optional<Refusal> refuse_context(const CommandContext& context) {
  if (!is_remark(context.reason)) return Refusal{RefusalCode::kReasonTooLong, ""};
  const auto* import = std::get_if<ImportActor>(&context.actor);
  if (import != nullptr && !is_remark(import->source)) return Refusal{RefusalCode::kImportSourceInvalid, ""};
  const std::string& id = context.idempotency_id;
  const bool visible = std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (id.size() > kIdempotencyIdBytesMax || !visible) return Refusal{RefusalCode::kIdempotencyIdInvalid, ""};
  return std::nullopt;
}

}  // namespace keyledger::commands
