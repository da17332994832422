// Dumps of projects that are not as Knox's own example, through the real programs.
#ifndef KEYLEDGER_MEMORY_LOG_ONLY

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "ledger/values/key_digest.h"
#include "tests/ledger/file_damage.h"
#include "tests/support/daemon_process.h"
#include "tests/support/json_fields.h"
#include "tests/support/temp_directory.h"

namespace keyledger::tests {
namespace {

namespace json = boost::json;
using Arguments = CommandLine::Arguments;

const std::string kToken(64, '1');

std::string user(const std::string& model, const std::string& name) {
  return fmt::format(
      R"({{"model":"{}","pk":1,"fields":{{"username":"{}","is_staff":true,"is_active":true}}}})", model,
      name);
}

std::string token(const std::string& model, const std::string& created = "2026-10-02T09:00:00Z",
                  const std::string& expiry = "null") {
  return fmt::format(
      R"({{"model":"{}","pk":"{}","fields":{{"token_key":"{}","user":1,"created":"{}","expiry":{}}}}})",
      model, ledger::to_hex(ledger::knox5_digest(kToken).view()), kToken.substr(0, 15), created, expiry);
}

std::string dump_of(const std::string& user, const std::string& token) {
  return "[" + user + "," + token + "]";
}

// A daemon, and a person who imports dumps from standard input.
class Importer {
 public:
  json::value import(const std::string& dump, const Arguments& more = {}) const {
    return keyledger_.json(arguments(more), dump);
  }
  json::value refusal(const std::string& dump, const Arguments& more = {}) const {
    return keyledger_.refusal(arguments(more), 1, dump);
  }
  std::string reason(const std::string& presented) const {
    const Ending ending = keyledger_.run({"auth", "-"}, presented);
    return text_of(parse_json(ending.out), "reason");
  }
  const CommandLine& keyledger() const { return keyledger_; }
  const TempDirectory& directory() const { return directory_; }

 private:
  static Arguments arguments(const Arguments& more) {
    Arguments all = {"import", "django", "-"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  TempDirectory directory_;
  DaemonProcess daemon_{directory_ / "ledger"};
  CommandLine keyledger_{daemon_};
};

}  // namespace

TEST_CASE("A3: a dump with a user model or a token model of the project lets its tokens in") {
  for (const auto& [users, tokens] :
       std::vector<std::pair<std::string, std::string>>{{"accounts.user", "knox.authtoken"},
                                                        {"auth.user", "core.apptoken"},
                                                        {"accounts.user", "core.apptoken"}}) {
    const Importer importer;
    CHECK(number_of(importer.import(dump_of(user(users, "ann"), token(tokens))), "keys_added") == 1);
    CHECK(importer.reason(kToken) == "allowed");
  }
}

TEST_CASE("A3: a token of Django REST framework is let in, and is in no file of the ledger") {
  const std::string clear = "9944b09199c62bcf9418ad846dd0e4bbdfc6ee4b";
  const Importer importer;
  importer.import(dump_of(user("auth.user", "ann"),
                          fmt::format(R"({{"model":"authtoken.token","pk":"{}","fields":{{"user":1,)"
                                      R"("created":"2026-10-02T09:00:00Z"}}}})",
                                      clear)));
  CHECK(importer.reason(clear) == "allowed");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(importer.directory() / "ledger")) {
    if (!entry.is_regular_file()) continue;
    CHECK(read_file(entry.path().string()).find(clear) == std::string::npos);
  }
}

TEST_CASE("A4: times without an offset are refused until the zone is named") {
  const Importer importer;
  const std::string dump = dump_of(user("auth.user", "ann"),
                                   token("knox.authtoken", "2026-10-02T09:00:00", "\"2099-10-02T09:00:00\""));
  for (const Arguments& more : {Arguments{}, Arguments{"--dry-run"}}) {
    CHECK(text_of(importer.refusal(dump, more), "message").find("say which zone its TIME_ZONE names") !=
          std::string::npos);
  }
  const Ending unknown =
      importer.keyledger().run({"import", "django", "-", "--time-zone", "Asia/Tokio"}, dump);
  CHECK(unknown.status == 2);
  CHECK(unknown.err.find("\"Asia/Tokio\" is not the name of a time zone") != std::string::npos);
  if (!std::filesystem::exists("/usr/share/zoneinfo/Asia/Tokyo")) return;
  importer.import(dump, {"--time-zone", "Asia/Tokyo"});
  const json::value key = importer.keyledger().rows({"key", "list"}).at(0);
  CHECK(text_of(key, "expiry") == "2099-10-02T00:00:00.000000Z");
}

TEST_CASE("A5: the dry run and the import say the same of a username") {
  const Importer importer;
  std::string long_name;
  for (int i = 0; i < 76; ++i) long_name += "é";
  const std::string good = dump_of(user("auth.user", long_name), token("knox.authtoken"));
  CHECK(number_of(importer.import(good, {"--dry-run"}), "users") == 1);
  CHECK(number_of(importer.import(good), "users_added") == 1);
  CHECK(text_of(importer.keyledger().rows({"user", "list"}).at(0), "username") == long_name);
  const std::string bad = dump_of(user("auth.user", std::string(255, 'x')), token("knox.authtoken"));
  const json::value dry = importer.refusal(bad, {"--dry-run"});
  CHECK(dry == importer.refusal(bad));
  CHECK(text_of(dry, "message")
            .find("standard input: object 1 (auth.user, line 1): field \"username\": is "
                  "longer than 254 characters") != std::string::npos);
}

TEST_CASE("A6: standard input is one file of an import, and is read once") {
  const Importer importer;
  const std::string file = (importer.directory() / "more.json").string();
  write_file(file, "[" + user("auth.user", "bob") + "]");
  const json::value done = importer.import(
      dump_of(user("auth.user", "ann"), token("knox.authtoken") + R"(,{"model":"a.b","fields":{}})"), {file});
  CHECK(number_of(done, "files") == 2);
  CHECK(number_of(done, "users_added") == 2);
  CHECK(number_of(field_of(done, "ignored"), "a.b") == 1);
  CHECK(importer.reason(kToken) == "allowed");
  bool names_both = false;
  for (const json::value& row : importer.keyledger().rows({"history"})) {
    names_both = names_both || text_of(row, "actor").find("standard input, more.json") != std::string::npos;
  }
  CHECK(names_both);
  const Ending twice = importer.keyledger().run({"import", "django", "-", "-"}, "[]");
  CHECK(twice.status == 2);
  CHECK(twice.err.find("standard input can be read once") != std::string::npos);
}

TEST_CASE("A6: what the ledger has no place for is counted, and named") {
  const Importer importer;
  const std::string rich =
      R"({"model":"auth.user","pk":1,"fields":{"username":"ann","is_staff":true,"is_active":true,)"
      R"("is_superuser":true,"email":"ann@example.com","first_name":"Ann","last_name":"A"}})";
  const json::value done = importer.import(dump_of(rich, token("knox.authtoken")));
  CHECK(number_of(done, "unmapped_count") == 4);
  std::vector<std::string> fields;
  for (const json::value& row : field_of(done, "unmapped").as_array())
    fields.push_back(text_of(row, "field"));
  CHECK(fields == std::vector<std::string>{"email", "first_name", "is_superuser", "last_name"});
}

TEST_CASE("A7: a token of any form is let in by its digest, also after a start from a snapshot") {
  const TempDirectory directory;
  const std::string foreign = "sk-live_0123 456789";
  {
    const DaemonProcess daemon(directory / "ledger");
    const CommandLine keyledger(daemon);
    std::string batch = R"({"command":"account.open","number":"1234-5678-9012","name":"Example"})"
                        "\n"
                        R"({"command":"user.add","account":"1234-5678-9012","username":"alice"})"
                        "\n";
    int number = 0;
    for (const auto& digest : {ledger::sha256_digest(foreign), ledger::knox5_digest("sha512 " + foreign)}) {
      batch +=
          fmt::format(R"({{"record":"key","key_id":"3ea08458-da3e-41ac-b8e1-ac0176824b0{}","owner":"alice",)"
                      R"("account":"1234-5678-9012","name":"k{}","description":"","tags":[],)"
                      R"("annotations":{{}},"created":"2026-01-01T00:00:00Z","expiry":null,"active":true,)"
                      R"("deleted":false,"last_used":null,"rate_limit":null,"allow":[],"clients":[],)"
                      R"("digests":[{{"scheme":"{}","digest":"{}"}}]}})"
                      "\n",
                      number, number, name_of(digest.scheme), ledger::to_hex(digest.view()));
      ++number;
    }
    keyledger.text({"apply", "-f", "-"}, batch);
    CHECK(flag_of(keyledger.json({"auth", "-"}, foreign), "allowed"));
    CHECK(flag_of(keyledger.json({"auth", "-"}, "sha512 " + foreign), "allowed"));
    CHECK(text_of(keyledger.json({"auth", "-"}, foreign + "0", 1), "reason") == "unknown");
  }
  const DaemonProcess again(directory / "ledger");
  const CommandLine keyledger(again);
  CHECK(flag_of(keyledger.json({"auth", "-"}, foreign), "allowed"));
  const Ending shown =
      keyledger.run({"apply", "-f", "-", "--dry-run"},
                    R"({"command":"key.import","account":"1234-5678-9012","username":"alice",)"
                    R"("name":"n","created":"2026-01-01","token":"sk-never-shown-1234"})");
  CHECK(shown.status == 0);
  CHECK((shown.out + shown.err).find("sk-never-shown") == std::string::npos);
}

}  // namespace keyledger::tests

#endif
