#include "projections/lookup.h"

#include <algorithm>

namespace keyledger::projections {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every fold

namespace {

using Found = Result<EntityRef, Refusal>;

template <typename Number>
Found only(const NameMatch<Number>& match, RefusalCode unknown, const std::string& text) {
  if (match.ambiguous) return Refusal{RefusalCode::kNameAmbiguous, text};
  if (!match.number) return Refusal{unknown, text};
  return ref(*match.number);
}

}  // namespace

Found look_up(const Catalog& catalog, EntityRef::Kind kind, const std::string& text) {
  switch (kind) {
    case EntityRef::Kind::kAccount: {
      const auto number = parse_account_number(text);
      if (!number) return Refusal{RefusalCode::kAccountNumberInvalid, text};
      if (catalog.find_account(*number) == nullptr) return Refusal{RefusalCode::kAccountUnknown, text};
      return ref(*number);
    }
    case EntityRef::Kind::kUser: {
      const auto user = catalog.find_user(text);
      if (!user) return Refusal{RefusalCode::kUserUnknown, text};
      return ref(*user);
    }
    case EntityRef::Kind::kClient:
      return only(catalog.resolve_client(text), RefusalCode::kClientUnknown, text);
    case EntityRef::Kind::kKey:
      return only(catalog.resolve_key(text), RefusalCode::kKeyUnknown, text);
  }
  ENSURE(false, "a kind of entity");
}

RowKind row_kind_of(EntityRef::Kind kind) {
  return static_cast<RowKind>(static_cast<std::uint8_t>(kind) -
                              static_cast<std::uint8_t>(EntityRef::Kind::kAccount));
}

EntityRef::Kind entity_kind_of(RowKind kind) {
  return static_cast<EntityRef::Kind>(static_cast<std::uint8_t>(kind) +
                                      static_cast<std::uint8_t>(EntityRef::Kind::kAccount));
}

std::size_t place_of(const Catalog& catalog, const EntityRef& entity) {
  if (entity.kind != EntityRef::Kind::kAccount) return static_cast<std::size_t>(entity.number - 1);
  const auto& all = catalog.accounts();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Account& account) {
    return account.number == AccountNumber{entity.number};
  });
  ENSURE(found != all.end(), "an account of this catalog");
  return static_cast<std::size_t>(found - all.begin());
}

}  // namespace keyledger::projections
