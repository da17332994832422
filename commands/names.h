// What may be a name, a description, a tag. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace keyledger::commands {

// Well-formed UTF-8 without control characters.
bool is_plain_text(std::string_view text);

// In Unicode code points; `text` is plain.
std::size_t characters_in(std::string_view text);

// The name of an account, client or key: plain, 1 to `bytes_max` bytes, no '/', no blank at either end, and
// not of the form of an id, so that an id always means the entity that has it.
bool is_name(std::string_view text, std::size_t bytes_max);

}  // namespace keyledger::commands
