#include "ledger/disk/closing_file.h"

#include <fmt/format.h>

#include <charconv>
#include <vector>

#include "ledger/disk/marker.h"
#include "ledger/host/small_file.h"
#include "ledger/values/entity_ids.h"
#include "ledger/values/key_digest.h"

namespace keyledger::ledger {
namespace {

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

std::uint64_t number_in(std::string_view word) {
  std::uint64_t number = 0;
  std::from_chars(word.data(), word.data() + word.size(), number);
  return number;
}

std::string with_checksum(const std::string& text) {
  return fmt::format("{} {}\n", text, to_hex(checksum_of(text)));
}

// Returns the content if `text` is what a version of the program writes for this content.
std::optional<ClosingFile> parse(std::string_view text) {
  const auto words = words_of(text);
  if (words.size() < 3 || words.size() > 5) return std::nullopt;
  ClosingFile closing;
  closing.digest.position = Position{number_in(words[0])};
  if (!from_hex(words[1], closing.digest.digest)) return std::nullopt;
  if (words.size() > 3) closing.digest.definition = number_in(words[2]);
  if (words.size() > 4) {
    closing.ledger_id = parse_uuid(words[3]);
    if (!closing.ledger_id) return std::nullopt;
  }
  if (text == closing_text(closing)) return closing;
  return std::nullopt;
}

}  // namespace

std::string closing_text(const ClosingFile& closing) {
  std::string text = fmt::format("{} {}", closing.digest.position.value(), to_hex(closing.digest.digest));
  if (closing.ledger_id || closing.digest.definition != 1)
    text += fmt::format(" {}", closing.digest.definition);
  if (closing.ledger_id) text += " " + to_string(*closing.ledger_id);
  return with_checksum(text);
}

Result<std::optional<ClosingFile>> read_closing(const std::filesystem::path& path) {
  const auto text = read_small_file(path);
  if (!text) return Error{ErrorCode::kClosingDamaged, text.error().detail};
  if (!text->has_value()) return std::optional<ClosingFile>{};
  auto closing = parse(**text);
  if (!closing)
    return Error{ErrorCode::kClosingDamaged, path.string() + ": the file is not what was written"};
  return closing;
}

Result<std::optional<ClosingDigest>> read_closing_of(const std::filesystem::path& path,
                                                     const boost::uuids::uuid& ledger_id) {
  const auto closing = read_closing(path);
  if (!closing) return closing.error();
  if (!closing->has_value()) return std::optional<ClosingDigest>{};
  if ((*closing)->ledger_id && (*closing)->ledger_id != ledger_id) {
    return Error{ErrorCode::kForeignPart, fmt::format("{}: the file belongs to ledger {}", path.string(),
                                                      to_string(*(*closing)->ledger_id))};
  }
  return std::optional((*closing)->digest);
}

}  // namespace keyledger::ledger
