#include "tools/help/refusals_page.h"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "ledger/values/error.h"
#include "tools/program/exit_status.h"

namespace keyledger::tools::help {

using ledger::CodeEntry;

namespace {

constexpr std::uint16_t kFirstError = 3000;
constexpr std::uint16_t kFirstCorruption = 3100;
constexpr std::uint16_t kFirstBeyond = 4000;

constexpr std::string_view kIntroduction = R"(# Refusals and errors

A caller sees two kinds of failures:

- A **refusal**, 1000 to 1999: a rule does not allow the command. The state does not change.
  [docs/rules.md](rules.md) has the rules.
- An **error**, 3000 to 3999: the machine cannot do it, because something is wrong with a file, a disk, a socket or the
  bytes in a message. The codes 3100 to 3199 mean corruption.

A code keeps its number, its name and its meaning, and the number of a retired code is never given to another code. The
tables have the text of [ledger/values/error.cpp](../ledger/values/error.cpp), word for word: `keyledger refusals` lists
it, `keyledger refusals CODE` shows one row, and `keyledger refusals --page` prints this page. If the subject of a
message is known, it follows after ": ", as in `There is no such key: production`. Programs should decide by the code or
the name, never by the text.

A request that failed may be retried, as it was:

- `no`: the request would fail again until somebody does what the advice says. Nothing was done.
- `yes`: nothing was done, and a later attempt may succeed. Wait before it, longer each time.
- `with id`: the request may have been done. A question or a list may be asked again. A command may be sent again with
  the idempotency id of the first attempt; without such an id, look at the history first.

Refusals and errors appear:

- on the socket as `failure` with `code`, `name`, `message` and `advice` ([docs/wire.md](wire.md#failures));
- from `keyledger` on standard error: as text, or in the form of the output with the fields `error` (the name),
  `code`, `message` and `advice` ([docs/cli.md](cli.md#output));
- from `keyledgerd` on standard error, as text.

)";

constexpr std::string_view kVerdictsAreNone = R"(
A denied token is neither a refusal nor an error: the question has an answer, a [verdict](wire.md#verdicts).
)";

constexpr std::string_view kOfPrefix = R"(
The message of `prefix_invalid` is that of Django Knox and names the length only. The code also stands for a character
that is not allowed.
)";

constexpr std::string_view kNotSent = R"(
`usage` and `head_moved` are not sent on the socket.
)";

constexpr std::string_view kEnd = R"(
[docs/operations.md](operations.md#when-a-ledger-does-not-open) says what to do if a ledger does not open.
)";

// Returns the errors with this exit status: "3013 (`input_invalid`), 3016 (`no_such_position`)".
std::string errors_with(int status) {
  std::vector<std::string> errors;
  for (const CodeEntry& entry : ledger::code_table()) {
    if (entry.code < kFirstError || program::exit_status_of(entry.code) != status) continue;
    errors.push_back(fmt::format("{} (`{}`)", entry.code, entry.name));
  }
  return fmt::format("{}", fmt::join(errors, ", "));
}

std::string exit_statuses() {
  return fmt::format(
      "The exit status is {} for a refusal, and for the errors\n{};\n{} for {}, {} for 3100 to 3199, and {} "
      "for "
      "every other error ([docs/cli.md](cli.md#exit-status)).\n",
      program::kExitRefused, errors_with(program::kExitRefused), program::kExitUsage,
      errors_with(program::kExitUsage), program::kExitCorrupt, program::kExitUnreachable);
}

std::string table(std::string_view heading, std::uint16_t first, std::uint16_t beyond) {
  std::string text = fmt::format(
      "\n## {}\n\n| code | name | may be retried | message | advice |\n|---|---|---|---|---|\n", heading);
  for (const CodeEntry& entry : ledger::code_table()) {
    if (entry.code < first || entry.code >= beyond) continue;
    text += fmt::format("| {} | `{}` | {} | {} | {} |\n", entry.code, entry.name, to_string(entry.retry),
                        entry.message, entry.advice);
  }
  return text;
}

}  // namespace

std::string refusals_page() {
  std::string page(kIntroduction);
  page += exit_statuses();
  page += kVerdictsAreNone;
  page += table("Refusals", 0, kFirstError);
  page += kOfPrefix;
  page += table("Errors", kFirstError, kFirstCorruption);
  page += kNotSent;
  page += table("Corruption", kFirstCorruption, kFirstBeyond);
  page += kEnd;
  return page;
}

}  // namespace keyledger::tools::help
