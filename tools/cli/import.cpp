// import django takes over keys from a dump of a Django project with django-rest-knox, or of a whole Smarter.
#include <filesystem>
#include <memory>

#include "ledger/host/whole_file.h"
#include "ledger/values/printable_text.h"
#include "tools/cli/cli.h"
#include "tools/import/django_dump.h"
#include "tools/import/outline.h"
#include "tools/program/exit_status.h"

namespace keyledger::tools::cli {

using ledger::Error;
using ledger::ErrorCode;
using ledger::Result;

namespace {

struct ImportFlags {
  std::vector<std::string> files;
  std::string account = to_string(ledger::kDefaultImportAccount);
  bool dry_run = false;
};

// The texts of the dumps. The destructor cleanses the texts, because a dump has the first characters of every
// token.
class DumpFiles {
 public:
  DumpFiles() = default;
  DumpFiles(const DumpFiles&) = delete;
  DumpFiles& operator=(const DumpFiles&) = delete;
  ~DumpFiles() {
    for (import::DumpFile& file : files_) ledger::cleanse(file.text.data(), file.text.size());
  }

  Result<void> read(const std::string& name) {
    auto text = ledger::read_whole_file(name);
    if (!text) return text.error();
    files_.push_back({.name = name, .text = std::move(*text)});
    return {};
  }

  std::span<const import::DumpFile> files() const { return files_; }

 private:
  std::vector<import::DumpFile> files_;
};

boost::json::object ignored_of(const import::DjangoDump& dump) {
  boost::json::object ignored;
  for (const auto& [model, count] : dump.ignored) ignored[model] = count;
  return ignored;
}

// Prints the answer and the list of changed or omitted values. A table shows this list as sentences below the
// answer, because the reasons are long.
void print(Cli& cli, boost::json::object answer, const import::UnmappedList& unmapped) {
  answer["unmapped_count"] = unmapped.size();
  if (cli.format() != output::OutputFormat::kTable) {
    boost::json::array rows;
    for (const import::Unmapped& each : unmapped) rows.emplace_back(json_of(each));
    answer["unmapped"] = std::move(rows);
    write_object(cli.out(), cli.format(), answer);
    return;
  }
  write_object(cli.out(), cli.format(), answer);
  if (!unmapped.empty()) cli.out() << "\nChanged by the import, or left out:\n";
  for (const import::Unmapped& each : unmapped) cli.out() << ledger::printable(text_of(each)) << "\n";
}

int print_outline(Cli& cli, const ImportFlags& flags, const import::DjangoDump& dump) {
  boost::json::object answer = {{"dry_run", true}, {"account", flags.account}, {"files", flags.files.size()}};
  for (auto& field : import::json_of(import::outline_of(dump.command, cli.now())))
    answer[field.key()] = field.value();
  answer["ignored"] = ignored_of(dump);
  print(cli, std::move(answer), dump.unmapped);
  return program::kExitDone;
}

void print_imported(Cli& cli, const ImportFlags& flags, const import::DjangoDump& dump,
                    const commands::Done& done, std::size_t users, std::size_t keys) {
  print(cli,
        {{"account", flags.account},
         {"files", flags.files.size()},
         {"users_added", done.users_added},
         {"users_known", users - done.users_added},
         {"keys_added", done.keys_added},
         {"keys_known", keys - done.keys_added},
         {"ignored", ignored_of(dump)},
         {"repeated", done.repeated},
         {"position", done.position.value()}},
        dump.unmapped);
}

// Returns the names of the files, cut to the length that the history keeps.
std::string source_of(const std::vector<std::string>& files) {
  constexpr std::string_view kOthers = ", and others";
  std::string source;
  for (const std::string& file : files) {
    const std::string name = (source.empty() ? "" : ", ") + std::filesystem::path(file).filename().string();
    if (source.size() + name.size() + kOthers.size() > net::kImportSourceBytesMax) {
      return source + std::string(kOthers);
    }
    source += name;
  }
  return source;
}

int import_django(Cli& cli, const ImportFlags& flags) {
  int status = program::kExitDone;
  DumpFiles files;
  for (const std::string& name : flags.files) {
    if (auto read = files.read(name); !read) return cli.fail(read.error());
  }
  // The daemon chooses the ids of the keys.
  auto dump = read_django_dumps(files.files(), flags.account, [] { return ledger::KeyId{}; });
  if (!dump) return cli.fail(dump.error());
  if (flags.dry_run) return print_outline(cli, flags, *dump);
  const std::size_t users = dump->command.users.size();
  const std::size_t keys = dump->command.keys.size();
  net::RunCommand run{.command = std::move(dump->command)};
  run.import_source = source_of(flags.files);
  const auto answer = cli.send(std::move(run), status);
  if (!answer) return status;
  print_imported(cli, flags, *dump, answer->done, users, keys);
  return program::kExitDone;
}

}  // namespace

void add_import_verbs(Cli& cli) {
  CLI::App& noun = cli.noun("import", "Import keys from other systems, without issuing new keys");
  auto flags = std::make_shared<ImportFlags>();
  CLI::App& verb = *noun.add_subcommand(
      "django",
      "Import `manage.py dumpdata auth.user knox.authtoken` of django-rest-knox 2 to 5, or Smarter's "
      "`dumpdata auth.user account knox.authtoken drf llm_client`; everything or nothing is imported");
  verb.add_option("FILE", flags->files, "The dump files, in JSON")->required();
  verb.add_option("--account", flags->account,
                  "The account for users and keys without an account in the dump; opened if needed (default: "
                  "0000-0000-0000)");
  verb.add_flag("--dry-run", flags->dry_run,
                "Show what would be imported, and change nothing; needs no daemon");
  cli.on(verb, [&cli, flags] { return import_django(cli, *flags); });
}

}  // namespace keyledger::tools::cli
