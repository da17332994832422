#include "net/json/commands.h"

#include <algorithm>
#include <array>
#include <boost/json/value.hpp>
#include <initializer_list>

#include "ledger/values/printable_text.h"
#include "net/json/digests.h"
#include "net/json/field_reader.h"
#include "net/json/records.h"

namespace keyledger::net {
namespace {

using ledger::ActiveFlag;
using ledger::StaffFlag;
using net::RunCommand;

StaffFlag staff_flag(bool staff) { return staff ? StaffFlag::kStaff : StaffFlag::kNotStaff; }
ActiveFlag active_flag(bool active) { return active ? ActiveFlag::kActive : ActiveFlag::kInactive; }

// Complains if the object has none of the fields for changes.
void require_any(FieldReader& fields, std::initializer_list<std::string_view> names) {
  if (std::ranges::any_of(names, [&](std::string_view name) { return fields.has(name); })) return;
  std::string all;
  for (const std::string_view name : names) all += (all.empty() ? "\"" : ", \"") + std::string(name) + "\"";
  fields.complain("nothing is changed: give one of " + all);
}

// ---- Accounts, users, clients ----

RunCommand open_account(FieldReader& fields) {
  return {.command = commands::OpenAccount{.number = fields.text_if_there("number").value_or(""),
                                           .name = fields.text("name")}};
}

RunCommand rename_account(FieldReader& fields) {
  return {.command = commands::RenameAccount{.account = fields.text("account"), .name = fields.text("name")}};
}

RunCommand close_account(FieldReader& fields) {
  return {.command = commands::CloseAccount{.account = fields.text("account")}};
}

RunCommand add_user(FieldReader& fields) {
  return {.command =
              commands::RegisterUser{.account = fields.text("account"),
                                     .username = fields.text("username"),
                                     .staff = staff_flag(fields.flag_if_there("staff").value_or(false))}};
}

RunCommand set_user(FieldReader& fields) {
  require_any(fields, {"staff", "active", "join", "leave"});
  commands::SetUser command{.username = fields.text("username")};
  if (const auto staff = fields.flag_if_there("staff")) command.staff = staff_flag(*staff);
  if (const auto active = fields.flag_if_there("active")) command.active = active_flag(*active);
  if (auto join = fields.texts_if_there("join")) command.join = std::move(*join);
  if (auto leave = fields.texts_if_there("leave")) command.leave = std::move(*leave);
  return {.command = std::move(command)};
}

RunCommand remove_user(FieldReader& fields) {
  return {.command = commands::RemoveUser{.username = fields.text("username")}};
}

RunCommand add_client(FieldReader& fields) {
  return {.command =
              commands::RegisterClient{.account = fields.text("account"), .name = fields.text("name")}};
}

RunCommand rename_client(FieldReader& fields) {
  return {.command = commands::RenameClient{.client = fields.text("client"), .name = fields.text("name")}};
}

template <typename Command>
RunCommand about_client(FieldReader& fields) {
  return {.command = Command{.client = fields.text("client")}};
}

// ---- Keys ----

// Returns the prefix of a new token; empty for the default.
std::string prefix_of(FieldReader& fields) {
  const auto prefix = fields.text_if_there("prefix");
  if (prefix && prefix->empty()) fields.complain("\"prefix\" is empty");
  return prefix.value_or("");
}

RunCommand create_key(FieldReader& fields) {
  commands::CreateKey command{.account = fields.text("account"),
                              .username = fields.text("username"),
                              .name = fields.text("name"),
                              .description = fields.text_if_there("description").value_or("")};
  if (auto tags = fields.texts_if_there("tags")) command.tags = std::move(*tags);
  if (auto notes = fields.annotations_if_there("annotations")) command.annotations = std::move(*notes);
  if (const auto expiry = fields.time_or_never_if_there("expires")) command.expiry = *expiry;
  command.active = active_flag(fields.flag_if_there("active").value_or(true));
  if (const auto limit = fields.limit_or_none_if_there("limit")) command.limit = *limit;
  if (auto allow = fields.ranges_if_there("allow")) command.allow = std::move(*allow);
  return {.command = std::move(command), .token_prefix = prefix_of(fields)};
}

RunCommand rotate_key(FieldReader& fields) {
  return {.command = commands::RotateKey{.key = fields.text("key"),
                                         .grace = fields.duration_if_there("grace").value_or(0)},
          .token_prefix = prefix_of(fields)};
}

// Adds one key of another system, with what that system knows about the key.
RunCommand import_key(FieldReader& fields) {
  commands::ImportedKey key{.username = fields.text("username"), .base_name = fields.text("name")};
  key.account = fields.text("account");
  key.digest = digest_of(fields);
  key.created = fields.time("created");
  key.expiry = fields.time_or_never_if_there("expires").value_or(std::nullopt);
  key.last_used = fields.time_or_never_if_there("last_used").value_or(std::nullopt);
  key.active = active_flag(fields.flag_if_there("active").value_or(true));
  key.description = fields.text_if_there("description").value_or("");
  if (auto tags = fields.texts_if_there("tags")) key.tags = std::move(*tags);
  if (auto notes = fields.annotations_if_there("annotations")) key.annotations = std::move(*notes);
  if (const auto limit = fields.limit_or_none_if_there("limit")) key.limit = *limit;
  if (auto allow = fields.ranges_if_there("allow")) key.allow = std::move(*allow);
  if (auto clients = fields.texts_if_there("clients")) key.clients = std::move(*clients);
  return {.command = commands::ImportKeys{.keys = {std::move(key)}}};
}

template <typename Command>
RunCommand about_key(FieldReader& fields) {
  return {.command = Command{.key = fields.text("key")}};
}

RunCommand rename_key(FieldReader& fields) {
  return {.command = commands::EditKey{.key = fields.text("key"), .name = fields.text("name")}};
}

// Reads the description, tags and annotations of a key.
commands::EditKey described(FieldReader& fields) {
  return {.key = fields.text("key"),
          .description = fields.text_if_there("description"),
          .tags = fields.texts_if_there("tags"),
          .annotations = fields.annotations_if_there("annotations")};
}

RunCommand describe_key(FieldReader& fields) {
  require_any(fields, {"description", "tags", "annotations"});
  return {.command = described(fields)};
}

RunCommand expire_key(FieldReader& fields) {
  fields.require("expires");
  return {.command = commands::EditKey{.key = fields.text("key"),
                                       .expiry = fields.time_or_never_if_there("expires")}};
}

RunCommand limit_key(FieldReader& fields) {
  fields.require("limit");
  return {.command =
              commands::EditKey{.key = fields.text("key"), .limit = fields.limit_or_none_if_there("limit")}};
}

RunCommand allow_key(FieldReader& fields) {
  fields.require("allow");
  return {.command = commands::EditKey{.key = fields.text("key"), .allow = fields.ranges_if_there("allow")}};
}

RunCommand edit_key(FieldReader& fields) {
  require_any(fields, {"name", "description", "tags", "annotations", "expires", "active", "limit", "allow"});
  commands::EditKey command = described(fields);
  command.name = fields.text_if_there("name");
  command.expiry = fields.time_or_never_if_there("expires");
  if (const auto active = fields.flag_if_there("active")) command.active = active_flag(*active);
  command.limit = fields.limit_or_none_if_there("limit");
  command.allow = fields.ranges_if_there("allow");
  return {.command = std::move(command)};
}

RunCommand assign_key(FieldReader& fields) {
  const bool only = fields.flag_if_there("only").value_or(false);
  return {.command = commands::AssignKey{
              .key = fields.text("key"),
              .client = fields.text("client"),
              .others = only ? commands::OtherKeys::kUnassign : commands::OtherKeys::kKeep}};
}

RunCommand unassign_key(FieldReader& fields) {
  return {.command = commands::UnassignKey{.key = fields.text("key"), .client = fields.text("client")}};
}

// ---- The ledger ----

RunCommand set_policy(FieldReader& fields) {
  require_any(fields, {"max_lifetime_days", "lifetime", "keys_per_user", "refresh_ttl", "refresh_interval",
                       "refresh_max"});
  return {.command = policy_change_of(fields)};
}

// ---- All commands ----

struct Entry {
  std::string_view name;
  RunCommand (*read)(FieldReader& fields);
};

constexpr std::array<Entry, 27> kEntries = {{
    {"account.open", open_account},
    {"account.rename", rename_account},
    {"account.close", close_account},
    {"user.add", add_user},
    {"user.set", set_user},
    {"user.remove", remove_user},
    {"client.add", add_client},
    {"client.rename", rename_client},
    {"client.open-to-public", about_client<commands::OpenClientToPublic>},
    {"client.close-to-public", about_client<commands::CloseClientToPublic>},
    {"client.remove", about_client<commands::RemoveClient>},
    {"key.create", create_key},
    {"key.import", import_key},
    {"key.rotate", rotate_key},
    {"key.activate", about_key<commands::ActivateKey>},
    {"key.deactivate", about_key<commands::DeactivateKey>},
    {"key.toggle", about_key<commands::ToggleKey>},
    {"key.delete", about_key<commands::DeleteKey>},
    {"key.rename", rename_key},
    {"key.describe", describe_key},
    {"key.expire", expire_key},
    {"key.limit", limit_key},
    {"key.allow", allow_key},
    {"key.edit", edit_key},
    {"assign", assign_key},
    {"unassign", unassign_key},
    {"policy.set", set_policy},
}};

}  // namespace

const std::vector<std::string_view>& command_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all;
    all.reserve(kEntries.size());
    for (const Entry& entry : kEntries) all.push_back(entry.name);
    return all;
  }();
  return names;
}

ledger::Result<RunCommand, std::string> command_of(const boost::json::object& object, ledger::Timestamp now) {
  FieldReader fields(object, now);
  const std::string name = fields.text("command");
  if (auto wrong = fields.complaints_so_far(); !wrong.empty()) return wrong;
  const auto* entry = std::ranges::find(kEntries, name, &Entry::name);
  if (entry == kEntries.end()) return ledger::quoted(name) + " is not a command";
  RunCommand run = entry->read(fields);
  run.reason = fields.text_if_there("reason").value_or("");
  const auto id = fields.text_if_there("idempotency_key");
  if (id && id->empty()) fields.complain("\"idempotency_key\" is empty");
  run.idempotency_id = id.value_or("");
  run.expected_version = fields.count_if_there("expect_version");
  if (auto complaints = fields.complaints(name); !complaints.empty()) return complaints;
  return run;
}

}  // namespace keyledger::net
