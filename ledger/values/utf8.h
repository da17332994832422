// Text as people write it: well-formed UTF-8 (RFC 3629) without control characters (U+0000 to U+001F, U+007F
// to U+009F). Pure.
#pragma once

#include <string_view>

namespace keyledger::ledger {

bool is_text_without_controls(std::string_view text);

}  // namespace keyledger::ledger
