#include "ledger/values/key_digest.h"

#include <openssl/evp.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace keyledger::ledger {
namespace {

const std::string kV6 = "865aca21c81b492c2738ffa4e82d03d722ae9563dc5b3dcfb4b4ad0de1843788";
const std::string kV6Upper = "865ACA21C81B492C2738FFA4E82D03D722AE9563DC5B3DCFB4B4AD0DE1843788";

struct Answer {
  std::string scheme;
  std::string salt;
  std::string token;
  std::string digest;
};

std::vector<Answer> known_answers() {
  std::ifstream file(std::filesystem::path(KEYLEDGER_TEST_DATA) / "golden" / "knox_digests.txt");
  std::string comment;
  std::getline(file, comment);
  std::vector<Answer> answers;
  for (Answer answer; file >> answer.scheme >> answer.salt >> answer.token >> answer.digest;) {
    answers.push_back(answer);
  }
  return answers;
}

std::optional<KeyDigest> digest_of(const Answer& question) {
  const auto scheme = parse_digest_scheme(question.scheme);
  REQUIRE(scheme);
  if (*scheme == DigestScheme::kKnox5) return knox5_digest(question.token);
  if (*scheme == DigestScheme::kKnox4) return knox4_digest(question.token);
  REQUIRE(*scheme == DigestScheme::kKnoxSalted);
  Salt salt{};
  REQUIRE(from_hex(question.salt, salt));
  return knox_salted_digest(question.token, salt);
}

std::string hex_of(const KeyDigest& digest) { return to_hex(digest.view()); }

}  // namespace

TEST_CASE("the digests of Knox's schemes are the ones that Knox stores") {
  const std::vector<Answer> answers = known_answers();
  CHECK(answers.size() == 29);
  for (const Answer& answer : answers) {
    CAPTURE(answer.scheme, answer.salt, answer.token);
    const auto digest = digest_of(answer);
    REQUIRE(digest);
    CHECK(name_of(digest->scheme) == answer.scheme);
    CHECK(hex_of(*digest) == answer.digest);
  }
}

TEST_CASE("the digests of short inputs are those of FIPS 180-4") {
  CHECK(hex_of(sha256_digest("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex_of(knox5_digest("")).starts_with("cf83e1357eefb8bdf1542850d66d8007"));
}

TEST_CASE("a digest is OpenSSL's, whether a token ends in its first block or behind it") {
  constexpr std::size_t kMoreThanTwoBlocks = 130;
  std::string token;
  while (token.size() < kMoreThanTwoBlocks) {
    CAPTURE(token.size());
    std::array<std::uint8_t, 32> expected{};
    REQUIRE(EVP_Digest(token.data(), token.size(), expected.data(), nullptr, EVP_sha256(), nullptr) == 1);
    CHECK(hex_of(sha256_digest(token)) == to_hex(expected));
    token.push_back(static_cast<char>('A' + token.size() % 26));
  }
}

TEST_CASE("a digest of another algorithm is another digest") {
  CHECK(!hex_of(knox5_digest(kV6)).starts_with("17b10d8253e90c03d4816f5ae17af6af"));  // SHA3-512
  CHECK(hex_of(knox5_digest(kV6)) != hex_of(*knox4_digest(kV6)));
  CHECK(hex_of(*knox_salted_digest(kV6, Salt{})) != hex_of(*knox4_digest(kV6)));
}

TEST_CASE("hexadecimal schemes ignore the case of the digits, the others do not") {
  CHECK(knox4_digest(kV6) == knox4_digest(kV6Upper));
  CHECK(knox_salted_digest(kV6, Salt{1}) == knox_salted_digest(kV6Upper, Salt{1}));
  CHECK(!(knox5_digest(kV6) == knox5_digest(kV6Upper)));
}

TEST_CASE("what is not hexadecimal has no digest of the hexadecimal schemes") {
  const std::string token = GENERATE(as<std::string>{}, "TEST_" + kV6, "smtr_live_" + kV6, "sk-" + kV6,
                                     kV6 + "1", "0g", std::string(130, '0'));
  CAPTURE(token);
  CHECK(!knox4_digest(token));
  CHECK(!knox_salted_digest(token, Salt{}));
}

TEST_CASE("digests are equal if scheme, salt, bucket and bytes are") {
  const KeyDigest digest = *knox_salted_digest(kV6, Salt{1, 2});
  KeyDigest other = digest;
  CHECK(digest == other);
  SECTION("salt") { other.salt[7] = 1; }
  SECTION("bucket") { other.bucket = 0; }
  SECTION("bytes") { other.bytes[63] ^= 1; }
  SECTION("scheme") { other.scheme = DigestScheme::kKnox4; }
  CHECK(!(digest == other));
}

TEST_CASE("the bucket of a salted token does not depend on the case of its digits") {
  CHECK(salted_bucket("865aca21") == salted_bucket("865ACA21"));
  CHECK(salted_bucket("865aca21") == 2226);  // Python: hashlib.sha256(b"865aca21").digest()[:2]
  CHECK(salted_bucket("865aca22") != salted_bucket("865aca21"));
}

TEST_CASE("people see the last four digits of a digest") {
  const KeyDigest digest = knox5_digest(kV6);
  CHECK(masked_identifier(digest) == "****" + hex_of(digest).substr(124));
  CHECK(masked_identifier(sha256_digest("abc")) == "****15ad");
}

TEST_CASE("schemes are named, and names are read back") {
  for (std::size_t number = 0; number < kDigestSchemes; ++number) {
    const auto scheme = static_cast<DigestScheme>(number);
    CHECK(parse_digest_scheme(name_of(scheme)) == scheme);
    CHECK(digest_size(scheme) == (scheme == DigestScheme::kSha256 ? 32U : 64U));
  }
  CHECK(!parse_digest_scheme("md5"));
  CHECK(!parse_digest_scheme(""));
}

TEST_CASE("hexadecimal text is read if it fills its place exactly") {
  std::array<std::uint8_t, 2> bytes{};
  CHECK(from_hex("0aFf", bytes));
  CHECK(to_hex(bytes) == "0aff");
  const std::string text = GENERATE("", "0aF", "0aFf0", "0aFg", "0x0a", " 0aF");
  CHECK(!from_hex(text, bytes));
}

}  // namespace keyledger::ledger
