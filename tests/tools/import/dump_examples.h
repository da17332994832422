// Small dumps written object by object, and the results of reading them, for the tests of the dump reader.
#pragma once

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/import/django_dump.h"

namespace keyledger::tools::import::dump_examples {

constexpr const char* kAccount = "0000-0000-0000";

// Read dumps for the account kAccount; generated ids of keys count up from 1.
inline ledger::Result<DjangoDump> read_dumps(const std::vector<DumpFile>& files,
                                             const DumpChoices& choices = {}, const DumpLimits& limits = {}) {
  std::uint8_t next = 0;
  const auto new_key_id = [&next] {
    ledger::KeyId id;
    id.uuid.data[15] = ++next;
    return id;
  };
  return read_django_dumps(files, kAccount, new_key_id, choices, limits);
}

inline ledger::Result<DjangoDump> read_dump(const std::string& text, const DumpChoices& choices = {}) {
  return read_dumps({{"dump.json", text}}, choices);
}

// Returns the message of the refusal.
inline std::string refusal_of(const std::vector<DumpFile>& files, const DumpChoices& choices = {},
                              const DumpLimits& limits = {}) {
  const auto dump = read_dumps(files, choices, limits);
  REQUIRE_FALSE(dump.ok());
  CHECK(dump.error().code == ledger::ErrorCode::kInputInvalid);
  return dump.error().detail;
}

inline std::string refusal_of(const std::string& text, const DumpChoices& choices = {}) {
  return refusal_of({{"dump.json", text}}, choices);
}

// Return the objects of a small dump.
inline std::string user_object(std::string_view pk, std::string_view fields) {
  return fmt::format(R"({{"model": "auth.user", "pk": {}, "fields": {{{}}}}})", pk, fields);
}
inline std::string good_user(std::string_view pk = "1", std::string_view name = "ada") {
  return user_object(
      pk,
      fmt::format(R"("password": "!hidden", "username": "{}", "is_staff": true, "is_active": true)", name));
}
inline std::string digest_text(char digit = 'a') { return std::string(128, digit); }
inline std::string token_object(std::string_view digest, std::string_view fields) {
  return fmt::format(R"({{"model": "knox.authtoken", "pk": "{}", "fields": {{{}}}}})", digest, fields);
}
constexpr std::string_view kGoodToken =
    R"("token_key": "5ec4e7c0ffee123", "user": 1, "created": "2025-10-11T04:22:38.767Z", "expiry": null)";
inline std::string good_token(char digit = 'a') { return token_object(digest_text(digit), kGoodToken); }

// Returns a dump with one object on each line, from line 2.
inline std::string dump_of(const std::vector<std::string>& objects) {
  std::string text = "[\n";
  for (std::size_t i = 0; i < objects.size(); ++i)
    text += objects[i] + (i + 1 < objects.size() ? ",\n" : "\n");
  return text + "]\n";
}

inline std::string refusal_of_token(std::string_view fields) {
  return refusal_of(dump_of({good_user(), token_object(digest_text(), fields)}));
}

}  // namespace keyledger::tools::import::dump_examples
