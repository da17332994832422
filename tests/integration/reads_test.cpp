// A running daemon and the ledger's directory give the same answers to the same questions.
#ifndef KEYLEDGER_MEMORY_LOG_ONLY

#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

#include "tests/integration/ledger_example.h"

namespace keyledger::tests {
namespace {

using Arguments = CommandLine::Arguments;

const std::string kAccount = LedgerExample::kAccount;
const std::string kOther = "0000-0000-0002";

// Fills the example with keys of every status, of two owners and of two accounts, with uses, and with removed
// users and clients.
void fill(const LedgerExample& example) {
  const CommandLine& keyledger = example.keyledger;
  const std::string secret = example.create_key("active");
  for (const char* name : {"inactive", "deleted", "tagged"}) example.create_key(name);
  keyledger.json({"key", "deactivate", "inactive"});
  keyledger.json({"key", "delete", "deleted"});
  keyledger.json({"key", "describe", "tagged", "--tag", "prod"});
  keyledger.json({"account", "open", "--number", kOther, "--name", "Other"});
  keyledger.json({"user", "add", "--account", kOther, "--username", "zoe", "--staff"});
  keyledger.json({"key", "create", "--account", kOther, "--username", "zoe", "--name", "zoes"});
  keyledger.json({"user", "add", "--account", kOther, "--username", "removed"});
  keyledger.json({"user", "remove", "removed"});
  keyledger.json({"client", "add", "--account", kOther, "--name", "removed_bot"});
  keyledger.json({"client", "remove", "removed_bot"});
  for (const char* key : {"active", "tagged"}) {
    keyledger.json({"assign", "--key", key, "--client", "chat_bot"});
  }
  keyledger.json({"auth", "-", "--client", "chat_bot"}, secret);
  keyledger.json({"auth", "-", "--client", "nobody"}, secret, 1);
}

// Every read of the command line, with each filter.
std::vector<Arguments> questions() {
  std::vector<Arguments> all = {{"account", "list"},
                                {"user", "list"},
                                {"user", "list", "--all"},
                                {"user", "list", "--account", kOther},
                                {"client", "list"},
                                {"client", "list", "--all", "--account", kOther},
                                {"client", "keys", "chat_bot"},
                                {"client", "keys", "nobody"},
                                {"client", "has-active-key", "chat_bot"},
                                {"client", "show", "chat_bot"},
                                {"key", "show", "deleted"},
                                {"key", "show", "alice/tagged"},
                                {"user", "show", "removed"},
                                {"policy", "show"},
                                {"state"},
                                {"state", "--position", "9"},
                                {"state", "--position", "999"},
                                {"state", "--at", "2999-01-01"},
                                {"export"},
                                {"history"},
                                {"history", "--uses"},
                                {"history", "--key", "active", "--uses"},
                                {"history", "--user", "alice"},
                                {"history", "--account", kOther},
                                {"history", "--client", "nobody"},
                                {"history", "--since", "2999-01-01"}};
  const std::vector<Arguments> filters = {{},
                                          {"--all"},
                                          {"--account", kAccount},
                                          {"--username", "zoe"},
                                          {"--tag", "prod"},
                                          {"--status", "active"},
                                          {"--status", "deleted"},
                                          {"--all", "--status", "inactive", "--username", "alice"},
                                          {"--readable-by", "bob"},
                                          {"--readable-by", "zoe", "--platform-account", kAccount},
                                          {"--manageable-by", "alice"},
                                          {"--manageable-by", "bob"},
                                          {"--readable-by", "nobody"}};
  for (const Arguments& filter : filters) {
    Arguments question = {"key", "list"};
    question.insert(question.end(), filter.begin(), filter.end());
    all.push_back(std::move(question));
  }
  return all;
}

Arguments as_lines(Arguments question) {
  question.insert(question.begin(), {"-o", "jsonl"});
  return question;
}

}  // namespace

TEST_CASE("a daemon and a directory give the same answer to the same question") {
  const LedgerExample example;
  fill(example);
  const CommandLine offline(example.daemon.data());
  std::set<std::string> answers;
  for (const Arguments& question : questions()) {
    CAPTURE(question);
    const Ending asked = example.keyledger.run(as_lines(question));
    const Ending read = offline.run(as_lines(question));
    CHECK(read.status == asked.status);
    CHECK(read.out == asked.out);
    CHECK(read.err == asked.err);
    answers.insert(asked.out);
  }
  CHECK(answers.size() > questions().size() / 2);  // the filters make a difference
}

}  // namespace keyledger::tests

#endif
