#include <fmt/format.h>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include "commands/decide.h"
#include "commands/names.h"

namespace keyledger::commands {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every decision
using projections::Catalog;

namespace {

// An import as it grows: what the catalog holds, and what the events so far add to it.
class Import {
 public:
  Import(const Catalog& catalog, AccountNumber account) : catalog_(catalog), account_(account) {}

  std::optional<Refusal> add(const ImportedUser& user) {
    if (user.username.empty() || user.username.size() > kUsernameBytesMax || !is_plain_text(user.username)) {
      return Refusal{RefusalCode::kNameInvalid, user.username};
    }
    if (const auto known = catalog_.find_user(user.username)) return take_known(*known, user);
    const UserNumber number{static_cast<std::uint32_t>(catalog_.users() + users_.size() + 1)};
    if (!users_.emplace(user.username, number).second)
      return Refusal{RefusalCode::kUserExists, user.username};
    events_.emplace_back(UserRegistered{
        .user = number, .username = user.username, .staff = user.staff, .active = user.active});
    events_.emplace_back(UserJoinedAccount{.user = number, .account = account_});
    return std::nullopt;
  }

  std::optional<Refusal> add(const ImportedKey& key) {
    if (key.digest.scheme != DigestScheme::kKnoxSalted && (key.digest.bucket || key.digest.salt != Salt{})) {
      return Refusal{RefusalCode::kImportDigestInvalid, masked_identifier(key.digest)};
    }
    if (!is_rfc3339(key.created) || !is_rfc3339(key.expiry.value_or(kLatest))) {
      return Refusal{RefusalCode::kTimeInvalid, masked_identifier(key.digest)};
    }
    const auto owner = owner_named(key.username);
    if (!owner) return Refusal{RefusalCode::kUserUnknown, key.username};
    const bool is_known = catalog_.find_digest(key.digest).has_value();
    if (is_known || !digests_.insert(Catalog::prefix_of(key.digest)).second) return std::nullopt;
    if (!is_name(key.base_name, kNameBytesMax - kSuffixBytes)) {
      return Refusal{RefusalCode::kNameInvalid, key.base_name};
    }
    const KeyNumber number{static_cast<std::uint32_t>(catalog_.keys() + ++keys_added_)};
    events_.emplace_back(KeyImported{.details = {.key = number,
                                                 .key_id = key.new_key_id,
                                                 .owner = *owner,
                                                 .account = account_,
                                                 .name = free_name(*owner, key.base_name),
                                                 .digest = key.digest,
                                                 .created = key.created,
                                                 .expiry = key.expiry},
                                     .active = key.active});
    return std::nullopt;
  }

  void open_account_if_missing() {
    if (catalog_.find_account(account_) != nullptr) return;
    events_.emplace_back(AccountOpened{.account = account_, .name = "imported"});
  }

  std::vector<Event> take_events() { return std::move(events_); }

 private:
  static constexpr std::size_t kSuffixBytes = 8;  // "_1000000"

  // A username that the ledger knows is the same person only in the same account and with the same flags.
  std::optional<Refusal> take_known(UserNumber number, const ImportedUser& user) {
    const projections::User& known = catalog_.user(number);
    if (!catalog_.is_member(number, account_) || known.staff != user.staff || known.active != user.active) {
      return Refusal{RefusalCode::kImportUserElsewhere, user.username};
    }
    users_known_.emplace(user.username, number);
    return std::nullopt;
  }

  std::optional<UserNumber> owner_named(const std::string& username) const {
    for (const auto* users : {&users_, &users_known_}) {
      const auto found = users->find(username);
      if (found != users->end()) return found->second;
    }
    return std::nullopt;
  }

  // "base", "base_2", "base_3": the first that the owner has on no undeleted key.
  std::string free_name(UserNumber owner, const std::string& base) {
    std::uint32_t& tried = names_[fmt::format("{}/{}", owner.value(), base)];
    for (;;) {
      ++tried;
      std::string name = tried == 1 ? base : fmt::format("{}_{}", base, tried);
      const bool known = owner.value() <= catalog_.users() && catalog_.find_key(owner, name);
      if (!known && taken_.insert(fmt::format("{}/{}", owner.value(), name)).second) return name;
    }
  }

  const Catalog& catalog_;
  AccountNumber account_;
  std::vector<Event> events_;
  std::uint32_t keys_added_ = 0;
  boost::unordered_flat_map<std::string, UserNumber> users_;        // added
  boost::unordered_flat_map<std::string, UserNumber> users_known_;  // of the dump, in the ledger already
  boost::unordered_flat_map<std::string, std::uint32_t> names_;
  boost::unordered_flat_set<std::string> taken_;
  boost::unordered_flat_set<Catalog::DigestPrefix, Catalog::PrefixHash> digests_;  // added
};

}  // namespace

Decided decide_import(const Catalog& catalog, const ImportKeys& command) {
  const auto account = parse_account_number(command.account);
  if (!account) return Refusal{RefusalCode::kAccountNumberInvalid, command.account};
  if (command.users.size() > kImportObjectsMax || command.keys.size() > kImportObjectsMax) {
    return Refusal{RefusalCode::kImportTooLarge, ""};
  }
  Import import(catalog, *account);
  import.open_account_if_missing();
  for (const ImportedUser& user : command.users) {
    if (auto refusal = import.add(user)) return *refusal;
  }
  for (const ImportedKey& key : command.keys) {
    if (auto refusal = import.add(key)) return *refusal;
  }
  return Decision{.events = import.take_events()};
}

}  // namespace keyledger::commands
