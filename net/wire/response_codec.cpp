#include "ledger/values/key_digest.h"
#include "net/wire/codec.h"
#include "net/wire/fields.h"
#include "net/wire/report_codec.h"
#include "net/wire/row_codec.h"
#include "net/wire/support.h"
#include "net/wire/wire.capnp.h"

namespace keyledger::net {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every message
using projections::Access;
using projections::KeyEntry;
using projections::Verdict;

namespace {

// ---- Encoding ----

struct BodyEncoder {
  wire::Response::Builder out;

  void operator()(const Failure& failure) {
    auto to = out.initFailure();
    to.setCode(failure.code);
    to.setName(text(failure.name));
    to.setMessage(text(failure.message));
    to.setAdvice(text(failure.advice));
  }

  // The server encodes verdicts from its state: VerdictFrames.
  void operator()(const std::vector<VerdictAnswer>&) { ENSURE(false, "verdicts are encoded from the state"); }

  void operator()(const ActiveKeyAnswer& answer) {
    auto to = out.initActiveKey();
    to.setFound(true);
    to.setAssigned(answer.counts.assigned);
    to.setActive(answer.counts.active);
    to.setRequiresKey(answer.counts.requires_key);
    to.setPosition(answer.position.value());
  }

  void operator()(const DoneAnswer& answer) {
    const commands::Done& done = answer.done;
    auto to = out.initDone();
    to.setFirst(done.first.value());
    to.setPosition(done.position.value());
    to.setEvents(done.events);
    to.setRepeated(done.repeated);
    const std::string_view secret = answer.secret.expose();
    if (!secret.empty()) {
      to.initSecret(static_cast<unsigned>(secret.size()));
      std::copy(secret.begin(), secret.end(), to.getSecret().begin());
    }
    to.setUsersAdded(done.added.users);
    to.setKeysAdded(done.added.keys);
    to.setAccountsAdded(done.added.accounts);
    to.setClientsAdded(done.added.clients);
    to.setAssignmentsAdded(done.added.assignments);
    encode_report(done.report, to);
    if (done.entity) encode_row(*done.entity, to.initEntity());
  }

  void operator()(const RowsAnswer& answer) {
    auto to = out.initRows();
    to.setPosition(answer.position.value());
    auto rows = to.initRows(static_cast<unsigned>(answer.rows.size()));
    for (unsigned i = 0; i < rows.size(); ++i) encode_row(answer.rows[i], rows[i]);
  }

  void operator()(const std::vector<projections::HistoryRow>& rows) {
    auto to = out.initHistory(static_cast<unsigned>(rows.size()));
    for (unsigned i = 0; i < to.size(); ++i) encode_history_row(rows[i], to[i]);
  }

  void operator()(const Stats& stats) {
    auto to = out.initStats();
    to.setLedgerId(text(stats.ledger_id));
    to.setPosition(stats.head.position.value());
    to.setRecords(stats.head.records);
    to.setRootHash(data(std::span<const std::uint8_t>(stats.head.root)));
    to.setLastTime(stats.head.time.microseconds);
    to.setAccounts(stats.accounts);
    to.setUsers(stats.users);
    to.setClients(stats.clients);
    to.setKeys(stats.keys);
    to.setVersion(text(stats.version));
    to.setProcessId(stats.process_id);
    to.setHotStateBytes(stats.hot_state_bytes);
  }

  void operator()(const HelloAnswer& answer) {
    auto to = out.initHello();
    to.setRevision(answer.revision);
    to.setVersion(text(answer.version));
    to.setLedgerId(text(answer.ledger_id));
    to.setPosition(answer.position.value());
    to.setCommandsReady(answer.commands_ready);
    auto limits = to.initLimits();
    limits.setFrameBytes(answer.limits.frame_bytes);
    limits.setQuestionsPerRequest(answer.limits.questions_per_request);
    limits.setImportPartObjects(answer.limits.import_part_objects);
    limits.setRequestsInFlight(answer.limits.requests_in_flight);
    limits.setStreamsAtOnce(answer.limits.streams_at_once);
    limits.setIdleSeconds(answer.limits.idle_seconds);
  }

  void operator()(const StateDigestAnswer& answer) {
    auto to = out.initStateDigest();
    to.setPosition(answer.position.value());
    to.setDigest(data(std::span<const std::uint8_t>(answer.digest)));
    to.setLedgerId(text(answer.ledger_id));
  }
};

// ---- Decoding ----

Error protocol_error(std::string detail) { return {ErrorCode::kProtocol, std::move(detail)}; }

Result<std::string> uuid_text(capnp::Data::Reader in) {
  if (in.size() == 0) return std::string{};
  boost::uuids::uuid uuid{};
  if (in.size() != uuid.size()) return protocol_error("an id is 16 bytes");
  std::copy(in.begin(), in.end(), uuid.begin());
  return to_string(uuid);
}

Result<Hash> hash_from(capnp::Data::Reader in) {
  Hash hash{};
  if (in.size() != hash.size()) return protocol_error("a hash is 32 bytes");
  std::copy(in.begin(), in.end(), hash.begin());
  return hash;
}

Result<VerdictAnswer> decode_verdict(wire::Verdict::Reader in) {
  const auto reason = verdict_reason_from(in.getReason());
  if (!reason) return protocol_error("an unknown reason");
  auto key_id = uuid_text(in.getKeyId());
  if (!key_id) return key_id.error();
  auto client_id = uuid_text(in.getClientId());
  if (!client_id) return client_id.error();
  VerdictAnswer verdict{.reason = *reason,
                        .lifetime_exceeded = in.getLifetimeExceeded(),
                        .superseded_until = moment(in.getSuperseded(), in.getSupersededUntil()),
                        .retry_after = in.getRetryAfter(),
                        .position = Position{in.getPosition()},
                        .key_id = std::move(*key_id),
                        .client_id = std::move(*client_id),
                        .owner = string(in.getOwner()),
                        .reason_name = string(in.getReasonName()),
                        .message = string(in.getMessage())};
  if (in.getExpires()) verdict.expiry = Timestamp{in.getExpiry()};
  if (!verdict.key_id.empty()) verdict.account = to_string(AccountNumber{in.getAccount()});
  return verdict;
}

Result<ResponseBody> decode_done(wire::Done::Reader in) {
  DoneAnswer answer;
  answer.done = {.first = Position{in.getFirst()},
                 .position = Position{in.getPosition()},
                 .events = in.getEvents(),
                 .repeated = in.getRepeated(),
                 .added = {.accounts = in.getAccountsAdded(),
                           .users = in.getUsersAdded(),
                           .clients = in.getClientsAdded(),
                           .keys = in.getKeysAdded(),
                           .assignments = in.getAssignmentsAdded()},
                 .report = decode_report(in)};
  if (in.hasEntity()) answer.done.entity = decode_row(in.getEntity());
  auto secret = Secret::from(view(in.getSecret()));
  if (!secret) return protocol_error("the secret is too long");
  answer.secret = std::move(*secret);
  return ResponseBody{std::move(answer)};
}

Result<ResponseBody> decode_stats(wire::Stats::Reader in) {
  const auto root = hash_from(in.getRootHash());
  if (!root) return root.error();
  return ResponseBody{Stats{.ledger_id = string(in.getLedgerId()),
                            .head = {.position = Position{in.getPosition()},
                                     .records = in.getRecords(),
                                     .time = Timestamp{in.getLastTime()},
                                     .root = *root},
                            .accounts = in.getAccounts(),
                            .users = in.getUsers(),
                            .clients = in.getClients(),
                            .keys = in.getKeys(),
                            .version = string(in.getVersion()),
                            .process_id = in.getProcessId(),
                            .hot_state_bytes = in.getHotStateBytes()}};
}

Result<ResponseBody> decode_verdicts(capnp::List<wire::Verdict>::Reader in) {
  std::vector<VerdictAnswer> verdicts;
  for (const auto one : in) {
    auto verdict = decode_verdict(one);
    if (!verdict) return verdict.error();
    verdicts.push_back(std::move(*verdict));
  }
  return ResponseBody{std::move(verdicts)};
}

HelloAnswer decode_hello(wire::HelloAnswer::Reader in) {
  const auto limits = in.getLimits();
  return {.revision = in.getRevision(),
          .version = string(in.getVersion()),
          .ledger_id = string(in.getLedgerId()),
          .position = Position{in.getPosition()},
          .commands_ready = in.getCommandsReady(),
          .limits = {.frame_bytes = limits.getFrameBytes(),
                     .questions_per_request = limits.getQuestionsPerRequest(),
                     .import_part_objects = limits.getImportPartObjects(),
                     .requests_in_flight = limits.getRequestsInFlight(),
                     .streams_at_once = limits.getStreamsAtOnce(),
                     .idle_seconds = limits.getIdleSeconds()}};
}

Result<ResponseBody> decode_body(wire::Response::Reader in) {
  switch (in.which()) {
    case wire::Response::FAILURE: {
      const auto failure = in.getFailure();
      return ResponseBody{Failure{.code = failure.getCode(),
                                  .name = string(failure.getName()),
                                  .message = string(failure.getMessage()),
                                  .advice = string(failure.getAdvice())}};
    }
    case wire::Response::VERDICT: {
      auto verdict = decode_verdict(in.getVerdict());
      if (!verdict) return verdict.error();
      return ResponseBody{std::vector{std::move(*verdict)}};
    }
    case wire::Response::VERDICTS:
      return decode_verdicts(in.getVerdicts());
    case wire::Response::ACTIVE_KEY: {
      const auto answer = in.getActiveKey();
      // A daemon of revision 1 does not fail for a client that it does not know.
      if (!answer.getFound()) return ResponseBody{failure_of(Refusal{RefusalCode::kClientUnknown, ""})};
      return ResponseBody{ActiveKeyAnswer{.counts = {.assigned = answer.getAssigned(),
                                                     .active = answer.getActive(),
                                                     .requires_key = answer.getRequiresKey()},
                                          .position = Position{answer.getPosition()}}};
    }
    case wire::Response::DONE:
      return decode_done(in.getDone());
    case wire::Response::ROWS: {
      RowsAnswer answer{.position = Position{in.getRows().getPosition()}};
      for (const auto row : in.getRows().getRows()) answer.rows.push_back(decode_row(row));
      return ResponseBody{std::move(answer)};
    }
    case wire::Response::HISTORY: {
      std::vector<projections::HistoryRow> rows;
      for (const auto row : in.getHistory()) rows.push_back(decode_history_row(row));
      return ResponseBody{std::move(rows)};
    }
    case wire::Response::STATS:
      return decode_stats(in.getStats());
    case wire::Response::STATE_DIGEST: {
      const auto answer = in.getStateDigest();
      const auto digest = hash_from(answer.getDigest());
      if (!digest) return digest.error();
      return ResponseBody{StateDigestAnswer{.position = Position{answer.getPosition()},
                                            .digest = *digest,
                                            .ledger_id = string(answer.getLedgerId())}};
    }
    case wire::Response::HELLO:
      return ResponseBody{decode_hello(in.getHello())};
  }
  return protocol_error("an unknown response: it may come from a newer version");
}

// A message may quote the question, and a question may have megabytes.
void shorten(std::string& message) {
  if (message.size() <= kFailureMessageBytesMax) return;
  constexpr std::string_view kCut = "...";
  std::size_t size = kFailureMessageBytesMax - kCut.size();
  const auto is_inside = [&](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
  };  // of a character
  while (size > 0 && is_inside(message[size])) --size;
  message.replace(size, std::string::npos, kCut);
}

Failure failure_from(std::uint16_t code, std::string message) {
  const CodeEntry* entry = find_code(code);
  ENSURE(entry != nullptr, "every code has an entry in the table");
  shorten(message);
  return {.code = code,
          .name = std::string(entry->name),
          .message = std::move(message),
          .advice = std::string(entry->advice)};
}

}  // namespace

Failure failure_of(const Refusal& refusal) {
  return failure_from(static_cast<std::uint16_t>(refusal.code), refusal.message());
}

Failure failure_of(const Error& error) {
  return failure_from(static_cast<std::uint16_t>(error.code), error.message());
}

void encode_response(const Response& response, Bytes& out) {
  capnp::MallocMessageBuilder message;
  auto to = message.initRoot<wire::Response>();
  to.setId(response.id);
  to.setMore(response.more);
  std::visit(BodyEncoder{to}, response.body);
  append_frame(message, out);
  const auto* done = std::get_if<DoneAnswer>(&response.body);
  if (done == nullptr || done->secret.empty()) return;
  auto secret = to.getDone().getSecret();
  cleanse(secret.begin(), secret.size());
}

Result<Response> decode_response(Frame frame) {
  auto response = read_message<Response>([&]() -> Result<Response, Failure> {
    FrameReader reader(frame);
    const auto in = reader.getRoot<wire::Response>();
    auto body = decode_body(in);
    if (!body) return failure_of(body.error());
    return Response{.id = in.getId(), .more = in.getMore(), .body = std::move(*body)};
  });
  // Whatever is wrong with an answer, its sender does not follow the protocol.
  if (!response) return protocol_error(response.error().message);
  return std::move(*response);
}

}  // namespace keyledger::net
