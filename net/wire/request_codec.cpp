#include "net/wire/codec.h"
#include "net/wire/command_codec.h"
#include "net/wire/fields.h"
#include "net/wire/layout.h"
#include "net/wire/request_check.h"
#include "net/wire/support.h"
#include "net/wire/wire.capnp.h"

namespace keyledger::net {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every message
using projections::Question;

namespace {

Error input_error(std::string detail) { return {ErrorCode::kInputInvalid, std::move(detail)}; }
Error unknown(std::string detail) { return {ErrorCode::kNotSupported, std::move(detail)}; }

// ---- Decoding ----

Result<Question> decode_question(wire::Question::Reader in) {
  Question question;
  if (in.getHasToken()) question.token = view(in.getToken());
  question.client = view(in.getClient());
  if (const auto address = bytes(in.getAddress()); !address.empty()) {
    question.address = from_compact_bytes(address);
    if (!question.address) return input_error("an address is 4 or 16 bytes");
  }
  return question;
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
  return unknown("an unknown kind of entity");
}

Result<RequestBody> decode_list(wire::Listing::Reader in) {
  const auto kind = static_cast<std::uint16_t>(in.getKind());
  if (kind > static_cast<std::uint16_t>(projections::RowKind::kPolicy))
    return unknown("an unknown kind of rows");
  if (in.getKind() == wire::RowKind::POLICY && in.getName().size() != 0) {
    return input_error("the policy has no name");
  }
  return RequestBody{AskList{.kind = static_cast<projections::RowKind>(kind), .name = string(in.getName())}};
}

Result<RowFilter> decode_filter(wire::Selection::Reader in) {
  RowFilter filter{.gone = in.getLeaveOutGone() ? GoneRows::kLeaveOut : GoneRows::kInclude,
                   .account = string(in.getAccount()),
                   .owner = string(in.getOwner()),
                   .tag = string(in.getTag())};
  if (in.getHasStatus()) {
    if (in.getStatus() >= projections::kKeyStatuses) return unknown("an unknown status");
    filter.status = static_cast<projections::KeyStatus>(in.getStatus());
  }
  PermissionFilter permission{.user = string(in.getUser()),
                              .platform_account = string(in.getPlatformAccount())};
  switch (in.getPermission()) {
    case wire::Permission::ANY:
      if (permission == PermissionFilter{}) return filter;
      return input_error("a user without a permission");
    case wire::Permission::READ:
      permission.permission = projections::Permission::kRead;
      filter.permission = std::move(permission);
      return filter;
    case wire::Permission::MANAGE:
      permission.permission = projections::Permission::kManage;
      filter.permission = std::move(permission);
      return filter;
  }
  return unknown("an unknown permission");
}

Result<RequestBody> decode_selection(wire::Selection::Reader in) {
  const auto kind = static_cast<std::uint16_t>(in.getKind());
  if (kind > static_cast<std::uint16_t>(projections::RowKind::kPolicy))
    return unknown("an unknown kind of rows");
  const auto order = static_cast<std::uint16_t>(in.getOrder());
  if (order > static_cast<std::uint16_t>(RowOrder::kNewestFirst)) return unknown("an unknown order");
  auto filter = decode_filter(in);
  if (!filter) return filter.error();
  AskList ask{.kind = static_cast<projections::RowKind>(kind),
              .name = string(in.getName()),
              .filter = std::move(*filter),
              .order = static_cast<RowOrder>(order),
              .after = string(in.getAfter()),
              .limit = in.getLimit()};
  if (!applies_to(ask.filter, ask.kind)) return input_error("a filter that rows of this kind do not have");
  if (ask.kind == projections::RowKind::kPolicy && (!ask.name.empty() || !ask.after.empty())) {
    return input_error("the policy has no name");
  }
  return RequestBody{std::move(ask)};
}

// ---- Encoding ----

// `list` says the same as `select` without filters, order and page, and older daemons know `list`.
bool fits_list(const AskList& ask) { return ask == AskList{.kind = ask.kind, .name = ask.name}; }

void encode_selection(const AskList& ask, wire::Selection::Builder out) {
  out.setKind(static_cast<wire::RowKind>(ask.kind));
  out.setName(text(ask.name));
  out.setOrder(static_cast<wire::RowOrder>(ask.order));
  out.setAfter(text(ask.after));
  out.setLimit(ask.limit);
  out.setLeaveOutGone(ask.filter.gone == GoneRows::kLeaveOut);
  out.setAccount(text(ask.filter.account));
  out.setOwner(text(ask.filter.owner));
  out.setTag(text(ask.filter.tag));
  out.setHasStatus(ask.filter.status.has_value());
  out.setStatus(static_cast<std::uint8_t>(ask.filter.status.value_or(projections::KeyStatus{})));
  if (const auto& permission = ask.filter.permission) {
    const bool reads = permission->permission == projections::Permission::kRead;
    out.setPermission(reads ? wire::Permission::READ : wire::Permission::MANAGE);
    out.setUser(text(permission->user));
    out.setPlatformAccount(text(permission->platform_account));
  }
}

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

  void operator()(const RunCommand& run) { encode_command(run, out.initCommand()); }
  void operator()(const AskList& ask) {
    if (!fits_list(ask)) return encode_selection(ask, out.initSelect());
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
    state.setExport(ask.contents == StateContents::kExport);
  }
  void operator()(const AskStats&) { out.setStats(); }
  void operator()(const AskStateDigest&) { out.setStateDigest(); }
  void operator()(const AskHello&) { out.initHello(); }
};

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
      ENSURE(many.size() <= kQuestionsPerRequestMax, "the bound of the schema is the limit of questions");
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
      return RequestBody{decode_command(in.getCommand())};
    case wire::Request::LIST:
      return decode_list(in.getList());
    case wire::Request::SELECT:
      return decode_selection(in.getSelect());
    case wire::Request::HISTORY:
      return decode_history(in.getHistory());
    case wire::Request::STATE: {
      const auto state = in.getState();
      AskState ask{.at = moment(state.getHasAt(), state.getAt()),
                   .contents = state.getExport() ? StateContents::kExport : StateContents::kRows};
      if (state.getHasPosition()) ask.position = Position{state.getPosition()};
      return RequestBody{ask};
    }
    case wire::Request::STATS:
      return RequestBody{AskStats{}};
    case wire::Request::STATE_DIGEST:
      return RequestBody{AskStateDigest{}};
    case wire::Request::HELLO:
      return RequestBody{AskHello{}};
  }
  return unknown("an unknown request");
}

// An upper limit for the words of the request.
unsigned words_for(const AskVerdicts& ask) {
  constexpr std::size_t kAddressWords = 2;
  constexpr std::size_t kQuestionWords = layout::Question::kSize.words() + kAddressWords;
  constexpr std::size_t kRequestWords = layout::Request::kSize.words() + 2;  // its pointer, and a list's tag
  std::size_t words = kRequestWords;
  for (const Question& question : ask.questions) {
    const std::size_t text = question.token.value_or("").size() + question.client.size();
    words += kQuestionWords + text / layout::kWord + 2 * 1 + 1;  // texts end with a zero byte each
  }
  return static_cast<unsigned>(words);
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

Result<Request, Failure> RequestDecoder::decode(Frame frame) {
  questions_.clear();
  return read_message<Request>([&]() -> Result<Request, Failure> {
    FrameReader checked(frame);
    if (const auto fault = find_fault(checked)) return failure_of(*fault);
    FrameReader reader(frame);
    const auto in = reader.getRoot<wire::Request>();
    auto body = decode_body(in, questions_);
    if (!body) return failure_of(body.error());
    return Request{.id = in.getId(), .min_position = Position{in.getMinPosition()}, .body = std::move(*body)};
  });
}

std::uint64_t request_id_of(Frame frame) {
  const auto id = read_message<std::uint64_t>([&]() -> Result<std::uint64_t, Failure> {
    return std::uint64_t{FrameReader(frame).getRoot<wire::Request>().getId()};
  });
  return id ? *id : 0;
}

bool is_unfinished_import(Frame frame) {
  const auto answer = read_message<bool>([&]() -> Result<bool, Failure> {
    FrameReader reader(frame);
    const auto in = reader.getRoot<wire::Request>();
    if (in.which() != wire::Request::COMMAND) return false;
    const auto command = in.getCommand();
    return command.which() == wire::Command::IMPORT_KEYS && command.getImportKeys().getMore();
  });
  return answer.ok() && *answer;
}

void encode_request(const Request& request, Bytes& out) {
  // A request for verdicts in one segment is read without the library (net/wire/question_codec.cpp).
  const auto* ask = std::get_if<AskVerdicts>(&request.body);
  capnp::MallocMessageBuilder message(ask != nullptr ? words_for(*ask)
                                                     : capnp::SUGGESTED_FIRST_SEGMENT_WORDS);
  auto to = message.initRoot<wire::Request>();
  to.setId(request.id);
  to.setMinPosition(request.min_position.value());
  std::visit(BodyEncoder{to}, request.body);
  append_frame(message, out);
}

}  // namespace keyledger::net
