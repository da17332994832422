// keyledger: the command line of a ledger.
#include <iostream>

#include "tools/cli/cli.h"

int main(int argc, char** argv) {
  keyledger::tools::Cli cli(std::cin, std::cout, std::cerr);
  add_entity_verbs(cli);
  add_key_verbs(cli);
  add_auth_verbs(cli);
  add_policy_verbs(cli);
  add_history_verbs(cli);
  add_import_verbs(cli);
  add_replay_verbs(cli);
  add_refusal_verbs(cli);
  add_completion_verbs(cli);
  add_man_verbs(cli);
  add_apply_verbs(cli);
  add_manifest_verb(cli);
  return cli.run(argc, argv);
}
