// Rules for names, descriptions and tags. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace keyledger::commands {

// True for well-formed UTF-8 without control characters.
bool is_plain_text(std::string_view text);

// Returns the number of Unicode code points; `text` must be plain.
std::size_t characters_in(std::string_view text);

// True for a valid name of an account, client or key: plain, 1 to `bytes_max` bytes, no '/', no blank at
// either end, and without the form of an id, so that an id always means the entity with this id.
bool is_name(std::string_view text, std::size_t bytes_max);

// Returns the name with the suffix. Cuts the name between two characters, so that the result has at most
// kNameBytesMax bytes.
std::string with_suffix(std::string_view name, std::string_view suffix);

// True for a text that an import accepts as a username: plain, 1 to kUsernameCharactersMax characters. Other
// systems allow '/' and blanks, so that a new user of this ledger must also satisfy is_name().
bool is_username(std::string_view text);

}  // namespace keyledger::commands
