#include "net/wire/command_codec.h"

#include "net/wire/fields.h"

namespace keyledger::net {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every message

namespace {

template <typename Flag>
wire::Change change_of(const std::optional<Flag>& flag) {
  if (!flag) return wire::Change::NONE;
  return *flag == static_cast<Flag>(1) ? wire::Change::ON : wire::Change::OFF;
}

template <typename Flag>
std::optional<Flag> flag_of(wire::Change change) {
  switch (change) {
    case wire::Change::NONE:
      return std::nullopt;
    case wire::Change::OFF:
      return static_cast<Flag>(0);
    case wire::Change::ON:
      return static_cast<Flag>(1);
  }
  reject(Error{ErrorCode::kNotSupported, "an unknown value of Change"});
}

struct CommandEncoder {
  const RunCommand& run;
  wire::Command::Builder out;

  void operator()(const commands::OpenAccount& c) { set_name(out.initOpenAccount(), c.number, c.name); }
  void operator()(const commands::RenameAccount& c) { set_name(out.initRenameAccount(), c.account, c.name); }
  void operator()(const commands::CloseAccount& c) { out.setCloseAccount(text(c.account)); }

  void operator()(const commands::RegisterUser& c) {
    auto user = out.initRegisterUser();
    user.setAccount(text(c.account));
    user.setUsername(text(c.username));
    user.setStaff(c.staff == StaffFlag::kStaff);
  }
  void operator()(const commands::SetUser& c) {
    auto user = out.initSetUser();
    user.setUsername(text(c.username));
    user.setStaff(change_of(c.staff));
    user.setActive(change_of(c.active));
    set_texts(c.join, user.initJoin(size_of(c.join)));
    set_texts(c.leave, user.initLeave(size_of(c.leave)));
  }
  void operator()(const commands::RemoveUser& c) { out.setRemoveUser(text(c.username)); }

  void operator()(const commands::RegisterClient& c) {
    set_name(out.initRegisterClient(), c.account, c.name);
  }
  void operator()(const commands::RenameClient& c) {
    auto client = out.initRenameClient();
    client.setClient(text(c.client));
    client.setName(text(c.name));
  }
  void operator()(const commands::OpenClientToPublic& c) { out.setOpenClientToPublic(text(c.client)); }
  void operator()(const commands::CloseClientToPublic& c) { out.setCloseClientToPublic(text(c.client)); }
  void operator()(const commands::RemoveClient& c) { out.setRemoveClient(text(c.client)); }

  void operator()(const commands::CreateKey& c) {
    auto key = out.initCreateKey();
    key.setAccount(text(c.account));
    key.setUsername(text(c.username));
    key.setName(text(c.name));
    key.setDescription(text(c.description));
    set_texts(c.tags, key.initTags(size_of(c.tags)));
    key.setExpires(c.expiry.has_value());
    if (c.expiry) key.setExpiry(c.expiry->microseconds);
    key.setPrefix(text(run.token_prefix));
    if (!c.annotations.empty()) set_annotations(c.annotations, key.initAnnotations(size_of(c.annotations)));
    key.setInactive(c.active == ActiveFlag::kInactive);
    if (c.limit) set_limit(c.limit, key.initLimit());
    if (!c.allow.empty()) set_ranges(c.allow, key.initAllow(size_of(c.allow)));
  }
  void operator()(const commands::EditKey& c) {
    auto key = out.initEditKey();
    key.setKey(text(c.key));
    if (c.name) key.setHasName(true), key.setName(text(*c.name));
    if (c.description) key.setHasDescription(true), key.setDescription(text(*c.description));
    if (c.tags) key.setHasTags(true), set_texts(*c.tags, key.initTags(size_of(*c.tags)));
    if (c.annotations) {
      key.setHasAnnotations(true);
      set_annotations(*c.annotations, key.initAnnotations(size_of(*c.annotations)));
    }
    if (c.expiry) {
      key.setHasExpiry(true);
      key.setExpires(c.expiry->has_value());
      key.setExpiry(c.expiry->value_or(Timestamp{}).microseconds);
    }
    key.setActive(change_of(c.active));
    if (c.limit) key.setHasLimit(true), set_limit(*c.limit, key.initLimit());
    if (c.allow) key.setHasAllow(true), set_ranges(*c.allow, key.initAllow(size_of(*c.allow)));
  }
  void operator()(const commands::RotateKey& c) {
    auto key = out.initRotateKey();
    key.setKey(text(c.key));
    key.setGrace(c.grace);
    key.setPrefix(text(run.token_prefix));
  }
  void operator()(const commands::ActivateKey& c) { out.setActivateKey(text(c.key)); }
  void operator()(const commands::DeactivateKey& c) { out.setDeactivateKey(text(c.key)); }
  void operator()(const commands::ToggleKey& c) { out.setToggleKey(text(c.key)); }
  void operator()(const commands::DeleteKey& c) { out.setDeleteKey(text(c.key)); }
  void operator()(const commands::AssignKey& c) {
    auto pair = out.initAssignKey();
    set_pair(pair, c.key, c.client);
    pair.setOnly(c.others == commands::OtherKeys::kUnassign);
  }
  void operator()(const commands::UnassignKey& c) { set_pair(out.initUnassignKey(), c.key, c.client); }
  void operator()(const commands::RefreshKeys&) { ENSURE(false, "only the ledger refreshes keys"); }

  void operator()(const commands::ChangePolicy& c) {
    auto policy = out.initChangePolicy();
    if (c.max_lifetime_days) policy.setMaxLifetimeDays(*c.max_lifetime_days);
    policy.setEnforceLifetime(change_of(c.lifetime_rule));
    if (c.keys_per_user) policy.setKeysPerUser(*c.keys_per_user);
    if (c.refresh_ttl) policy.setRefreshTtl(*c.refresh_ttl);
    if (c.refresh_interval) policy.setRefreshInterval(*c.refresh_interval);
    if (c.refresh_max) policy.setRefreshMax(*c.refresh_max);
  }

  void operator()(const commands::ImportKeys& c) {
    auto import = out.initImportKeys();
    encode_import(c, import);
    import.setSource(text(run.import_source));
    import.setMore(run.more);
  }

 private:
  static void set_name(wire::NameInAccount::Builder to, const std::string& account, const std::string& name) {
    to.setAccount(text(account));
    to.setName(text(name));
  }
  static void set_pair(wire::KeyAndClient::Builder pair, const std::string& key, const std::string& client) {
    pair.setKey(text(key));
    pair.setClient(text(client));
  }
};

commands::CreateKey decode_create(wire::CreateKey::Reader in) {
  return {.account = string(in.getAccount()),
          .username = string(in.getUsername()),
          .name = string(in.getName()),
          .description = string(in.getDescription()),
          .tags = strings(in.getTags()),
          .annotations = annotations(in.getAnnotations()),
          .expiry = moment(in.getExpires(), in.getExpiry()),
          .active = in.getInactive() ? ActiveFlag::kInactive : ActiveFlag::kActive,
          .limit = limit(in.getLimit()),
          .allow = ranges(in.getAllow()),
          .new_key_id = {},
          .digest = {}};
}

commands::EditKey decode_edit(wire::EditKey::Reader in) {
  commands::EditKey edit{.key = string(in.getKey()), .active = flag_of<ActiveFlag>(in.getActive())};
  if (in.getHasName()) edit.name = string(in.getName());
  if (in.getHasDescription()) edit.description = string(in.getDescription());
  if (in.getHasTags()) edit.tags = strings(in.getTags());
  if (in.getHasAnnotations()) edit.annotations = annotations(in.getAnnotations());
  if (in.getHasExpiry()) edit.expiry = moment(in.getExpires(), in.getExpiry());
  if (in.getHasLimit()) edit.limit = limit(in.getLimit());
  if (in.getHasAllow()) edit.allow = ranges(in.getAllow());
  return edit;
}

// A number that does not fit is far beyond the limits of a policy; the largest number makes the rule refuse
// the command.
std::optional<std::uint32_t> count_of(std::int64_t number) {
  if (number < 0) return std::nullopt;
  return static_cast<std::uint32_t>(
      std::min<std::int64_t>(number, std::numeric_limits<std::uint32_t>::max()));
}

commands::ChangePolicy decode_policy(wire::ChangePolicy::Reader in) {
  const auto time = [](std::int64_t microseconds) {
    return microseconds < 0 ? std::nullopt : std::optional(microseconds);
  };
  return {.max_lifetime_days = count_of(in.getMaxLifetimeDays()),
          .lifetime_rule = flag_of<LifetimeRule>(in.getEnforceLifetime()),
          .keys_per_user = count_of(in.getKeysPerUser()),
          .refresh_ttl = time(in.getRefreshTtl()),
          .refresh_interval = time(in.getRefreshInterval()),
          .refresh_max = time(in.getRefreshMax())};
}

commands::Command decode_entity_command(wire::Command::Reader in) {
  switch (in.which()) {
    case wire::Command::OPEN_ACCOUNT:
      return commands::OpenAccount{string(in.getOpenAccount().getAccount()),
                                   string(in.getOpenAccount().getName())};
    case wire::Command::RENAME_ACCOUNT:
      return commands::RenameAccount{string(in.getRenameAccount().getAccount()),
                                     string(in.getRenameAccount().getName())};
    case wire::Command::CLOSE_ACCOUNT:
      return commands::CloseAccount{string(in.getCloseAccount())};
    case wire::Command::REGISTER_USER:
      return commands::RegisterUser{
          .account = string(in.getRegisterUser().getAccount()),
          .username = string(in.getRegisterUser().getUsername()),
          .staff = in.getRegisterUser().getStaff() ? StaffFlag::kStaff : StaffFlag::kNotStaff};
    case wire::Command::SET_USER:
      return commands::SetUser{.username = string(in.getSetUser().getUsername()),
                               .staff = flag_of<StaffFlag>(in.getSetUser().getStaff()),
                               .active = flag_of<ActiveFlag>(in.getSetUser().getActive()),
                               .join = strings(in.getSetUser().getJoin()),
                               .leave = strings(in.getSetUser().getLeave())};
    case wire::Command::REMOVE_USER:
      return commands::RemoveUser{string(in.getRemoveUser())};
    case wire::Command::REGISTER_CLIENT:
      return commands::RegisterClient{
          string(in.getRegisterClient().getAccount()), string(in.getRegisterClient().getName()), {}};
    case wire::Command::RENAME_CLIENT:
      return commands::RenameClient{string(in.getRenameClient().getClient()),
                                    string(in.getRenameClient().getName())};
    case wire::Command::OPEN_CLIENT_TO_PUBLIC:
      return commands::OpenClientToPublic{string(in.getOpenClientToPublic())};
    case wire::Command::CLOSE_CLIENT_TO_PUBLIC:
      return commands::CloseClientToPublic{string(in.getCloseClientToPublic())};
    case wire::Command::REMOVE_CLIENT:
      return commands::RemoveClient{string(in.getRemoveClient())};
    case wire::Command::CHANGE_POLICY:
      return decode_policy(in.getChangePolicy());
    default:
      reject(Error{ErrorCode::kNotSupported, "an unknown command"});
  }
}

}  // namespace

void encode_command(const RunCommand& run, wire::Command::Builder out) {
  out.setReason(text(run.reason));
  out.setIdempotencyId(text(run.idempotency_id));
  out.setExpectsVersion(run.expected_version.has_value());
  out.setVersion(run.expected_version.value_or(0));
  std::visit(CommandEncoder{run, out}, run.command);
}

RunCommand decode_command(wire::Command::Reader in) {
  RunCommand run{
      .command = {}, .reason = string(in.getReason()), .idempotency_id = string(in.getIdempotencyId())};
  if (in.getExpectsVersion()) run.expected_version = in.getVersion();
  switch (in.which()) {
    case wire::Command::CREATE_KEY:
      run.command = decode_create(in.getCreateKey());
      run.token_prefix = string(in.getCreateKey().getPrefix());
      return run;
    case wire::Command::EDIT_KEY:
      run.command = decode_edit(in.getEditKey());
      return run;
    case wire::Command::ROTATE_KEY:
      run.command = commands::RotateKey{
          .key = string(in.getRotateKey().getKey()), .grace = in.getRotateKey().getGrace(), .digest = {}};
      run.token_prefix = string(in.getRotateKey().getPrefix());
      return run;
    case wire::Command::ACTIVATE_KEY:
      run.command = commands::ActivateKey{string(in.getActivateKey())};
      return run;
    case wire::Command::DEACTIVATE_KEY:
      run.command = commands::DeactivateKey{string(in.getDeactivateKey())};
      return run;
    case wire::Command::TOGGLE_KEY:
      run.command = commands::ToggleKey{string(in.getToggleKey())};
      return run;
    case wire::Command::DELETE_KEY:
      run.command = commands::DeleteKey{string(in.getDeleteKey())};
      return run;
    case wire::Command::ASSIGN_KEY: {
      using commands::OtherKeys;
      const auto assign = in.getAssignKey();
      run.command = commands::AssignKey{.key = string(assign.getKey()),
                                        .client = string(assign.getClient()),
                                        .others = assign.getOnly() ? OtherKeys::kUnassign : OtherKeys::kKeep};
      return run;
    }
    case wire::Command::UNASSIGN_KEY:
      run.command = commands::UnassignKey{.key = string(in.getUnassignKey().getKey()),
                                          .client = string(in.getUnassignKey().getClient())};
      return run;
    case wire::Command::IMPORT_KEYS: {
      const auto import = in.getImportKeys();
      if (import.getSource().size() > kImportSourceBytesMax) {
        reject(Refusal{RefusalCode::kImportSourceInvalid, ""});
      }
      run.command = decode_import(import);
      run.import_source = string(import.getSource());
      run.more = import.getMore();
      return run;
    }
    default:
      run.command = decode_entity_command(in);
      return run;
  }
}

}  // namespace keyledger::net
