#include "tools/import/django_dump.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "ledger/values/printable_text.h"
#include "tools/import/dump_fields.h"
#include "tools/import/knox_rows.h"
#include "tools/import/smarter_file.h"

namespace keyledger::tools::import {
namespace {

using commands::ImportedKey;
using commands::ImportedUser;
using ledger::Error;
using ledger::ErrorCode;
using ledger::Result;

// One file: its users, its Knox tokens and its Smarter objects. Primary keys are valid only within one file.
struct FileInReading {
  // A token is kept here until the whole file is read, because the token's user may come later in the file.
  struct Token {
    DumpPlace place;
    std::string user;  // as returned by identity_of()
    ImportedKey key;
  };

  FileInReading(const DumpFile& file, const std::string& own_account, UnmappedList& unmapped)
      : name(file.name), smarter(own_account, unmapped) {}

  DumpPlace place_of(const DumpObject& object, std::string_view model) const {
    return {.file = name, .number = object.number, .line = object.line, .model = model};
  }

  Error wrong(std::string_view what) const {
    return Error{ErrorCode::kInputInvalid, fmt::format("{}: {}", ledger::printable(name), what)};
  }

  std::string_view name;
  bool is_dump = false;
  // By primary key and by natural key: the user's index in the command.
  std::unordered_map<std::string, std::size_t> user_by_identity;
  std::vector<std::size_t> users;
  std::vector<Token> tokens;
  SmarterFile smarter;
};

class Import {
 public:
  Import(std::string account, const DumpLimits& limits) : limits_(limits) {
    result_.command.account = std::move(account);
    result_.command.origin = commands::ImportOrigin::kDump;
  }

  Result<void> add(const DumpFile& text) {
    FileInReading file(text, result_.command.account, result_.unmapped);
    if (text.text.size() > limits_.file_bytes_max) {
      return file.wrong(fmt::format("is larger than {} bytes: dump it in parts", limits_.file_bytes_max));
    }
    const auto read =
        read_dump_objects(text, [&, this](const DumpObject& object) { return take(file, object); });
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

  Result<void> take(FileInReading& file, const DumpObject& object) {
    if (++objects_ > limits_.objects_max) {
      return file.wrong(
          fmt::format("more than {} objects in all: import them in parts", limits_.objects_max));
    }
    if (object.model == kUserModel) return take_user(file, object);
    if (object.model == kTokenModel) return take_token(file, object);
    const auto taken = file.smarter.take(file.name, object);
    if (!taken) return taken.error();
    if (*taken) {
      file.is_dump = true;
    } else {
      ++result_.ignored[object.model];
    }
    return {};
  }

  Result<void> take_user(FileInReading& file, const DumpObject& object) {
    file.is_dump = true;
    const DumpPlace place = file.place_of(object, kUserModel);
    const auto pk = DumpFieldReader(place, object).primary_key();
    if (!pk) return pk.error();
    const auto user = read_user(place, object);
    if (!user) return user.error();
    const auto index = settle_user(place, *user);
    if (!index) return index.error();
    if (!file.user_by_identity.emplace(*pk, *index).second) {
      return wrong(place, fmt::format("the primary key {} occurs twice", ledger::quoted(shown(*pk))));
    }
    if (!file.user_by_identity.emplace(natural_identity(user->username), *index).second) {
      return wrong_field(place, DumpField::kUsername,
                         fmt::format("{} occurs twice", ledger::quoted(user->username)));
    }
    file.users.push_back(*index);
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

  Result<void> take_token(FileInReading& file, const DumpObject& object) {
    file.is_dump = true;
    const DumpPlace place = file.place_of(object, kTokenModel);
    auto key = read_token(place, object);
    if (!key) return key.error();
    auto user = DumpFieldReader(place, object).reference(DumpField::kUser, "a primary key nor [username]");
    if (!user) return user.error();
    file.tokens.push_back({.place = place, .user = std::move(*user), .key = std::move(*key)});
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
    for (const std::size_t index : file.users) {
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
      if (owner == file.user_by_identity.end()) return without_user(token);
      token.key.username = result_.command.users[owner->second].username;
      const auto described = file.smarter.complete(token.place, token.key);
      if (!described) return described.error();
      const Result<void> settled = settle_key(token, *described);
      if (!settled) return settled.error();
    }
    return {};
  }

  static Error without_user(const FileInReading::Token& token) {
    const std::string user = ledger::quoted(shown(token.user));
    if (is_natural(token.user)) {
      return wrong_field(token.place, DumpField::kUser,
                         fmt::format("this file has no auth.user with the name {}", user));
    }
    return wrong_field(token.place, DumpField::kUser,
                       fmt::format("this file has no auth.user with the primary key {}: dump auth.user and "
                                   "knox.authtoken into one file",
                                   user));
  }

  // `described` is the place of the object that holds the key's name.
  Result<void> settle_key(FileInReading::Token& token, const DumpPlace& described) {
    auto& keys = result_.command.keys;
    const auto digest = token.key.digest.view();
    const auto [known, is_new] = known_digests_.try_emplace(std::string(digest.begin(), digest.end()),
                                                            Found{keys.size(), token.place});
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
  DjangoDump result_;
  std::size_t objects_ = 0;
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
                                     const DumpLimits& limits) {
  if (files.empty()) return Error{ErrorCode::kInputInvalid, "there is no file to import"};
  Import import(std::move(account), limits);
  for (const DumpFile& file : files) {
    const Result<void> added = import.add(file);
    if (!added) return added.error();
  }
  return std::move(import).finish(new_key_id);
}

}  // namespace keyledger::tools::import
