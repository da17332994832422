// KeyTexts: what is said of a key, and seldom asked; as bytes, for a TextArena.
//
// The bytes are a varint and the name; behind them, unless nothing else is said: the description, the tags,
// the annotations, the limit and the allow-list, each with its size or count before it (varints as in
// ledger/values/varint.h). They go into snapshots as they are. Values; pure functions.
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

// Views into `bytes`. Nothing if they are not what encode_key_texts() gives.
std::optional<KeyTexts> decode_key_texts(std::string_view bytes);

// The name alone, of bytes that are sound.
std::string_view name_in_key_texts(std::string_view bytes);

}  // namespace keyledger::projections
