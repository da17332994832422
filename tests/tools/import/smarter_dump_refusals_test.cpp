// The refusals of a Smarter dump, and their messages.
#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tests/tools/import/smarter_examples.h"

namespace keyledger::tools::import {
namespace {

using namespace smarter_examples;
using Cases = std::vector<std::pair<std::string, std::string>>;

// Each object is the seventh of its dump, after the objects of people().
void check_refusals(const Cases& cases) {
  for (const auto& [object, expected] : cases) {
    CAPTURE(object);
    CHECK(refusal_of(dump_with({object})) == "dump.json: object 7 (" + expected);
  }
}

TEST_CASE("an account that is not as Smarter makes them is refused with its field") {
  const std::string place = "account.account, line 8): ";
  const std::string number = place + R"(field "account_number": is not an account number, dddd-dddd-dddd)";
  check_refusals({
      {account("3", "3333"), number},
      {account("3", "3333-3333-3333\\n"), number},
      {account("3", "", R"("account_number": null)"), number},
      {account("3", "3333-3333-3333", R"("account_number": 5)"), number},
      {account("3", "3333-3333-3333", R"("company_name": 5)"),
       place + R"(field "company_name": is not a text)"},
      {account("3", "3333-3333-3333", R"("company_name": "", "name": [])"),
       place + R"(field "name": is not a text)"},
      {account("3", "3333-3333-3333", R"("is_active": null)"),
       place + R"(field "is_active": is not true or false)"},
      {account("null", "3333-3333-3333"), place + R"("pk" is neither an integer nor a text)"},
      {account("[\"x\"]", "3333-3333-3333"), place + R"("pk" is neither an integer nor a text)"},
      {account("3", kFirst), place + R"(field "account_number": "1111-1111-1111" occurs twice)"},
      {account("2", "3333-3333-3333"),
       place + "its primary key is also that of dump.json: object 4 (account.account, "
               "line 5), which has other values"},
  });
}

TEST_CASE("a profile that is not complete, or of nobody, is refused") {
  const std::string place = "account.userprofile, line 8): ";
  const std::string hint = ": dump auth.user account knox.authtoken drf llm_client into one file";
  check_refusals({
      {profile("3", "1", "1", R"("user": "absent")"), place + R"(field "user": is missing)"},
      {profile("3", "null", "1"), place + R"(field "user": is neither a primary key nor [username])"},
      {profile("3", "1", "null"),
       place + R"(field "account": is neither a primary key nor [account number])"},
      {profile("3", "9", "1"),
       place + R"(field "user": this file has no auth.user with the primary key "9")" + hint},
      {profile("3", "1", "9"),
       place + R"(field "account": this file has no account.account with the primary key "9")" + hint},
      {profile("3", "1", "\"1\""),
       place + R"(field "account": this file has no account.account with the primary key "1")" + hint},
      {profile("3", R"(["eve"])", "1"),
       place + R"(field "user": this file has no auth.user with the name "eve")"},
      {profile("3", "1", R"(["9999-9999-9999"])"),
       place + R"(field "account": this file has no account.account with the name "9999-9999-9999")"},
      {profile("2", "1", "1"),
       place + "its primary key is also that of dump.json: object 6 (account.userprofile, line "
               "7), which has other values"},
  });
}

TEST_CASE("a Smarter key that is not as Smarter makes them is refused with its field") {
  const std::string place = "drf.smarterauthtoken, line 8): ";
  const auto changed = [](const std::string& changes) { return smarter_token('a', "1", changes); };
  check_refusals({
      {changed(R"("key_id": "absent")"), place + R"(field "key_id": is missing)"},
      {changed(R"("key_id": 5)"), place + R"(field "key_id": is not a UUID)"},
      {changed(R"("key_id": "3ea08458da3e41acb8e1ac0176824b01")"),
       place + R"(field "key_id": is not a UUID)"},
      {changed(R"("key_id": "00000000-0000-0000-0000-000000000000")"),
       place + R"(field "key_id": is not a UUID)"},
      {changed(R"("is_active": "absent")"), place + R"(field "is_active": is missing)"},
      {changed(R"("is_active": 1)"), place + R"(field "is_active": is not true or false)"},
      {changed(R"("last_used_at": 5)"), place + R"(field "last_used_at": is not a time)"},
      {changed(R"("last_used_at": "never")"), place + R"(field "last_used_at": "never" is not a time)"},
      {changed(R"("name": 5)"), place + R"(field "name": is not a text)"},
      {changed(R"("description": ["x"])"), place + R"(field "description": is not a text)"},
      {changed(R"("version": 1.5)"), place + R"(field "version": is not a text)"},
      {changed(R"("tags": "prod")"), place + R"(field "tags": is neither a list nor an object)"},
      {changed(R"("annotations": true)"), place + R"(field "annotations": is neither a list nor an object)"},
      {changed(R"("annotations": [")" + std::string(std::size_t{1} << 20, 'x') + "\"]"),
       place + R"(field "annotations": is larger than 1048576 bytes)"},
      {changed(R"("user_profile": null)"),
       place + R"(field "user_profile": is neither an integer nor a text)"},
      {changed(R"("user_profile": ["ada"])"),
       place + R"(field "user_profile": is neither an integer nor a text)"},
      {dump_object("drf.smarterauthtoken", "\"aa\"", "{}"),
       place + R"("pk" is not a digest of 128 hexadecimal digits)"},
      {smarter_token('a', "1"),
       place + "this file has no knox.authtoken with its primary key: dump knox.authtoken, too"},
  });
}

TEST_CASE("a Smarter key of a profile that is missing or occurs twice is refused") {
  CHECK(refusal_of(dump_with({knox_token('a', "1"), smarter_token('a', "9")})) ==
        "dump.json: object 8 (drf.smarterauthtoken, line 9): field \"user_profile\": this file has no "
        "account.userprofile with the primary key \"9\": dump auth.user account knox.authtoken drf "
        "llm_client into one "
        "file");
  CHECK(refusal_of(dump_with({knox_token('a', "1"), smarter_token('a', "1"),
                              smarter_token('a', "1", R"("is_active": false)")})) ==
        "dump.json: object 9 (drf.smarterauthtoken, line 10): its primary key is also that of dump.json: "
        "object 8 "
        "(drf.smarterauthtoken, line 9), which has other values");
  const std::string same_id = "\"key_id\": \"" + id_text('a') + "\"";
  CHECK(refusal_of(dump_with({knox_token('a', "1"), knox_token('b', "1"), smarter_token('a', "1"),
                              smarter_token('b', "1", same_id)})) ==
        "dump.json: object 10 (drf.smarterauthtoken, line 11): field \"key_id\": " + id_text('a') +
            " is also that of dump.json: object 9 (drf.smarterauthtoken, line 10)");
}

TEST_CASE("without Smarter's own rows nothing says which keys are active") {
  CHECK(refusal_of(dump_with({knox_token('a', "1")})) ==
        "dump.json: object 7 (knox.authtoken, line 8): comes from a dump of Smarter without "
        "drf.smarterauthtoken, which says whether a key is active: dump drf, too");
}

TEST_CASE("a client that is of nobody, or not as Smarter makes them, is refused") {
  const std::string place = "llm_client.llmclient, line 8): ";
  const auto bot = [](const std::string& fields) {
    return dump_object("llm_client.llmclient", "3", "{" + fields + "}");
  };
  check_refusals({
      {bot(R"("user_profile": 1, "name": 5)"), place + R"(field "name": is not a text)"},
      {bot(R"("name": "bot")"), place + R"(field "user_profile": is missing)"},
      {bot(R"("name": "bot", "user_profile": null)"),
       place + R"(field "user_profile": is neither an integer nor a text)"},
      {client("3", "9", "bot"),
       place +
           "field \"user_profile\": this file has no account.userprofile with the primary key \"9\": dump "
           "auth.user account knox.authtoken drf llm_client into one file"},
      {bot(R"("name": "bot", "account": 9)"),
       place +
           "field \"account\": this file has no account.account with the primary key \"9\": dump auth.user "
           "account knox.authtoken drf llm_client into one file"},
  });
}

TEST_CASE("an assignment of what is not there is refused") {
  const std::string hint = ": dump auth.user account knox.authtoken drf llm_client into one file";
  const std::string place = "llm_client.llmclientapikey, line 8): ";
  const auto row = [](const std::string& fields) {
    return dump_object("llm_client.llmclientapikey", "3", "{" + fields + "}");
  };
  check_refusals({
      {row(R"("api_key": "x")"), place + R"(field "llm_client": is missing)"},
      {row(R"("llm_client": 1)"), place + R"(field "api_key": is missing)"},
      {row(R"("llm_client": 1, "api_key": 5)"),
       place + R"(field "api_key": is not a digest of 128 hexadecimal digits)"},
      {assignment("3", "9", 'a'),
       place + R"(field "llm_client": this file has no llm_client.llmclient with the primary key "9")" +
           hint},
  });
  CHECK(refusal_of(dump_with({client("1", "1", "bot"), knox_token('b', "1"), assignment("1", "1", 'b')})) ==
        "dump.json: object 9 (llm_client.llmclientapikey, line 10): field \"api_key\": this file has no "
        "drf.smarterauthtoken with the primary key \"" +
            std::string(59, 'b') + "…\"" + hint);
  CHECK(refusal_of(dump_with({dump_object("chatbot.chatbotapikey", "1",
                                          R"({"chatbot": 4, "api_key": ")" + digest_text('a') + "\"}")})) ==
        "dump.json: object 7 (chatbot.chatbotapikey, line 8): field \"chatbot\": this file has no "
        "chatbot.chatbot with the primary key \"4\"" +
            hint);
}

TEST_CASE("two dumps that contradict each other are refused") {
  CHECK(refusal_of({{"a.json", dump_of({account("1", kFirst)})},
                    {"b.json", dump_of({account("5", kFirst, R"("is_active": false)")})}}) ==
        "b.json: object 1 (account.account, line 2): field \"account_number\": \"1111-1111-1111\" is also "
        "that of "
        "a.json: object 1 (account.account, line 2), which has other values");
  // As a plain Knox dump a key would be another than with what Smarter knows of it.
  const std::string plain = dump_of({good_user("1", "ada"), knox_token('a', "1")});
  const std::string whole = dump_with({knox_token('a', "1"), smarter_token('a', "1")});
  CHECK(refusal_of({{"plain.json", plain}, {"whole.json", whole}}) ==
        "whole.json: object 7 (knox.authtoken, line 8): plain.json: object 2 (knox.authtoken, line 3) has "
        "the same digest with other fields");
}

}  // namespace
}  // namespace keyledger::tools::import
