#include "ledger/key_digest.h"
#include "net/wire.capnp.h"
#include "net/wire_codec.h"
#include "net/wire_support.h"

namespace keyledger::net {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every message
using projections::Question;

namespace {

Error protocol_error(std::string detail) { return {ErrorCode::kProtocol, std::move(detail)}; }

std::optional<Timestamp> moment(bool present, std::int64_t microseconds) {
  return present ? std::optional(Timestamp{microseconds}) : std::nullopt;
}

// ---- Decoding ----

Result<Question> decode_question(wire::Question::Reader in) {
  Question question;
  if (in.getHasToken()) question.token = view(in.getToken());
  question.client = view(in.getClient());
  if (const auto address = bytes(in.getAddress()); !address.empty()) {
    question.address = from_compact_bytes(address);
    if (!question.address) return protocol_error("an address is 4 or 16 bytes");
  }
  return question;
}

Result<KeyDigest> decode_digest(wire::ImportKeys::Key::Reader in) {
  if (in.getScheme() >= kDigestSchemes) return protocol_error("an unknown digest scheme");
  KeyDigest digest{.scheme = static_cast<DigestScheme>(in.getScheme())};
  const auto digest_bytes = bytes(in.getDigest());
  if (digest_bytes.size() != digest_size(digest.scheme)) return protocol_error("a digest of the wrong size");
  std::copy(digest_bytes.begin(), digest_bytes.end(), digest.bytes.begin());
  const auto salt = bytes(in.getSalt());
  const std::size_t salt_size = digest.scheme == DigestScheme::kKnoxSalted ? digest.salt.size() : 0;
  if (salt.size() != salt_size) return protocol_error("a salt of the wrong size");
  std::copy(salt.begin(), salt.end(), digest.salt.begin());
  if (!in.getHasBucket()) return digest;
  if (digest.scheme != DigestScheme::kKnoxSalted)
    return protocol_error("a bucket of a digest without a salt");
  digest.bucket = in.getBucket();
  return digest;
}

Result<commands::ImportKeys> decode_import(wire::ImportKeys::Reader in) {
  commands::ImportKeys command{.account = string(in.getAccount())};
  if (in.getUsers().size() > kImportPartObjectsMax || in.getKeys().size() > kImportPartObjectsMax) {
    return protocol_error("a part of an import with too many objects");
  }
  for (const auto user : in.getUsers()) {
    command.users.push_back({.username = string(user.getUsername()),
                             .staff = user.getStaff() ? StaffFlag::kStaff : StaffFlag::kNotStaff,
                             .active = user.getActive() ? ActiveFlag::kActive : ActiveFlag::kInactive});
  }
  for (const auto key : in.getKeys()) {
    const auto digest = decode_digest(key);
    if (!digest) return digest.error();
    command.keys.push_back({.username = string(key.getUsername()),
                            .base_name = string(key.getBaseName()),
                            .digest = *digest,
                            .created = Timestamp{key.getCreated()},
                            .expiry = moment(key.getExpires(), key.getExpiry()),
                            .active = key.getActive() ? ActiveFlag::kActive : ActiveFlag::kInactive});
  }
  return command;
}

commands::CreateKey decode_create(wire::CreateKey::Reader in) {
  commands::CreateKey command{.account = string(in.getAccount()),
                              .username = string(in.getUsername()),
                              .name = string(in.getName()),
                              .description = string(in.getDescription()),
                              .expiry = moment(in.getExpires(), in.getExpiry())};
  for (const auto tag : in.getTags()) command.tags.push_back(string(tag));
  return command;
}

Result<RunCommand> decode_command(wire::Command::Reader in) {
  RunCommand run{.reason = string(in.getReason()), .idempotency_id = string(in.getIdempotencyId())};
  switch (in.which()) {
    case wire::Command::OPEN_ACCOUNT:
      run.command = commands::OpenAccount{.number = string(in.getOpenAccount().getAccount()),
                                          .name = string(in.getOpenAccount().getName())};
      return run;
    case wire::Command::REGISTER_USER: {
      const auto user = in.getRegisterUser();
      run.command =
          commands::RegisterUser{.account = string(user.getAccount()),
                                 .username = string(user.getUsername()),
                                 .staff = user.getStaff() ? StaffFlag::kStaff : StaffFlag::kNotStaff};
      return run;
    }
    case wire::Command::REGISTER_CLIENT:
      run.command = commands::RegisterClient{.account = string(in.getRegisterClient().getAccount()),
                                             .name = string(in.getRegisterClient().getName())};
      return run;
    case wire::Command::CREATE_KEY:
      run.command = decode_create(in.getCreateKey());
      run.token_prefix = string(in.getCreateKey().getPrefix());
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
    case wire::Command::ASSIGN_KEY:
      run.command = commands::AssignKey{.key = string(in.getAssignKey().getKey()),
                                        .client = string(in.getAssignKey().getClient())};
      return run;
    case wire::Command::UNASSIGN_KEY:
      run.command = commands::UnassignKey{.key = string(in.getUnassignKey().getKey()),
                                          .client = string(in.getUnassignKey().getClient())};
      return run;
    case wire::Command::IMPORT_KEYS: {
      if (in.getImportKeys().getSource().size() > kImportSourceBytesMax)
        return protocol_error("an import's source that is too long to be kept with every event");
      auto import = decode_import(in.getImportKeys());
      if (!import) return import.error();
      run.command = std::move(*import);
      run.import_source = string(in.getImportKeys().getSource());
      run.more = in.getImportKeys().getMore();
      return run;
    }
  }
  return protocol_error("an unknown command");
}

Result<RequestBody> decode_history(wire::History::Reader in) {
  AskHistory ask{.entity = string(in.getEntity()),
                 .uses = in.getUses() ? UsesInHistory::kInclude : UsesInHistory::kLeaveOut,
                 .since = moment(in.getHasSince(), in.getSince()),
                 .until = moment(in.getHasUntil(), in.getUntil())};
  switch (in.getEntityKind()) {
    case wire::History::EntityKind::ALL:
      return RequestBody{std::move(ask)};
    case wire::History::EntityKind::ACCOUNT:
      ask.kind = EntityRef::Kind::kAccount;
      return RequestBody{std::move(ask)};
    case wire::History::EntityKind::USER:
      ask.kind = EntityRef::Kind::kUser;
      return RequestBody{std::move(ask)};
    case wire::History::EntityKind::CLIENT:
      ask.kind = EntityRef::Kind::kClient;
      return RequestBody{std::move(ask)};
    case wire::History::EntityKind::KEY:
      ask.kind = EntityRef::Kind::kKey;
      return RequestBody{std::move(ask)};
  }
  return protocol_error("an unknown kind of entity");
}

Result<RequestBody> decode_list(wire::Listing::Reader in) {
  const auto kind = static_cast<std::uint16_t>(in.getKind());
  if (kind > static_cast<std::uint16_t>(projections::RowKind::kKeys))
    return protocol_error("an unknown kind of rows");
  return RequestBody{AskList{.kind = static_cast<projections::RowKind>(kind), .name = string(in.getName())}};
}

// ---- Encoding ----

void encode_question(const Question& question, wire::Question::Builder out) {
  if (question.token) {
    out.setHasToken(true);
    out.initToken(static_cast<unsigned>(question.token->size()));
    std::copy(question.token->begin(), question.token->end(), out.getToken().begin());
  }
  out.initClient(static_cast<unsigned>(question.client.size()));
  std::copy(question.client.begin(), question.client.end(), out.getClient().begin());
  if (question.address) out.setAddress(data(std::string_view(compact_bytes(*question.address))));
}

struct CommandEncoder {
  const RunCommand& run;
  wire::Command::Builder out;

  void operator()(const commands::OpenAccount& c) {
    auto open = out.initOpenAccount();
    open.setAccount(text(c.number));
    open.setName(text(c.name));
  }
  void operator()(const commands::RegisterUser& c) {
    auto user = out.initRegisterUser();
    user.setAccount(text(c.account));
    user.setUsername(text(c.username));
    user.setStaff(c.staff == StaffFlag::kStaff);
  }
  void operator()(const commands::RegisterClient& c) {
    auto client = out.initRegisterClient();
    client.setAccount(text(c.account));
    client.setName(text(c.name));
  }
  void operator()(const commands::CreateKey& c) {
    auto key = out.initCreateKey();
    key.setAccount(text(c.account));
    key.setUsername(text(c.username));
    key.setName(text(c.name));
    key.setDescription(text(c.description));
    auto tags = key.initTags(static_cast<unsigned>(c.tags.size()));
    for (unsigned i = 0; i < tags.size(); ++i) tags.set(i, text(c.tags[i]));
    key.setExpires(c.expiry.has_value());
    if (c.expiry) key.setExpiry(c.expiry->microseconds);
    key.setPrefix(text(run.token_prefix));
  }
  void operator()(const commands::ActivateKey& c) { out.setActivateKey(text(c.key)); }
  void operator()(const commands::DeactivateKey& c) { out.setDeactivateKey(text(c.key)); }
  void operator()(const commands::ToggleKey& c) { out.setToggleKey(text(c.key)); }
  void operator()(const commands::DeleteKey& c) { out.setDeleteKey(text(c.key)); }
  void operator()(const commands::AssignKey& c) { set_pair(out.initAssignKey(), c.key, c.client); }
  void operator()(const commands::UnassignKey& c) { set_pair(out.initUnassignKey(), c.key, c.client); }

  void operator()(const commands::ImportKeys& c) {
    auto import = out.initImportKeys();
    import.setAccount(text(c.account));
    import.setSource(text(run.import_source));
    import.setMore(run.more);
    auto users = import.initUsers(static_cast<unsigned>(c.users.size()));
    for (unsigned i = 0; i < users.size(); ++i) {
      users[i].setUsername(text(c.users[i].username));
      users[i].setStaff(c.users[i].staff == StaffFlag::kStaff);
      users[i].setActive(c.users[i].active == ActiveFlag::kActive);
    }
    auto keys = import.initKeys(static_cast<unsigned>(c.keys.size()));
    for (unsigned i = 0; i < keys.size(); ++i) encode_key(c.keys[i], keys[i]);
  }

 private:
  static void set_pair(wire::KeyAndClient::Builder pair, const std::string& key, const std::string& client) {
    pair.setKey(text(key));
    pair.setClient(text(client));
  }

  static void encode_key(const commands::ImportedKey& key, wire::ImportKeys::Key::Builder to) {
    to.setUsername(text(key.username));
    to.setBaseName(text(key.base_name));
    to.setScheme(static_cast<std::uint8_t>(key.digest.scheme));
    to.setActive(key.active == ActiveFlag::kActive);
    to.setExpires(key.expiry.has_value());
    if (key.expiry) to.setExpiry(key.expiry->microseconds);
    to.setCreated(key.created.microseconds);
    to.setDigest(data(key.digest.view()));
    if (key.digest.scheme != DigestScheme::kKnoxSalted) return;
    to.setSalt(data(std::span<const std::uint8_t>(key.digest.salt)));
    to.setHasBucket(key.digest.bucket.has_value());
    to.setBucket(key.digest.bucket.value_or(0));
  }
};

struct BodyEncoder {
  wire::Request::Builder out;

  void operator()(const AskVerdicts& ask) {
    if (ask.form == AnswerForm::kVerdict) {
      ENSURE(ask.questions.size() == 1, "one verdict answers one question");
      return encode_question(ask.questions.front(), out.initAuthenticate());
    }
    auto many = out.initAuthenticateMany(static_cast<unsigned>(ask.questions.size()));
    for (unsigned i = 0; i < many.size(); ++i) encode_question(ask.questions[i], many[i]);
  }
  void operator()(const AskActiveKey& ask) { out.setActiveKey(text(ask.client)); }
  void operator()(const AskKeysOfClient& ask) { out.setKeysOfClient(text(ask.client)); }

  void operator()(const RunCommand& run) {
    auto command = out.initCommand();
    command.setReason(text(run.reason));
    command.setIdempotencyId(text(run.idempotency_id));
    std::visit(CommandEncoder{run, command}, run.command);
  }
  void operator()(const AskList& ask) {
    auto list = out.initList();
    list.setKind(static_cast<wire::RowKind>(ask.kind));
    list.setName(text(ask.name));
  }
  void operator()(const AskHistory& ask) {
    auto history = out.initHistory();
    using Kind = wire::History::EntityKind;
    // The wire's numbers are the log's: account 1 to key 4; 0 is all.
    history.setEntityKind(ask.kind ? static_cast<Kind>(*ask.kind) : Kind::ALL);
    history.setEntity(text(ask.entity));
    history.setUses(ask.uses == UsesInHistory::kInclude);
    history.setHasSince(ask.since.has_value());
    history.setSince(ask.since.value_or(Timestamp{}).microseconds);
    history.setHasUntil(ask.until.has_value());
    history.setUntil(ask.until.value_or(Timestamp{}).microseconds);
  }
  void operator()(const AskState& ask) {
    auto state = out.initState();
    state.setHasPosition(ask.position.has_value());
    state.setPosition(ask.position.value_or(kBeforeFirst).value());
    state.setHasAt(ask.at.has_value());
    state.setAt(ask.at.value_or(Timestamp{}).microseconds);
  }
  void operator()(const AskStats&) { out.setStats(); }
  void operator()(const AskStateDigest&) { out.setStateDigest(); }
};

template <typename Body>
Result<RequestBody> widen(Result<Body> body) {
  if (!body) return body.error();
  return RequestBody{std::move(*body)};
}

Result<RequestBody> decode_body(wire::Request::Reader in, std::vector<Question>& questions) {
  switch (in.which()) {
    case wire::Request::AUTHENTICATE: {
      auto question = decode_question(in.getAuthenticate());
      if (!question) return question.error();
      questions.push_back(*question);
      return RequestBody{AskVerdicts{.questions = questions, .form = AnswerForm::kVerdict}};
    }
    case wire::Request::AUTHENTICATE_MANY: {
      const auto many = in.getAuthenticateMany();
      if (many.size() > kQuestionsPerRequestMax) return protocol_error("too many questions in one request");
      for (const auto one : many) {
        auto question = decode_question(one);
        if (!question) return question.error();
        questions.push_back(*question);
      }
      return RequestBody{AskVerdicts{.questions = questions, .form = AnswerForm::kVerdicts}};
    }
    case wire::Request::ACTIVE_KEY:
      return RequestBody{AskActiveKey{string(in.getActiveKey())}};
    case wire::Request::KEYS_OF_CLIENT:
      return RequestBody{AskKeysOfClient{string(in.getKeysOfClient())}};
    case wire::Request::COMMAND:
      return widen(decode_command(in.getCommand()));
    case wire::Request::LIST:
      return decode_list(in.getList());
    case wire::Request::HISTORY:
      return decode_history(in.getHistory());
    case wire::Request::STATE: {
      const auto state = in.getState();
      AskState ask{.at = moment(state.getHasAt(), state.getAt())};
      if (state.getHasPosition()) ask.position = Position{state.getPosition()};
      return RequestBody{ask};
    }
    case wire::Request::STATS:
      return RequestBody{AskStats{}};
    case wire::Request::STATE_DIGEST:
      return RequestBody{AskStateDigest{}};
  }
  return protocol_error("an unknown request: it may come from a newer version");
}

}  // namespace

void append_frame(capnp::MessageBuilder& message, Bytes& out) {
  const auto segments = message.getSegmentsForOutput();
  const auto put = [&](const void* from, std::size_t size) {
    const auto* first = static_cast<const std::byte*>(from);
    out.insert(out.end(), first, first + size);
  };
  const auto put_u32 = [&](std::size_t value) {
    const auto narrow = static_cast<std::uint32_t>(value);
    put(&narrow, sizeof narrow);
  };
  put_u32(segments.size() - 1);
  for (const auto segment : segments) put_u32(segment.size());
  if (segments.size() % 2 == 0) put_u32(0);
  for (const auto segment : segments) put(segment.begin(), segment.size() * sizeof(capnp::word));
}

Result<Request> RequestDecoder::decode(Frame frame) {
  questions_.clear();
  return read_frame<Request>(frame, [&](capnp::MessageReader& reader) -> Result<Request> {
    const auto in = reader.getRoot<wire::Request>();
    auto body = decode_body(in, questions_);
    if (!body) return body.error();
    return Request{.id = in.getId(), .min_position = Position{in.getMinPosition()}, .body = std::move(*body)};
  });
}

std::uint64_t request_id_of(Frame frame) {
  const auto id = read_frame<std::uint64_t>(frame, [](capnp::MessageReader& reader) -> Result<std::uint64_t> {
    return std::uint64_t{reader.getRoot<wire::Request>().getId()};
  });
  return id ? *id : 0;
}

void encode_request(const Request& request, Bytes& out) {
  capnp::MallocMessageBuilder message;
  auto to = message.initRoot<wire::Request>();
  to.setId(request.id);
  to.setMinPosition(request.min_position.value());
  std::visit(BodyEncoder{to}, request.body);
  append_frame(message, out);
}

}  // namespace keyledger::net
