// Parts B and D: tokens, their digests and their verification.
#include "ledger/values/key_digest.h"
#include "ledger/values/token.h"
#include "tests/cases/case_ledger.h"

namespace keyledger::tests {
namespace {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every case

const std::string kV6 = "865aca21c81b492c2738ffa4e82d03d722ae9563dc5b3dcfb4b4ad0de1843788";
const std::string kV6Upper = "865ACA21C81B492C2738FFA4E82D03D722AE9563DC5B3DCFB4B4AD0DE1843788";

std::string hex(const KeyDigest& digest) { return to_hex(digest.view()); }

// Imports a key of ada with this digest.
void import_key(CaseLedger& given, const KeyDigest& digest, const std::string& name) {
  commands::ImportKeys import{.account = CaseLedger::kAccount};
  import.keys.push_back(
      {.username = "ada",
       .base_name = name,
       .digest = digest,
       .created = given.clock.now(),
       .active = ActiveFlag::kActive,
       .new_key_id = Story::key_id_of(KeyNumber{static_cast<std::uint32_t>(900 + name.size())})});
  given.run(import);
}

}  // namespace

TEST_CASE("B1: a token is its prefix and 49 base62 digits from 32 random bytes") {
  TokenEntropy entropy{};
  entropy.fill(0x5a);
  const Secret token = make_token(kTokenPrefix, entropy);
  CHECK(token.expose().size() == 52);
  CHECK(token.expose().starts_with("kl_"));
  CHECK(token.expose().substr(3).find_first_not_of(
            "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == std::string_view::npos);
}

TEST_CASE("B2, B4: a knox5 digest is of the bytes of the text as they are") {
  CHECK(hex(knox5_digest("test123")).starts_with("daef4953b9783365cad6615223720506"));
  CHECK(hex(knox5_digest("test@#$%")).starts_with("802ec18c303f6bfc9e23afdef24b59cd"));
}

TEST_CASE("B5: a knox5 digest has 128 hexadecimal digits, the known ones") {
  CHECK(hex(knox5_digest("abcdef1234567890")) ==
        "0332ea992739e7467276716cb5f013dadb207d06a09daa43561a053e3758283efd04d4ed07d5c7bf465c3477a99846de71eb"
        "d7cc87bd1f6cc7bdaa68b8f59874");
}

TEST_CASE("B7: a knox4 digest is of the unhexed token, and a prefixed token has none") {
  CHECK(hex(*knox4_digest(kV6))
            .starts_with("da5a33b72a6f83e79be88da8bc4a0d64438770ed753e4517af81c2e84fc648e3"));
  CHECK_FALSE(knox4_digest("TEST_" + kV6).has_value());
  CHECK_FALSE(knox4_digest("smtr_live_" + kV6).has_value());
  CHECK_FALSE(knox4_digest("sk-" + kV6).has_value());
}

TEST_CASE("B8: a salted digest depends on the salt") {
  const Salt counting{0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77};
  const Salt ones{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  CHECK(hex(*knox_salted_digest(kV6, counting))
            .starts_with("7ffffd0b594f4548319b80aaff1c735d290c2ea093da0e42"));
  CHECK(
      hex(*knox_salted_digest(kV6, ones)).starts_with("c0c7aa4c62dae6f62d7e5c68098642cd50075ebcf1db280942"));
}

TEST_CASE("B9: upper case is another token to knox5 and the same to knox4") {
  CHECK_FALSE(knox5_digest(kV6) == knox5_digest(kV6Upper));
  CHECK(*knox4_digest(kV6) == *knox4_digest(kV6Upper));
}

TEST_CASE("B10: a prefix of up to ten characters begins the token and lengthens it by as much") {
  const std::string prefix = GENERATE("k", "abcd_", "smtr_live_");
  REQUIRE(is_token_prefix(prefix));
  const Secret token = make_token(prefix, TokenEntropy{});
  CHECK(token.expose().starts_with(prefix));
  CHECK(token.expose().size() == prefix.size() + 49);
}

TEST_CASE("B11, B12: a prefix of eleven characters or more is refused, in Knox's words") {
  const std::string prefix = GENERATE(std::string(11, 'p'), std::string(25, 'p'));
  CHECK_FALSE(is_token_prefix(prefix));
  CHECK(Refusal{RefusalCode::kPrefixInvalid, ""}.message() == "Illegal TOKEN_PREFIX length");
}

TEST_CASE("B15: what is stored of a token is its digest, and no part of it") {
  CaseLedger given;
  const std::string token = given.create("ci");
  const auto created = std::get<KeyCreated>(given.records().back().events.at(0));
  CHECK(created.details.digest == sha256_digest(token));
  CHECK(given.key_named("ci").masked == "****" + to_hex(created.details.digest.view()).substr(60));
}

TEST_CASE("B16: an expiry ten hours from now is stored as that") {
  CaseLedger given;
  given.create("ci", later_by(given.clock.now(), 10 * kHour));
  CHECK(given.expiry_of("ci") == later_by(given.clock.now(), 10 * kHour));
}

TEST_CASE("B18: two keys have two digests") {
  CaseLedger given;
  given.create("one");
  given.create("two");
  CHECK(given.catalog().keys() == 2);
  CHECK(given.key_named("one").masked != given.key_named("two").masked);
}

TEST_CASE("B20: the scheme is kept with every key") {
  CaseLedger given;
  given.create("native");
  import_key(given, knox5_digest(kV6), "knox");
  CHECK(given.key_named("native").scheme == DigestScheme::kSha256);
  CHECK(given.key_named("knox").scheme == DigestScheme::kKnox5);
}

TEST_CASE("D1: fourteen ones are no token") {
  CaseLedger given;
  import_key(given, knox5_digest(kV6), "knox");
  CHECK(given.told("11111111111111") == "Invalid token.");
}

TEST_CASE("D2: a valid token with one more character is refused as any other") {
  CaseLedger given;
  const auto digest = GENERATE(knox5_digest(kV6), *knox4_digest(kV6));
  import_key(given, digest, "knox");
  CHECK(given.lets_in(kV6));
  CHECK(given.told(kV6 + "1") == "Invalid token.");
}

TEST_CASE("D5: the first fifteen characters are no token") {
  CaseLedger given;
  import_key(given, knox5_digest(kV6), "knox");
  CHECK(given.told(kV6.substr(0, 15)) == "Invalid token.");
}

TEST_CASE("D7, D8: tokens that begin alike are each their own key") {
  CaseLedger given;
  const std::string twin = kV6.substr(0, 40) + std::string(24, 'a');
  import_key(given, knox5_digest(kV6), "knox");
  import_key(given, knox5_digest(twin), "twin_key");
  CHECK(given.use(kV6).key == given.number_of("knox"));
  CHECK(given.use(twin).key == given.number_of("twin_key"));
}

TEST_CASE("D9: the key of an inactive user is refused, in Knox's words") {
  CaseLedger given;
  const std::string token = given.create("ci");
  given.run(commands::SetUser{.username = "ada", .active = ActiveFlag::kInactive});
  CHECK(given.told(token) == "User inactive or deleted.");
}

TEST_CASE("D13: keys of several schemes live side by side, and none is taken for another") {
  CaseLedger given;
  const std::string old_token(64, 'f');
  import_key(given, *knox4_digest(old_token), "knox4");
  import_key(given, knox5_digest(kV6), "knox5x");
  CHECK(given.use(old_token).key == given.number_of("knox4"));
  CHECK(given.use(kV6).key == given.number_of("knox5x"));
  CHECK_FALSE(given.lets_in(std::string(64, 'F') + "0"));
  CHECK(given.lets_in(std::string(64, 'F')));  // knox4 ignores case
  CHECK_FALSE(given.lets_in(kV6Upper));        // knox5 does not
}

// No part of a secret is ever shown; masking is not a setting.
TEST_CASE("Q2, Q4, Q5, Q6: what is shown of a key are four digits of its digest, whatever the secret") {
  for (const char* token : {"supersecretpassword", "abcd", "secret", "x"}) {
    const std::string masked = masked_identifier(sha256_digest(token));
    CHECK(masked.size() == 8);
    CHECK(masked.starts_with("****"));
    CHECK(masked.substr(4) == hex(sha256_digest(token)).substr(60));
  }
}

}  // namespace keyledger::tests
