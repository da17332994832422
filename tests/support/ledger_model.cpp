// Texts and lookups of the model.
#include "tests/support/ledger_model.h"

#include <algorithm>
#include <limits>

namespace keyledger::tests {

bool model_is_text(const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool is_ascii = byte >= 0x20 && byte < 0x7f;
    // Beyond ASCII, LedgerDice draws only letters of Latin-1.
    const bool is_letter = byte == 0xc3 && i + 1 < text.size() && (text[i + 1] & 0xc0) == 0x80;
    if (!is_ascii && !is_letter) return false;
    if (is_letter) ++i;
  }
  return true;
}

bool model_is_uuid(const std::string& text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? text[i] != '-' : std::string("0123456789abcdefABCDEF").find(text[i]) == text.npos)
      return false;
  }
  return true;
}

bool model_is_name(const std::string& text, std::size_t bytes_max) {
  return !text.empty() && text.size() <= bytes_max && model_is_text(text) && !text.starts_with(' ') &&
         !text.ends_with(' ') && text.find('/') == text.npos && !model_is_uuid(text);
}

bool model_is_username(const std::string& text) {
  std::size_t characters = 0;
  for (const char c : text) characters += (static_cast<unsigned char>(c) & 0xc0) == 0x80 ? 0 : 1;
  return !text.empty() && characters <= 254 && model_is_text(text);
}

bool model_is_account_number(const std::string& text) {
  if (text.size() != 14) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i % 5 == 4 ? text[i] != '-' : text[i] < '0' || text[i] > '9') return false;
  }
  return true;
}

std::string model_lower_case(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

// ---- Looking things up ----

const LedgerModel::Account* LedgerModel::account(const std::string& number) const {
  const auto found = std::ranges::find(accounts_, number, &Account::number);
  return found == accounts_.end() ? nullptr : &*found;
}

const LedgerModel::User* LedgerModel::user(const std::string& username) const {
  const auto found = std::ranges::find(users_, username, &User::username);
  return found == users_.end() ? nullptr : &*found;
}

const LedgerModel::Key* LedgerModel::key(const std::string& id) const {
  const auto found = std::ranges::find(keys_, id, &Key::id);
  return found == keys_.end() ? nullptr : &*found;
}

LedgerModel::Account* LedgerModel::account(const std::string& number) {
  return const_cast<Account*>(std::as_const(*this).account(number));
}

LedgerModel::User* LedgerModel::user(const std::string& username) {
  return const_cast<User*>(std::as_const(*this).user(username));
}

bool LedgerModel::is_closed(const std::string& number) const {
  const Account* found = account(number);
  return found != nullptr && found->closed;
}

bool LedgerModel::is_member(const std::string& username, const std::string& number) const {
  const User* found = user(username);
  return found != nullptr && std::ranges::find(found->accounts, number) != found->accounts.end();
}

}  // namespace keyledger::tests
