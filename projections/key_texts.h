// KeyTexts: the properties of a key that are seldom read, encoded as bytes for a TextArena.
//
// The bytes are a varint and the name. If the key has any other text, there follow the description, the tags,
// the annotations, the limit and the allow-list, each preceded by its size or count (varints as in
// ledger/values/varint.h). Snapshots contain the bytes unchanged. Values; pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/events.h"

namespace keyledger::projections {

struct KeyTexts {
  std::string_view name;
  std::string_view description;
  std::vector<std::string> tags;
  std::vector<ledger::Annotation> annotations;
  std::optional<ledger::RateLimit> limit;
  std::vector<ledger::AddressRange> allow;
};

std::string encode_key_texts(const KeyTexts& texts);

// Returns views into `bytes`; nothing if `bytes` is not an output of encode_key_texts().
std::optional<KeyTexts> decode_key_texts(std::string_view bytes);

// Returns the name alone. `bytes` must be sound.
std::string_view name_in_key_texts(std::string_view bytes);

}  // namespace keyledger::projections
