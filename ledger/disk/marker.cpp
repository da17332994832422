#include "ledger/disk/marker.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <charconv>

#include "ledger/values/entity_ids.h"
#include "ledger/values/key_digest.h"

namespace keyledger::ledger {
namespace {

constexpr std::string_view kTitle = "keyledger ledger\n";
constexpr std::string_view kFormatField = "format: ";
constexpr std::string_view kIdField = "id: ";
constexpr unsigned kFormat = 1;
constexpr std::size_t kUuidLength = 36;

}  // namespace

Hash checksum_of(std::string_view text) {
  Hash hash{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash.data());
  return hash;
}

std::string marker_text(const boost::uuids::uuid& id) {
  const std::string text =
      fmt::format("{}{}{}\n{}{}\n", kTitle, kFormatField, kFormat, kIdField, to_string(id));
  return fmt::format("{}checksum: {}\n", text, to_hex(checksum_of(text)));
}

Result<boost::uuids::uuid> parse_marker(std::string_view text) {
  if (!text.starts_with(kTitle)) return Error{ErrorCode::kNotALedger, "its LEDGER file has another content"};
  const std::string_view after_title = text.substr(kTitle.size());
  unsigned format = 0;
  if (after_title.starts_with(kFormatField)) {
    const std::string_view number = after_title.substr(kFormatField.size());
    std::from_chars(number.data(), number.data() + number.size(), format);
  }
  if (format > kFormat) return Error{ErrorCode::kNewerFormat, fmt::format("ledger format {}", format)};
  const std::size_t id_begin = kTitle.size() + kFormatField.size() + 2 + kIdField.size();
  const auto id = text.size() < id_begin ? std::nullopt : parse_uuid(text.substr(id_begin, kUuidLength));
  // Any other difference means a damaged text.
  if (!id || text != marker_text(*id))
    return Error{ErrorCode::kCorruptDatabase, "its LEDGER file is damaged"};
  return *id;
}

}  // namespace keyledger::ledger
