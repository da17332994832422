#include "commands/platform_id.h"

#include <algorithm>

#include "ledger/values/field_hasher.h"

namespace keyledger::commands {

namespace {

constexpr std::uint8_t kVersion = 0x80;
constexpr std::uint8_t kVariant = 0x80;

}  // namespace

ledger::ClientId platform_client_id(std::string_view account, std::string_view primary_key) {
  ledger::FieldHasher hasher;
  hasher.add("client of a platform").add(account).add(primary_key);
  const auto hash = hasher.finish();
  ledger::ClientId id;
  std::copy_n(hash.begin(), id.uuid.size(), id.uuid.begin());
  id.uuid.data[6] = static_cast<std::uint8_t>((id.uuid.data[6] & 0x0fU) | kVersion);
  id.uuid.data[8] = static_cast<std::uint8_t>((id.uuid.data[8] & 0x3fU) | kVariant);
  return id;
}

bool is_platform_id(const ledger::ClientId& id) {
  return (id.uuid.data[6] & 0xf0U) == kVersion && (id.uuid.data[8] & 0xc0U) == kVariant;
}

}  // namespace keyledger::commands
