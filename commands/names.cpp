#include "commands/names.h"

#include <algorithm>

#include "commands/decision.h"
#include "ledger/values/entity_ids.h"
#include "ledger/values/utf8.h"

namespace keyledger::commands {

bool is_plain_text(std::string_view text) { return ledger::is_text_without_controls(text); }

std::size_t characters_in(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

bool is_name(std::string_view text, std::size_t bytes_max) {
  return !text.empty() && text.size() <= bytes_max && is_plain_text(text) && text.front() != ' ' &&
         text.back() != ' ' && text.find('/') == std::string_view::npos && !ledger::parse_uuid(text);
}

std::string with_suffix(std::string_view name, std::string_view suffix) {
  return std::string(ledger::first_bytes(name, kNameBytesMax - suffix.size())).append(suffix);
}

bool is_username(std::string_view text) {
  return !text.empty() && text.size() <= kUsernameBytesMax && is_plain_text(text) &&
         characters_in(text) <= kUsernameCharactersMax;
}

}  // namespace keyledger::commands
