// Decides the clients of an import.
#include <algorithm>

#include "commands/import_merge.h"
#include "commands/names.h"
#include "commands/platform_id.h"

namespace keyledger::commands {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every decision
using projections::Client;

namespace {

constexpr auto kNever = Differences::Takeable::kNo;

bool is_public(AccessRule rule) { return rule != AccessRule::kRequiresKey; }

std::string_view rule_name(bool requires_key) { return requires_key ? "requires a key" : "public"; }

class ClientMerge {
 public:
  explicit ClientMerge(ImportContext& context)
      : context_(context), matched_(context.command.clients.size()), accounts_(matched_.size()) {}

  Refused run() {
    if (auto refusal = check()) return refusal;
    match_ids();
    match_names();
    if (context_.is_dump()) find_gone();
    for (std::size_t i = 0; i < matched_.size(); ++i) {
      if (matched_[i] != kNoClient) compare(i);
    }
    rename();
    for (std::size_t i = 0; i < matched_.size(); ++i) {
      if (matched_[i] == kNoClient && !is_repeated_[i]) {
        if (auto refusal = add(i)) return refusal;
      }
    }
    return std::nullopt;
  }

 private:
  const ImportedClient& client(std::size_t index) const { return context_.command.clients[index]; }

  std::string place_of(std::size_t index) const { return client(index).account + "/" + client(index).name; }

  static std::string object_of(const Client& known) {
    return "client " + to_string(known.account) + "/" + known.name;
  }

  Refused check() {
    boost::unordered_flat_set<std::string> places;
    is_repeated_.assign(matched_.size(), false);
    for (std::size_t i = 0; i < matched_.size(); ++i) {
      const auto account = context_.additions.account_named(client(i).account);
      if (!account) return account.error();
      accounts_[i] = *account;
      if (!is_name(client(i).name, kNameBytesMax)) return refuse(RefusalCode::kNameInvalid, client(i).name);
      is_repeated_[i] = !places.insert(place_of(i)).second;
    }
    return std::nullopt;
  }

  // Two objects of the import are never a single client of the ledger.
  void match(std::size_t index, ClientNumber number) {
    if (!context_.known_clients.insert(number.value()).second) return;
    matched_[index] = number;
    context_.clients.insert_or_assign(place_of(index), number);
  }

  void match_ids() {
    for (std::size_t i = 0; i < matched_.size(); ++i) {
      if (is_repeated_[i] || client(i).own_id == ClientId{}) continue;
      const auto known = context_.catalog.find_client_id(client(i).own_id);
      if (!known) continue;
      const Client& there = context_.catalog.client(*known);
      if (!there.removed && there.account == accounts_[i]) match(i, *known);
    }
  }

  // Two different ids of a platform mean two clients, even if both have had the name.
  void match_names() {
    for (std::size_t i = 0; i < matched_.size(); ++i) {
      if (is_repeated_[i] || matched_[i] != kNoClient) continue;
      const auto named = context_.catalog.find_client(accounts_[i], client(i).name);
      if (!named) continue;
      const bool are_two =
          is_platform_id(client(i).own_id) && is_platform_id(context_.catalog.client(*named).client_id);
      if (!are_two) match(i, *named);
    }
  }

  void find_gone() {
    for (const std::uint64_t number : context_.scope) {
      const projections::Account* account = context_.catalog.find_account(AccountNumber{number});
      if (account == nullptr || account->closed) continue;
      for (const ClientNumber each : account->clients) {
        const Client& known = context_.catalog.client(each);
        if (known.removed || !is_platform_id(known.client_id)) continue;
        if (!context_.known_clients.contains(each.value())) remove(each, known);
      }
    }
  }

  void remove(ClientNumber number, const Client& known) {
    const bool works = !known.requires_key || std::ranges::any_of(known.keys, [&](KeyNumber key) {
      return context_.works_here(key);
    });
    if (context_.takes({.kind = DifferenceClass::kRemovals,
                        .danger = danger_of(works, false),
                        .object = object_of(known),
                        .id = to_string(known.client_id.uuid),
                        .field = "removed",
                        .ledger = "false",
                        .dump = "gone"})) {
      context_.additions.add(ClientRemoved{number});
      context_.additions.free_client_name(known.account, known.name);
    }
  }

  void compare(std::size_t index) {
    const Client& known = context_.catalog.client(matched_[index]);
    if (known.name != client(index).name) {
      Difference difference{.kind = DifferenceClass::kNames,
                            .object = object_of(known),
                            .id = to_string(known.client_id.uuid),
                            .field = "name",
                            .ledger = known.name,
                            .dump = client(index).name};
      if (context_.takes(difference)) {
        renames_.push_back({.number = matched_[index].value(),
                            .scope = known.account.value(),
                            .from = known.name,
                            .to = client(index).name,
                            .difference = std::move(difference)});
      }
    }
    compare_access(index, known);
  }

  // In a dump, a client requires a key as soon as a key is assigned. The ledger's client follows, unless an
  // operator opened the client.
  void compare_access(std::size_t index, const Client& known) {
    const bool public_there = is_public(client(index).rule);
    if (!known.requires_key == public_there) return;
    const bool follows = context_.is_dump() && !public_there && !known.opened;
    if (!follows && !context_.takes({.kind = DifferenceClass::kAccess,
                                     .danger = danger_of(!known.requires_key, public_there),
                                     .object = object_of(known),
                                     .id = to_string(known.client_id.uuid),
                                     .field = "access",
                                     .ledger = std::string(rule_name(known.requires_key)),
                                     .dump = std::string(rule_name(!public_there))})) {
      return;
    }
    if (public_there) {
      context_.additions.keep_open(matched_[index]);
    } else {
      context_.additions.close(matched_[index]);
    }
  }

  void rename() {
    ImportAdditions& additions = context_.additions;
    const RenameRules rules{.is_free =
                                [&](std::uint64_t scope, const std::string& name) {
                                  return additions.is_free_client_name(AccountNumber{scope}, name);
                                },
                            .free_like =
                                [&](std::uint64_t scope, const std::string& name) {
                                  return additions.free_client_name_like(AccountNumber{scope}, name);
                                },
                            .rename =
                                [&](const Rename& rename, const std::string& name) {
                                  const ClientNumber number{rename.number};
                                  additions.add(ClientRenamed{number, name});
                                  additions.free_client_name(AccountNumber{rename.scope}, rename.from);
                                  additions.take_client_name(AccountNumber{rename.scope}, name, number);
                                }};
    for (Rename& left : carry_out(std::move(renames_), rules)) {
      context_.differences.give_back(std::move(left.difference));
    }
  }

  // Returns the client of this identity or name that an operator removed.
  const Client* taken_away(std::size_t index) const {
    const auto known = context_.catalog.find_client_id(client(index).own_id);
    if (known && context_.catalog.client(*known).removed &&
        !context_.catalog.client(*known).removed_by_import) {
      return &context_.catalog.client(*known);
    }
    const auto named = context_.catalog.withdrawals().removed_client(accounts_[index], client(index).name);
    return named ? &context_.catalog.client(*named) : nullptr;
  }

  Refused add(std::size_t index) {
    if (context_.is_shut(accounts_[index])) {
      context_.clients.insert_or_assign(place_of(index), kNoClient);
      return std::nullopt;
    }
    if (const Client* gone = taken_away(index)) {
      const bool taken = context_.takes({.kind = DifferenceClass::kReturns,
                                         .danger = Danger::kWorksThere,
                                         .object = "client " + place_of(index),
                                         .id = to_string(gone->client_id.uuid),
                                         .field = "removed",
                                         .ledger = "true",
                                         .dump = "false"});
      if (!taken) {
        context_.clients.insert_or_assign(place_of(index), kNoClient);
        return std::nullopt;
      }
    }
    return add_new(index);
  }

  // The id of a removed client stays taken.
  Refused add_new(std::size_t index) {
    const auto known = context_.catalog.find_client_id(client(index).own_id);
    const bool has_id =
        client(index).own_id != ClientId{} && !(known && context_.catalog.client(*known).removed);
    const ClientId id = has_id ? client(index).own_id : client(index).new_client_id;
    const std::string name = context_.additions.free_client_name_like(accounts_[index], client(index).name);
    const auto added = context_.additions.add_client(client(index), accounts_[index], name, id);
    if (!added) return added.error();
    context_.clients.insert_or_assign(place_of(index), *added);
    if (name == client(index).name) return std::nullopt;
    context_.takes({.kind = DifferenceClass::kNames,
                    .object = "client " + client(index).account + "/" + name,
                    .id = to_string(id.uuid),
                    .field = "name",
                    .ledger = name,
                    .dump = client(index).name},
                   kNever);
    return std::nullopt;
  }

  ImportContext& context_;
  std::vector<ClientNumber> matched_;
  std::vector<AccountNumber> accounts_;
  std::vector<bool> is_repeated_;  // an earlier object of the import has the place
  std::vector<Rename> renames_;
};

}  // namespace

Refused merge_clients(ImportContext& context) { return ClientMerge(context).run(); }

}  // namespace keyledger::commands
