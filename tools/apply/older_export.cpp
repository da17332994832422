#include "tools/apply/older_export.h"

#include "ledger/values/entity_ids.h"

namespace keyledger::tools::apply {

using commands::ImportKeys;

void OlderExport::note(const net::RunCommand& run) {
  if (const auto* open = std::get_if<commands::OpenClientToPublic>(&run.command)) {
    opened_.insert(open->client);
  } else if (const auto* import = std::get_if<ImportKeys>(&run.command)) {
    for (const commands::ImportedAccount& account : import->accounts) {
      if (account.closed == commands::ClosedFlag::kClosed) closed_.insert(account.number);
    }
  }
}

void OlderExport::mend(net::RunCommand& run) const {
  if (std::holds_alternative<commands::OpenClientToPublic>(run.command)) {
    run.command =
        ImportKeys{.origin = commands::ImportOrigin::kRecords, .mode = commands::ImportMode::kCompare};
  } else if (auto* import = std::get_if<ImportKeys>(&run.command)) {
    for (commands::ImportedAccount& account : import->accounts) {
      if (closed_.contains(account.number)) account.closed = commands::ClosedFlag::kClosed;
    }
    for (commands::ImportedClient& client : import->clients) {
      if (opened_.contains(ledger::to_string(client.own_id.uuid)))
        client.rule = commands::AccessRule::kOpened;
    }
  }
}

}  // namespace keyledger::tools::apply
