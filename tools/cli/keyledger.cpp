// keyledger: the command line of a ledger.
#include <iostream>

#include "tools/cli/cli.h"

int main(int argc, char** argv) {
  keyledger::tools::cli::Cli cli(std::cin, std::cout, std::cerr);
  keyledger::tools::cli::add_entity_verbs(cli);
  keyledger::tools::cli::add_key_verbs(cli);
  keyledger::tools::cli::add_auth_verbs(cli);
  keyledger::tools::cli::add_policy_verbs(cli);
  keyledger::tools::cli::add_history_verbs(cli);
  keyledger::tools::cli::add_import_verbs(cli);
  keyledger::tools::cli::add_replay_verbs(cli);
  keyledger::tools::cli::add_refusal_verbs(cli);
  keyledger::tools::cli::add_completion_verbs(cli);
  keyledger::tools::cli::add_man_verbs(cli);
  keyledger::tools::cli::add_apply_verbs(cli);
  keyledger::tools::cli::add_manifest_verb(cli);
  return cli.run(argc, argv);
}
