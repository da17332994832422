#include "tools/import/client_names.h"

#include <fmt/format.h>

#include <unordered_map>
#include <unordered_set>

#include "commands/decide.h"
#include "commands/names.h"
#include "ledger/values/printable_text.h"
#include "tools/import/smarter_fields.h"

namespace keyledger::tools::import {
namespace {

using commands::ImportedClient;

// Returns the client's primary key in its project, or "object_N" if the key cannot be part of a name.
std::string number_of(const DumpTable<ClientRow>::Row& row) {
  constexpr std::size_t kMax = 64;
  const std::string_view key = shown(row.identity);
  return commands::is_name(key, kMax) ? std::string(key) : fmt::format("object_{}", row.place.number);
}

std::string place_in_ledger(const ImportedClient& client) { return client.account + "/" + client.name; }

}  // namespace

void name_clients(const DumpTable<ClientRow>& rows, std::vector<ImportedClient>& clients,
                  UnmappedList& unmapped) {
  std::unordered_map<std::string, std::size_t> wanted;
  std::unordered_set<std::string> taken;
  for (std::size_t i = 0; i < clients.size(); ++i) {
    const auto& row = rows.row(i);
    clients[i].name =
        fitting_client_name(row.contents, number_of(row), [&](DumpField field, std::string reason) {
          unmapped.push_back(unmapped_at(row.place, field, std::move(reason)));
        });
    ++wanted[place_in_ledger(clients[i])];
    taken.insert(place_in_ledger(clients[i]));
  }
  for (std::size_t i = 0; i < clients.size(); ++i) {
    const std::size_t sharing = wanted[place_in_ledger(clients[i])];
    if (sharing == 1) continue;
    const std::string name = clients[i].name;
    std::string suffix = "_" + number_of(rows.row(i));
    do {
      clients[i].name = commands::with_suffix(name, suffix);
      suffix += "_";
    } while (!taken.insert(place_in_ledger(clients[i])).second);
    unmapped.push_back(
        unmapped_at(rows.row(i).place, DumpField::kName,
                    fmt::format("{} clients of {} are named {}: this one gets the name {}", sharing,
                                clients[i].account, ledger::quoted(name), ledger::quoted(clients[i].name))));
  }
}

}  // namespace keyledger::tools::import
