#include "tools/apply/clear_token.h"

#include <fmt/format.h>

#include "ledger/values/key_digest.h"
#include "ledger/values/secret.h"
#include "ledger/values/token.h"

namespace keyledger::tools::apply {

using ledger::DigestScheme;
using ledger::KeyDigest;

namespace {

bool is_text(const boost::json::value* value, std::string_view text) {
  return value != nullptr && value->is_string() && std::string_view(value->get_string()) == text;
}

std::optional<KeyDigest> digest_of(std::string_view token, DigestScheme scheme) {
  switch (scheme) {
    case DigestScheme::kSha256:
      return ledger::sha256_digest(token);
    case DigestScheme::kKnox5:
      return ledger::knox5_digest(token);
    case DigestScheme::kKnox4:
    case DigestScheme::kKnoxSalted:
      return std::nullopt;
  }
  return std::nullopt;
}

// Returns the scheme in the field; nothing if the field holds no scheme.
std::optional<DigestScheme> scheme_in(const boost::json::object& entry) {
  const auto* named = entry.if_contains("scheme");
  if (named == nullptr) return DigestScheme::kSha256;
  return named->is_string() ? ledger::parse_digest_scheme(named->get_string()) : std::nullopt;
}

}  // namespace

std::optional<std::string> hash_clear_token(boost::json::object& entry) {
  auto* token = entry.if_contains("token");
  if (token == nullptr || !is_text(entry.if_contains("command"), "key.import")) return std::nullopt;
  if (entry.contains("digest")) return "takes \"token\" or \"digest\", not both";
  if (!token->is_string()) return "\"token\" takes a text";
  auto& text = token->get_string();
  if (ledger::shape_of(text) == ledger::TokenShape::kUnusable) {
    return fmt::format("\"token\" takes 1 to {} bytes without control characters",
                       ledger::Secret::kLengthMax);
  }
  const auto scheme = scheme_in(entry);
  const auto digest = scheme ? digest_of(text, *scheme) : std::nullopt;
  if (!digest) return "\"scheme\" takes \"sha256\" or \"sha512\" for a token in clear";
  ledger::cleanse(text.data(), text.size());
  entry.erase("token");
  entry["scheme"] = ledger::name_of(digest->scheme);
  entry["digest"] = ledger::to_hex(digest->view());
  return std::nullopt;
}

}  // namespace keyledger::tools::apply
