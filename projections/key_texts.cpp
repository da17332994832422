#include "projections/key_texts.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "ledger/values/varint.h"

namespace keyledger::projections {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every fold

namespace {

void add_number(std::string& out, std::uint64_t value) {
  std::array<std::uint8_t, kVarintBytesMax> varint;
  const std::uint8_t* const end = put_varint(varint.data(), value);
  out.append(reinterpret_cast<const char*>(varint.data()), static_cast<std::size_t>(end - varint.data()));
}

void add_text(std::string& out, std::string_view text) {
  add_number(out, text.size());
  out += text;
}

void add_range(std::string& out, const AddressRange& range) {
  for (const std::uint8_t byte : range.base.bytes) out.push_back(static_cast<char>(byte));
  out.push_back(static_cast<char>(range.length));
}

bool says_more_than_a_name(const KeyTexts& texts) {
  return !texts.description.empty() || !texts.tags.empty() || !texts.annotations.empty() || texts.limit ||
         !texts.allow.empty();
}

// Reads part after part. After an unsound part, all later parts are read as empty.
class TextReader {
 public:
  explicit TextReader(std::string_view bytes) : bytes_(bytes) {}

  bool is_at_end() const { return bytes_.empty(); }
  bool is_sound() const { return sound_; }
  std::uint64_t fail() {
    sound_ = false;
    bytes_ = {};
    return 0;
  }

  std::uint64_t number() {
    const auto* const begin = reinterpret_cast<const std::uint8_t*>(bytes_.data());
    const std::uint8_t* next = begin;
    const auto value = read_varint(next, begin + bytes_.size());
    if (!value) return fail();
    bytes_.remove_prefix(static_cast<std::size_t>(next - begin));
    return *value;
  }

  std::string_view text() {
    const std::uint64_t size = number();
    return size == 0 ? std::string_view{} : take(size);
  }

  std::uint32_t number_32() {
    const std::uint64_t value = number();
    if (value > std::numeric_limits<std::uint32_t>::max()) fail();
    return static_cast<std::uint32_t>(value);
  }

  bool flag() {
    const std::uint64_t value = number();
    if (value > 1) fail();
    return value == 1;
  }

  // Reads a count of parts of at least a byte each.
  std::uint64_t count() {
    const std::uint64_t count = number();
    return count > bytes_.size() ? fail() : count;
  }

  AddressRange range() {
    AddressRange range;
    const std::string_view base = take(range.base.bytes.size() + 1);
    if (!sound_) return range;
    std::memcpy(range.base.bytes.data(), base.data(), range.base.bytes.size());
    range.length = static_cast<std::uint8_t>(base.back());
    if (!is_well_formed(range)) fail();
    return range;
  }

 private:
  // Never returns an empty view: callers read the first and the last byte.
  std::string_view take(std::uint64_t size) {
    if (size > bytes_.size()) {
      fail();
      return std::string_view("\0", 1);
    }
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }

  std::string_view bytes_;
  bool sound_ = true;
};

void read_rest(TextReader& reader, KeyTexts& texts) {
  texts.description = reader.text();
  texts.tags.resize(reader.count());
  for (std::string& tag : texts.tags) tag = reader.text();
  texts.annotations.resize(reader.count());
  for (Annotation& note : texts.annotations) {
    note.name = reader.text();
    note.value = reader.text();
  }
  if (reader.flag()) {
    const std::uint32_t requests = reader.number_32();
    texts.limit = {.requests = requests, .window = unzigzag(reader.number())};
    if (!is_well_formed(*texts.limit)) reader.fail();
  }
  texts.allow.resize(reader.count());
  for (AddressRange& range : texts.allow) range = reader.range();
}

}  // namespace

std::string encode_key_texts(const KeyTexts& texts) {
  std::string out;
  add_text(out, texts.name);
  if (!says_more_than_a_name(texts)) return out;
  add_text(out, texts.description);
  add_number(out, texts.tags.size());
  for (const std::string& tag : texts.tags) add_text(out, tag);
  add_number(out, texts.annotations.size());
  for (const Annotation& note : texts.annotations) {
    add_text(out, note.name);
    add_text(out, note.value);
  }
  add_number(out, texts.limit.has_value() ? 1 : 0);
  if (texts.limit) {
    add_number(out, texts.limit->requests);
    add_number(out, zigzag(texts.limit->window));
  }
  add_number(out, texts.allow.size());
  for (const AddressRange& range : texts.allow) add_range(out, range);
  return out;
}

std::optional<KeyTexts> decode_key_texts(std::string_view bytes) {
  TextReader reader(bytes);
  KeyTexts texts;
  texts.name = reader.text();
  if (reader.is_sound() && !reader.is_at_end()) read_rest(reader, texts);
  if (!reader.is_sound() || !reader.is_at_end()) return std::nullopt;
  return texts;
}

std::string_view name_in_key_texts(std::string_view bytes) { return TextReader(bytes).text(); }

}  // namespace keyledger::projections
