#include "net/import_gathering.h"

#include <utility>

namespace keyledger::net {

using ledger::Refusal;
using ledger::RefusalCode;
using ledger::Result;

namespace {

std::size_t objects_in(const commands::ImportKeys& import) {
  return import.users.size() + import.keys.size() + import.accounts.size() + import.clients.size();
}

}  // namespace

Result<std::optional<ImportGathering::Whole>, Refusal> ImportGathering::add(std::uint64_t id, RunCommand part,
                                                                            std::size_t bytes) {
  auto& command = std::get<commands::ImportKeys>(part.command);
  const std::size_t objects = objects_in(command);
  const bool more = part.more;
  objects_ += objects;
  bytes_ += bytes;
  const auto [place, is_first] = imports_.try_emplace(id);
  if (objects_ > kImportObjectsInFlightMax || bytes_ > kImportBytesInFlightMax ||
      imports_.size() > kImportsInFlightMax) {
    return Refusal{RefusalCode::kImportTooLarge, ""};
  }
  Import& import = place->second;
  import.objects += objects;
  import.bytes += bytes;
  if (is_first) {
    import.parts.run = std::move(part);
  } else {
    import.parts.more.push_back(std::move(command));
  }
  if (more) return std::optional<Whole>{};
  objects_ -= import.objects;
  bytes_ -= import.bytes;
  std::optional<Whole> whole = std::move(import.parts);
  imports_.erase(place);
  return whole;
}

}  // namespace keyledger::net
