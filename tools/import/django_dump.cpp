#include "tools/import/django_dump.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "ledger/values/printable_text.h"
#include "tools/import/custom_token.h"
#include "tools/import/dump_fields.h"
#include "tools/import/field_tally.h"
#include "tools/import/knox_rows.h"
#include "tools/import/local_times.h"
#include "tools/import/smarter_file.h"
#include "tools/import/user_models.h"

namespace keyledger::tools::import {
namespace {

using commands::ImportedKey;
using commands::ImportedUser;
using ledger::Error;
using ledger::ErrorCode;
using ledger::Result;

std::string bytes_of(const ledger::KeyDigest& digest) { return {digest.view().begin(), digest.view().end()}; }

// One file: its users, its tokens and its Smarter objects. Primary keys are valid only within one file.
struct FileInReading {
  // A token is kept here until the whole file is read, because the token's user may come later in the file.
  struct Token {
    DumpPlace place;
    std::string user;  // as returned by identity_of()
    ImportedKey key;
  };

  FileInReading(const DumpFile& file, const std::string& own_account, const DumpChoices& choices,
                UnmappedList& unmapped)
      : name(file.name), users(choices), smarter(own_account, unmapped) {}

  Error wrong(std::string_view what) const {
    return Error{ErrorCode::kInputInvalid, fmt::format("{}: {}", ledger::printable(name), what)};
  }

  std::string_view name;
  bool is_dump = false;
  std::map<std::string_view, Recognised> roles;  // by model
  UserModels users;
  std::string_view user_model = kUserModel;  // the chosen one, after the whole file is read
  bool has_primary_keys = true;              // of the users
  // By primary key and by natural key: the user's index in the command.
  std::unordered_map<std::string, std::size_t> user_by_identity;
  std::vector<std::size_t> user_indexes;
  std::vector<Token> tokens;
  std::map<std::string_view, FieldTally> token_tallies;  // by model
  SmarterFile smarter;
};

class Import {
 public:
  Import(std::string account, const DumpChoices& choices, const DumpLimits& limits)
      : limits_(limits), choices_(choices), local_times_(choices.zone, result_.unmapped) {
    result_.command.account = std::move(account);
    result_.command.origin = commands::ImportOrigin::kDump;
  }

  Result<void> add(const DumpFile& text) {
    FileInReading file(text, result_.command.account, choices_, result_.unmapped);
    if (text.text.size() > limits_.file_bytes_max) {
      return file.wrong(fmt::format("is larger than {} bytes: dump it in parts", limits_.file_bytes_max));
    }
    const auto read = read_dump_objects(text, choices_.username_field,
                                        [&, this](DumpObject& object) { return take(file, object); });
    if (!read) return read.error();
    if (!file.is_dump) return file.wrong("is not a dump of auth.user and knox.authtoken");
    return settle(file);
  }

  DjangoDump finish(const std::function<ledger::KeyId()>& new_key_id) && {
    auto& command = result_.command;
    for (ImportedKey& key : command.keys) key.new_key_id = new_key_id();
    bool names_own_account = false;
    for (ImportedUser& user : command.users) {
      if (user.accounts == std::vector{command.account}) user.accounts.clear();
      names_own_account = names_own_account || std::ranges::count(user.accounts, command.account) > 0;
    }
    // A user in several accounts names the import's own account like the others, so that the command must
    // contain the own account, too.
    if (names_own_account && !known_accounts_.contains(command.account)) {
      command.accounts.push_back({.number = command.account, .name = "imported"});
    }
    return std::move(result_);
  }

 private:
  // The place where a user, token or account was found first.
  struct Found {
    std::size_t index;  // index in the command
    DumpPlace place;
  };

  Result<void> take(FileInReading& file, DumpObject& object) {
    if (++objects_ > limits_.objects_max) {
      return file.wrong(
          fmt::format("more than {} objects in all: import them in parts", limits_.objects_max));
    }
    // Places show the names of models until the end of the import.
    const std::string_view model = *models_.insert(object.model).first;
    const DumpPlace place{.file = file.name, .number = object.number, .line = object.line, .model = model};
    const bool is_ignored =
        std::ranges::find(choices_.ignored_models, model) != choices_.ignored_models.end();
    if (!is_ignored && smarter_model_of(object)) {
      file.is_dump = true;
      local_times_.settle(place, object);
      const auto taken = file.smarter.take(file.name, object);
      return taken ? Result<void>() : taken.error();
    }
    const auto known = file.roles.find(model);
    if (known != file.roles.end()) return take_as(known->second, file, place, object);
    // A model that is left out is looked at again with each object, because a key may be in a later one.
    const Recognised recognised = recognise(object, choices_);
    if (recognised.role != Role::kOther) file.roles.emplace(model, recognised);
    return take_as(recognised, file, place, object);
  }

  Result<void> take_as(const Recognised& recognised, FileInReading& file, const DumpPlace& place,
                       DumpObject& object) {
    switch (recognised.role) {
      case Role::kUsers:
        file.is_dump = true;
        return file.users.add(place, object, recognised.role);
      case Role::kPerhapsUsers:
        return file.users.add(place, object, recognised.role);
      case Role::kKnoxTokens:
      case Role::kPlainTokens:
        file.is_dump = true;
        local_times_.settle(place, object);
        return take_token(file, place, object, recognised.role);
      case Role::kUnknownKeys:
        return not_understood(place, recognised.mark);
      case Role::kOther:
        ++result_.ignored[object.model];
        return {};
    }
    return {};
  }

  static Error not_understood(const DumpPlace& place, std::string_view mark) {
    return wrong(place,
                 fmt::format("{} and looks like a key, but is not understood: if the project accepts such "
                             "tokens, {}; if not, leave this model out with --ignore-model {}",
                             mark, kFromAnythingElse, place.model));
  }

  Result<void> take_token(FileInReading& file, const DumpPlace& place, DumpObject& object, Role role) {
    auto key = role == Role::kKnoxTokens ? read_token(place, object) : read_plain_token(place, object);
    if (!key) return key.error();
    auto user = DumpFieldReader(place, object).reference(DumpField::kUser, "a primary key nor [username]");
    if (!user) return user.error();
    const auto completed = take_custom_fields(place, object, *key, result_.unmapped);
    if (!completed) return completed;
    file.token_tallies[place.model].add(place, object, taken_token_fields());
    file.tokens.push_back({.place = place, .user = std::move(*user), .key = std::move(*key)});
    return {};
  }

  // Chooses the model of the users, and adds its users to the command. The other models are counted.
  Result<void> settle_users(FileInReading& file) {
    const bool has_tokens = !file.tokens.empty();
    const auto chosen = file.users.choose(file.name, has_tokens);
    if (!chosen) return chosen.error();
    for (const UserModels::Model& model : file.users.all()) {
      if (&model != *chosen) result_.ignored[std::string(model.name)] += model.objects;
    }
    if (*chosen == nullptr) {
      if (!choices_.user_model.empty()) file.user_model = choices_.user_model;
      return {};
    }
    file.user_model = (*chosen)->name;
    (*chosen)->tally.report(result_.unmapped);
    for (const UserModels::Row& row : (*chosen)->rows) {
      if (auto added = add_user(file, row); !added) return added;
    }
    return {};
  }

  Result<void> add_user(FileInReading& file, const UserModels::Row& row) {
    const auto index = settle_user(row.place, row.user);
    if (!index) return index.error();
    file.has_primary_keys = row.primary_key.has_value();
    if (row.primary_key && !file.user_by_identity.emplace(*row.primary_key, *index).second) {
      return wrong(row.place,
                   fmt::format("the primary key {} occurs twice", ledger::quoted(shown(*row.primary_key))));
    }
    if (!file.user_by_identity.emplace(natural_identity(row.user.username), *index).second) {
      return wrong_field(row.place, DumpField::kUsername,
                         fmt::format("{} occurs twice", ledger::quoted(row.user.username)));
    }
    file.user_indexes.push_back(*index);
    return {};
  }

  // Returns the user's index in the command; adds the user unless an earlier file contained the user.
  Result<std::size_t> settle_user(const DumpPlace& place, const ImportedUser& user) {
    auto& users = result_.command.users;
    const auto [known, is_new] = known_users_.try_emplace(user.username, Found{users.size(), place});
    if (is_new) users.push_back(user);
    const Found& first = known->second;
    const ImportedUser& there = users[first.index];
    if (there.staff == user.staff && there.active == user.active) return first.index;
    return wrong_field(place, DumpField::kUsername,
                       fmt::format("{} has other flags in {}: a user in two dumps must be staff in both or "
                                   "neither, and active in both or neither",
                                   ledger::quoted(user.username), first.place.text()));
  }

  // Refuses tokens of two models, unless one has nothing that the other lacks, as a proxy model has not.
  Result<void> check_token_models(const FileInReading& file) const {
    if (!choices_.token_models.empty() || file.token_tallies.size() < 2) return {};
    const std::string_view first = file.tokens.front().place.model;
    std::unordered_set<std::string> digests;
    for (const auto& token : file.tokens) {
      if (token.place.model == first) digests.insert(bytes_of(token.key.digest));
    }
    for (const auto& token : file.tokens) {
      if (digests.contains(bytes_of(token.key.digest))) continue;
      return file.wrong(fmt::format(
          "{} and {} both look like the tokens of the project: name the models whose tokens the "
          "project accepts, such as --token-model {}; the option can be repeated",
          ledger::printable(first), ledger::printable(token.place.model), ledger::printable(first)));
    }
    return {};
  }

  Result<void> settle(FileInReading& file) {
    const auto reported = static_cast<std::ptrdiff_t>(result_.unmapped.size());
    const Result<void> joined = join(file);
    std::stable_sort(result_.unmapped.begin() + reported, result_.unmapped.end(),
                     [](const Unmapped& a, const Unmapped& b) { return a.object < b.object; });
    return joined;
  }

  Result<void> join(FileInReading& file) {
    if (auto checked = check_token_models(file); !checked) return checked;
    if (auto settled = settle_users(file); !settled) return settled;
    for (const auto& [model, tally] : file.token_tallies) tally.report(result_.unmapped);
    file.smarter.report_left_out();
    const auto linked =
        file.smarter.link([&file, this](const std::string& user) -> std::optional<std::string> {
          const auto found = file.user_by_identity.find(user);
          if (found == file.user_by_identity.end()) return std::nullopt;
          return result_.command.users[found->second].username;
        });
    if (!linked) return linked;
    if (auto settled = settle_accounts(file); !settled) return settled;
    settle_memberships(file);
    settle_clients(file);
    if (auto settled = settle_tokens(file); !settled) return settled;
    return file.smarter.check_all_complete();
  }

  Result<void> settle_accounts(FileInReading& file) {
    auto& accounts = result_.command.accounts;
    for (auto& [place, account] : file.smarter.accounts()) {
      const auto [known, is_new] = known_accounts_.try_emplace(account.number, Found{accounts.size(), place});
      const Found& first = known->second;
      if (is_new) {
        accounts.push_back(std::move(account));
      } else if (accounts[first.index] != account) {
        return wrong_field(place, DumpField::kAccountNumber,
                           fmt::format("{} is also that of {}, which has other values",
                                       ledger::quoted(account.number), first.place.text()));
      }
    }
    return {};
  }

  // A user without a profile belongs to the import's own account.
  void settle_memberships(const FileInReading& file) {
    auto& command = result_.command;
    for (const std::size_t index : file.user_indexes) {
      ImportedUser& user = command.users[index];
      auto accounts = file.smarter.accounts_of(user.username);
      if (accounts.empty()) accounts.push_back(command.account);
      if (user.accounts.empty()) {
        user.accounts = std::move(accounts);
        continue;
      }
      for (std::string& account : accounts) {
        if (std::ranges::count(user.accounts, account) == 0) user.accounts.push_back(std::move(account));
      }
    }
  }

  void settle_clients(const FileInReading& file) {
    auto& clients = result_.command.clients;
    for (const commands::ImportedClient& client : file.smarter.clients()) {
      const auto [known, is_new] =
          known_clients_.try_emplace(client.account + "/" + client.name, clients.size());
      if (is_new) clients.push_back(client);
      // If any file requires a key for the client, the client requires a key.
      if (client.rule == commands::AccessRule::kRequiresKey) clients[known->second].rule = client.rule;
    }
  }

  Result<void> settle_tokens(FileInReading& file) {
    for (FileInReading::Token& token : file.tokens) {
      const auto owner = file.user_by_identity.find(token.user);
      if (owner == file.user_by_identity.end()) return without_user(file, token);
      token.key.username = result_.command.users[owner->second].username;
      const auto described = file.smarter.complete(token.place, token.key);
      if (!described) return described.error();
      const Result<void> settled = settle_key(token, *described);
      if (!settled) return settled.error();
    }
    return {};
  }

  static Error without_user(const FileInReading& file, const FileInReading::Token& token) {
    const std::string user = ledger::quoted(shown(token.user));
    const std::string model = ledger::printable(file.user_model);
    if (is_natural(token.user)) {
      return wrong_field(token.place, DumpField::kUser,
                         fmt::format("this file has no {} with the name {}", model, user));
    }
    if (!file.has_primary_keys) {
      return wrong_field(token.place, DumpField::kUser,
                         fmt::format("is a primary key, but the objects of {} have none: dump without "
                                     "--natural-primary, or with --natural-foreign, too",
                                     model));
    }
    return wrong_field(
        token.place, DumpField::kUser,
        fmt::format("this file has no {} with the primary key {}: dump {} and {} into one file", model, user,
                    model, ledger::printable(token.place.model)));
  }

  // `described` is the place of the object that holds the key's name.
  Result<void> settle_key(FileInReading::Token& token, const DumpPlace& described) {
    auto& keys = result_.command.keys;
    const auto [known, is_new] =
        known_digests_.try_emplace(bytes_of(token.key.digest), Found{keys.size(), token.place});
    if (!is_new) {
      if (keys[known->second.index] == token.key) return {};
      return wrong(token.place,
                   fmt::format("{} has the same digest with other fields", known->second.place.text()));
    }
    if (token.key.own_id != ledger::KeyId{}) {
      if (auto settled = settle_own_id(token.key, described); !settled) return settled;
    }
    keys.push_back(std::move(token.key));
    return {};
  }

  Result<void> settle_own_id(const ImportedKey& key, const DumpPlace& place) {
    const auto [known, is_new] = known_ids_.try_emplace(ledger::to_string(key.own_id.uuid), place);
    if (!is_new) {
      return wrong_field(place, DumpField::kKeyId,
                         fmt::format("{} is also that of {}", known->first, known->second.text()));
    }
    if (!known_names_.insert(key.username + "/" + key.base_name).second) {
      result_.unmapped.push_back(unmapped_at(
          place, DumpField::kName,
          fmt::format("another key of {} has the name {}: a number is added to the name of this key",
                      ledger::quoted(key.username), ledger::quoted(key.base_name))));
    }
    return {};
  }

  DumpLimits limits_;
  const DumpChoices& choices_;
  DjangoDump result_;
  LocalTimes local_times_;
  std::size_t objects_ = 0;
  std::set<std::string> models_;                                // all names of models that places may show
  std::unordered_map<std::string, Found> known_users_;          // by username
  std::unordered_map<std::string, Found> known_digests_;        // by the digest's bytes
  std::unordered_map<std::string, Found> known_accounts_;       // by number
  std::unordered_map<std::string, std::size_t> known_clients_;  // by account and name: index in the command
  std::unordered_map<std::string, DumpPlace> known_ids_;        // of keys
  std::unordered_set<std::string> known_names_;                 // of keys, by owner and name
};

}  // namespace

Result<DjangoDump> read_django_dumps(std::span<const DumpFile> files, std::string account,
                                     const std::function<ledger::KeyId()>& new_key_id,
                                     const DumpChoices& choices, const DumpLimits& limits) {
  if (files.empty()) return Error{ErrorCode::kInputInvalid, "there is no file to import"};
  Import import(std::move(account), choices, limits);
  for (const DumpFile& file : files) {
    const Result<void> added = import.add(file);
    if (!added) return added.error();
  }
  return std::move(import).finish(new_key_id);
}

}  // namespace keyledger::tools::import
