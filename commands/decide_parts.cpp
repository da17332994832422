#include "commands/decide_parts.h"

#include <algorithm>
#include <set>
#include <utility>

#include "commands/names.h"
#include "projections/lookup.h"

namespace keyledger::commands {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every decision
using projections::Catalog;

namespace {

template <typename Number>
Checked<Number> existing(const Catalog& catalog, EntityRef::Kind kind, const std::string& text) {
  const auto found = look_up(catalog, kind, text);
  if (!found) return found.error();
  return Number{static_cast<typename Number::Value>(found->number)};
}

bool is_text(std::string_view text, std::size_t characters_max) {
  return is_plain_text(text) && characters_in(text) <= characters_max;
}

std::optional<Refusal> refuse_annotations(const std::vector<Annotation>& annotations) {
  if (annotations.size() > kAnnotationsMax) return refuse(RefusalCode::kAnnotationInvalid, "too many");
  std::set<std::string_view> names;
  for (const Annotation& note : annotations) {
    const bool is_named = !note.name.empty() && note.name.size() <= kAnnotationNameBytesMax &&
                          is_plain_text(note.name) && names.insert(note.name).second;
    if (!is_named || !is_text(note.value, kAnnotationCharactersMax)) {
      return refuse(RefusalCode::kAnnotationInvalid, note.name);
    }
  }
  return std::nullopt;
}

}  // namespace

Checked<AccountNumber> existing_account(const Catalog& catalog, const std::string& text) {
  return existing<AccountNumber>(catalog, EntityRef::Kind::kAccount, text);
}

Checked<AccountNumber> open_account(const Catalog& catalog, const std::string& text) {
  auto account = existing_account(catalog, text);
  if (account && is_closed(catalog, *account)) return refuse(RefusalCode::kAccountClosed, text);
  return account;
}

Checked<UserNumber> present_user(const Catalog& catalog, const std::string& username) {
  auto user = existing<UserNumber>(catalog, EntityRef::Kind::kUser, username);
  if (user && catalog.user(*user).removed) return refuse(RefusalCode::kUserRemoved, username);
  return user;
}

Checked<ClientNumber> existing_client(const Catalog& catalog, const std::string& text) {
  return existing<ClientNumber>(catalog, EntityRef::Kind::kClient, text);
}

Checked<ClientNumber> present_client(const Catalog& catalog, const std::string& text) {
  auto client = existing_client(catalog, text);
  if (client && catalog.client(*client).removed) return refuse(RefusalCode::kClientRemoved, text);
  return client;
}

Checked<KeyNumber> existing_key(const Catalog& catalog, const std::string& text) {
  return existing<KeyNumber>(catalog, EntityRef::Kind::kKey, text);
}

Checked<KeyNumber> undeleted_key(const Catalog& catalog, const std::string& text) {
  auto key = existing_key(catalog, text);
  if (key && catalog.entry(*key).deleted) return refuse(RefusalCode::kKeyDeleted, text);
  return key;
}

bool is_closed(const Catalog& catalog, AccountNumber number) {
  const projections::Account* account = catalog.find_account(number);
  return account != nullptr && account->closed;
}

std::optional<Refusal> refuse_texts(const KeyTexts& texts) {
  if (!is_text(texts.description, kDescriptionCharactersMax)) {
    return refuse(RefusalCode::kDescriptionTooLong, "");
  }
  if (texts.tags.size() > kTagsMax) return refuse(RefusalCode::kTagInvalid, "too many");
  for (const std::string& tag : texts.tags) {
    if (tag.empty() || tag.size() > kTagBytesMax || !is_plain_text(tag)) {
      return refuse(RefusalCode::kTagInvalid, tag);
    }
  }
  return refuse_annotations(texts.annotations);
}

void add_description(KeyDescribed described, std::vector<Event>& events) {
  std::vector<Annotation> annotations = std::exchange(described.annotations, {});
  const KeyNumber key = described.key;
  std::size_t bytes = 0;
  std::vector<Annotation>* portion =
      &std::get<KeyDescribed>(events.emplace_back(std::move(described))).annotations;
  for (Annotation& note : annotations) {
    bytes += note.name.size() + note.value.size();
    if (bytes > kAnnotationBytesPerEvent) {
      portion = &std::get<KeyAnnotated>(events.emplace_back(KeyAnnotated{key, {}})).annotations;
      bytes = note.name.size() + note.value.size();
    }
    portion->push_back(std::move(note));
  }
}

std::optional<Refusal> refuse_limit(const std::optional<RateLimit>& limit) {
  if (!limit || is_well_formed(*limit)) return std::nullopt;
  return refuse(RefusalCode::kRateLimitInvalid, "");
}

std::optional<Refusal> refuse_allow_list(const std::vector<AddressRange>& ranges) {
  if (ranges.size() > kAddressRangesMax) return refuse(RefusalCode::kAddressRangeInvalid, "too many");
  const bool are_ranges =
      std::ranges::all_of(ranges, [](const AddressRange& range) { return is_well_formed(range); });
  return are_ranges ? std::nullopt : std::optional(refuse(RefusalCode::kAddressRangeInvalid, ""));
}

}  // namespace keyledger::commands
