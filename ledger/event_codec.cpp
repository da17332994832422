#include "ledger/event_codec.h"

#include <algorithm>

#include "ledger/codec.h"
#include "ledger/codec_failure.h"
#include "ledger/use_block_codec.h"

namespace keyledger::ledger {
namespace {

constexpr std::size_t kWordSize = sizeof(::capnp::word);

std::size_t words_of(const std::string& text) { return text.size() / kWordSize + 2; }

template <typename Bytes>
::capnp::Data::Reader data_of_bytes(const Bytes& bytes) {
  return {bytes.data(), bytes.size()};
}

// Numbers of entities. Encoding a "none" where an entity is meant would write a record that nobody can read.

template <typename Number>
std::uint32_t number_of(Number number) {
  ENSURE(number.value() != 0, "an event names entities that exist");
  return number.value();
}

std::uint64_t number_of(AccountNumber account) {
  ENSURE(account.value() < kAccountNumberEnd, "an account number has twelve digits");
  return account.value();
}

template <typename Number>
Number entity(std::uint32_t number, const char* what) {
  require(number != 0, what);
  return Number{number};
}

KeyNumber key(std::uint32_t number) { return entity<KeyNumber>(number, "the number of a key"); }
UserNumber user(std::uint32_t number) { return entity<UserNumber>(number, "the number of a user"); }
ClientNumber client(std::uint32_t number) { return entity<ClientNumber>(number, "the number of a client"); }

AccountNumber account(std::uint64_t number) {
  require(number < kAccountNumberEnd, "an account number");
  return AccountNumber{number};
}

boost::uuids::uuid uuid(::capnp::Data::Reader bytes, const char* what) {
  boost::uuids::uuid uuid{};
  require(bytes.size() == boost::uuids::uuid::static_size(), what);
  std::copy(bytes.begin(), bytes.end(), uuid.begin());
  return uuid;
}

::capnp::Data::Reader uuid_data(const boost::uuids::uuid& uuid) {
  return {uuid.data, boost::uuids::uuid::static_size()};
}

StaffFlag staff_flag(bool staff) { return staff ? StaffFlag::kStaff : StaffFlag::kNotStaff; }
ActiveFlag active_flag(bool active) { return active ? ActiveFlag::kActive : ActiveFlag::kInactive; }

void write_digest(const KeyDigest& digest, schema::KeyDetails::Builder out) {
  const bool salted = digest.scheme == DigestScheme::kKnoxSalted;
  ENSURE(salted || (digest.salt == Salt{} && !digest.bucket), "only a salted digest has a salt and a bucket");
  out.setScheme(static_cast<std::uint8_t>(digest.scheme));
  out.setDigest(data_of_bytes(digest.view()));
  if (salted) out.setSalt(data_of_bytes(digest.salt));
  out.setHasBucket(digest.bucket.has_value());
  out.setBucket(digest.bucket.value_or(0));
}

KeyDigest read_digest(schema::KeyDetails::Reader in) {
  require(in.getScheme() < kDigestSchemes, "the digest scheme of a key");
  KeyDigest digest{.scheme = static_cast<DigestScheme>(in.getScheme())};
  const auto bytes = in.getDigest();
  require(bytes.size() == digest_size(digest.scheme), "the size of a key's digest");
  std::copy(bytes.begin(), bytes.end(), digest.bytes.begin());

  const bool salted = digest.scheme == DigestScheme::kKnoxSalted;
  const auto salt = in.getSalt();
  require(salt.size() == (salted ? digest.salt.size() : 0), "the size of a key's salt");
  std::copy(salt.begin(), salt.end(), digest.salt.begin());
  require(in.getHasBucket() ? salted : in.getBucket() == 0, "the bucket of a key");
  if (in.getHasBucket()) digest.bucket = in.getBucket();
  return digest;
}

void write_details(const KeyDetails& details, schema::KeyDetails::Builder out) {
  ENSURE(is_rfc3339(details.created) && is_rfc3339(details.expiry.value_or(kLatest)),
         "a key's times are in the years 0 to 9999");
  out.setKey(number_of(details.key));
  out.setOwner(number_of(details.owner));
  out.setAccount(number_of(details.account));
  out.setCreated(details.created.microseconds);
  out.setExpires(details.expiry.has_value());
  out.setExpiry(details.expiry.value_or(Timestamp{}).microseconds);
  out.setKeyId(uuid_data(details.key_id.uuid));
  write_digest(details.digest, out);
  out.setName(text_of(details.name));
  out.setDescription(text_of(details.description));
  if (details.tags.empty()) return;
  auto tags = out.initTags(static_cast<unsigned>(details.tags.size()));
  for (unsigned i = 0; i < tags.size(); ++i) tags.set(i, text_of(details.tags[i]));
}

Timestamp time_of_key(std::int64_t microseconds, const char* what) {
  require(is_rfc3339(Timestamp{microseconds}), what);
  return Timestamp{microseconds};
}

KeyDetails read_details(schema::KeyDetails::Reader in) {
  KeyDetails details{.key = key(in.getKey()),
                     .key_id = {uuid(in.getKeyId(), "the id of a key")},
                     .owner = user(in.getOwner()),
                     .account = account(in.getAccount()),
                     .name = string_of(in.getName()),
                     .description = string_of(in.getDescription()),
                     .digest = read_digest(in),
                     .created = time_of_key(in.getCreated(), "when a key was created")};
  if (in.getExpires()) details.expiry = time_of_key(in.getExpiry(), "the expiry of a key");
  require(in.getExpires() || in.getExpiry() == 0, "the expiry of a key that never expires");
  for (const auto tag : in.getTags()) details.tags.push_back(string_of(tag));
  return details;
}

void write_pair(KeyNumber key, ClientNumber client, schema::KeyAndClient::Builder out) {
  out.setKey(number_of(key));
  out.setClient(number_of(client));
}

void write_unknown(const UnknownTokensRefused& event, schema::UnknownTokensRefused::Builder out) {
  ENSURE(!event.counts.empty(), "UnknownTokensRefused counts something");
  out.setFrom(event.from.microseconds);
  out.setTo(event.to.microseconds);
  auto counts = out.initCounts(static_cast<unsigned>(event.counts.size()));
  for (unsigned i = 0; i < counts.size(); ++i) {
    const UnknownTokenCount& count = event.counts[i];
    ENSURE(count.count > 0 && count.reason != VerdictReason::kAllowed,
           "UnknownTokensRefused counts refusals");
    counts[i].setReason(static_cast<std::uint8_t>(count.reason));
    counts[i].setCount(count.count);
    if (count.address) counts[i].setAddress(data_of(compact_bytes(*count.address)));
  }
}

UnknownTokensRefused read_unknown(schema::UnknownTokensRefused::Reader in) {
  UnknownTokensRefused event{.from = Timestamp{in.getFrom()}, .to = Timestamp{in.getTo()}, .counts = {}};
  const auto counts = in.getCounts();
  require(counts.size() > 0, "no counts of unknown tokens");
  for (const auto count : counts) {
    const auto reason = verdict_reason_from(count.getReason());
    require(reason.has_value() && *reason != VerdictReason::kAllowed, "the reason of unknown tokens");
    require(count.getCount() > 0, "a count of unknown tokens");
    UnknownTokenCount& read = event.counts.emplace_back();
    read.reason = *reason;
    read.count = count.getCount();
    if (const auto address = count.getAddress(); address.size() != 0) read.address = address_of(address);
  }
  return event;
}

KeyAssigned read_assigned(schema::KeyAndClient::Reader in) {
  return {key(in.getKey()), client(in.getClient())};
}

KeyUnassigned read_unassigned(schema::KeyAndClient::Reader in) {
  return {key(in.getKey()), client(in.getClient())};
}

AccountOpened read_account_opened(schema::AccountOpened::Reader in) {
  return {.account = account(in.getAccount()), .name = string_of(in.getName())};
}

UserRegistered read_user_registered(schema::UserRegistered::Reader in) {
  return {.user = user(in.getUser()),
          .username = string_of(in.getUsername()),
          .staff = staff_flag(in.getStaff()),
          .active = active_flag(in.getActive())};
}

UserJoinedAccount read_user_joined(schema::UserAndAccount::Reader in) {
  return {.user = user(in.getUser()), .account = account(in.getAccount())};
}

ClientRegistered read_client_registered(schema::ClientRegistered::Reader in) {
  return {.client = client(in.getClient()),
          .client_id = {uuid(in.getClientId(), "the id of a client")},
          .account = account(in.getAccount()),
          .name = string_of(in.getName())};
}

KeyImported read_key_imported(schema::KeyImported::Reader in) {
  return {.details = read_details(in.getDetails()), .active = active_flag(in.getActive())};
}

void write_body(const AccountOpened& event, schema::Event::Builder out) {
  auto body = out.initAccountOpened();
  body.setAccount(number_of(event.account));
  body.setName(text_of(event.name));
}

void write_body(const UserRegistered& event, schema::Event::Builder out) {
  auto body = out.initUserRegistered();
  body.setUser(number_of(event.user));
  body.setStaff(event.staff == StaffFlag::kStaff);
  body.setActive(event.active == ActiveFlag::kActive);
  body.setUsername(text_of(event.username));
}

void write_body(const UserJoinedAccount& event, schema::Event::Builder out) {
  auto body = out.initUserJoinedAccount();
  body.setUser(number_of(event.user));
  body.setAccount(number_of(event.account));
}

void write_body(const ClientRegistered& event, schema::Event::Builder out) {
  auto body = out.initClientRegistered();
  body.setClient(number_of(event.client));
  body.setAccount(number_of(event.account));
  body.setClientId(uuid_data(event.client_id.uuid));
  body.setName(text_of(event.name));
}

void write_body(const KeyCreated& event, schema::Event::Builder out) {
  write_details(event.details, out.initKeyCreated());
}

void write_body(const KeyImported& event, schema::Event::Builder out) {
  auto body = out.initKeyImported();
  write_details(event.details, body.initDetails());
  body.setActive(event.active == ActiveFlag::kActive);
}

void write_body(const KeyActivated& event, schema::Event::Builder out) {
  out.setKeyActivated(number_of(event.key));
}

void write_body(const KeyDeactivated& event, schema::Event::Builder out) {
  out.setKeyDeactivated(number_of(event.key));
}

void write_body(const KeyDeleted& event, schema::Event::Builder out) {
  out.setKeyDeleted(number_of(event.key));
}

void write_body(const KeyAssigned& event, schema::Event::Builder out) {
  write_pair(event.key, event.client, out.initKeyAssigned());
}

void write_body(const KeyUnassigned& event, schema::Event::Builder out) {
  write_pair(event.key, event.client, out.initKeyUnassigned());
}

void write_body(const KeysUsed& event, schema::Event::Builder out) {
  write_block(event.block, BlockKind::kUsed, out.initKeysUsed());
}

void write_body(const UsesDenied& event, schema::Event::Builder out) {
  write_block(event.block, BlockKind::kDenied, out.initUsesDenied());
}

void write_body(const UnknownTokensRefused& event, schema::Event::Builder out) {
  write_unknown(event, out.initUnknownTokensRefused());
}

std::size_t words_of(const KeyDetails& details) {
  constexpr std::size_t kFixedWords = 40;
  std::size_t words = kFixedWords + words_of(details.name) + words_of(details.description);
  for (const std::string& tag : details.tags) words += 1 + words_of(tag);
  return words;
}

}  // namespace

::capnp::Text::Reader text_of(const std::string& text) { return {text.c_str(), text.size()}; }

// Not through a C string: stored text may hold a NUL.
std::string string_of(::capnp::Text::Reader text) { return {text.begin(), text.size()}; }

::capnp::Data::Reader data_of(std::string_view bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

std::optional<Address> address_of(::capnp::Data::Reader bytes) {
  const auto address = from_compact_bytes({bytes.begin(), bytes.size()});
  require(address.has_value() && compact_bytes(*address).size() == bytes.size(), "an address");
  return address;
}

std::size_t estimated_words(const Event& event) {
  constexpr std::size_t kSmallEventWords = 16;
  return std::visit(
      Overloaded{[](const AccountOpened& e) { return kSmallEventWords + words_of(e.name); },
                 [](const UserRegistered& e) { return kSmallEventWords + words_of(e.username); },
                 [](const ClientRegistered& e) { return kSmallEventWords + words_of(e.name); },
                 [](const KeyCreated& e) { return kSmallEventWords + words_of(e.details); },
                 [](const KeyImported& e) { return kSmallEventWords + words_of(e.details); },
                 [](const KeysUsed& e) { return kSmallEventWords + estimated_words(e.block); },
                 [](const UsesDenied& e) { return kSmallEventWords + 2 * estimated_words(e.block); },
                 [](const UnknownTokensRefused& e) { return kSmallEventWords + 6 * e.counts.size(); },
                 [](const UserJoinedAccount&) { return kSmallEventWords; },
                 [](const KeyActivated&) { return kSmallEventWords; },
                 [](const KeyDeactivated&) { return kSmallEventWords; },
                 [](const KeyDeleted&) { return kSmallEventWords; },
                 [](const KeyAssigned&) { return kSmallEventWords; },
                 [](const KeyUnassigned&) { return kSmallEventWords; }},
      event);
}

void write_event(const Event& event, schema::Event::Builder out) {
  out.setVersion(kEventVersion);
  std::visit([&out](const auto& body) { write_body(body, out); }, event);
}

Event read_event(schema::Event::Reader in) {
  require(in.getVersion() != 0, "the version of an event");
  if (in.getVersion() > kEventVersion) {
    throw CodecFailure{
        {ErrorCode::kNewerFormat, "version " + std::to_string(in.getVersion()) + " of an event"}};
  }
  using Which = schema::Event::Which;
  switch (in.which()) {
    case Which::ACCOUNT_OPENED:
      return read_account_opened(in.getAccountOpened());
    case Which::USER_REGISTERED:
      return read_user_registered(in.getUserRegistered());
    case Which::USER_JOINED_ACCOUNT:
      return read_user_joined(in.getUserJoinedAccount());
    case Which::CLIENT_REGISTERED:
      return read_client_registered(in.getClientRegistered());
    case Which::KEY_CREATED:
      return KeyCreated{read_details(in.getKeyCreated())};
    case Which::KEY_IMPORTED:
      return read_key_imported(in.getKeyImported());
    case Which::KEY_ACTIVATED:
      return KeyActivated{key(in.getKeyActivated())};
    case Which::KEY_DEACTIVATED:
      return KeyDeactivated{key(in.getKeyDeactivated())};
    case Which::KEY_DELETED:
      return KeyDeleted{key(in.getKeyDeleted())};
    case Which::KEY_ASSIGNED:
      return read_assigned(in.getKeyAssigned());
    case Which::KEY_UNASSIGNED:
      return read_unassigned(in.getKeyUnassigned());
    case Which::KEYS_USED:
      return KeysUsed{read_block(in.getKeysUsed(), BlockKind::kUsed)};
    case Which::USES_DENIED:
      return UsesDenied{read_block(in.getUsesDenied(), BlockKind::kDenied)};
    case Which::UNKNOWN_TOKENS_REFUSED:
      return read_unknown(in.getUnknownTokensRefused());
  }
  throw CodecFailure{
      {ErrorCode::kNewerFormat, "event number " + std::to_string(static_cast<unsigned>(in.which()))}};
}

}  // namespace keyledger::ledger
