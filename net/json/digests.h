// Reads the digest of a token from JSON: {"scheme": "sha256", "digest": "9f86…"}.
//
// Strict and pure, like net/json/commands.h.
#pragma once

#include "ledger/values/key_digest.h"

namespace keyledger::net {

class FieldReader;

// Reads exactly the fields that the scheme has, and notes every mistake in `fields`. A digest is hexadecimal,
// or base64 in the standard or the URL-safe alphabet (RFC 4648), as other systems store digests.
ledger::KeyDigest digest_of(FieldReader& fields);

}  // namespace keyledger::net
