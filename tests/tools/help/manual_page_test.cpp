// Manual pages: every command in --help has a page with its options, and roff shows texts unchanged.
#include "tools/help/manual_page.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include "tests/support/temp_directory.h"
#include "tests/tools/help/command_help.h"

namespace keyledger::tests {
namespace {

namespace fs = std::filesystem;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  CAPTURE(file.string());
  REQUIRE(in.good());
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string page_of(const Words& words) {
  Words arguments = {"man"};
  arguments.insert(arguments.end(), words.begin(), words.end());
  const Ending ending = run_keyledger(arguments);
  CAPTURE(words, ending.err);
  CHECK(ending.status == 0);
  return ending.out;
}

// Returns the option's name as written in its entry.
std::string in_bold(const std::string& name) { return "\\fB" + tools::help::roff_text(name) + "\\fR"; }

std::string in_capitals(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string page_of_program(const tools::help::CommandNode& program) {
  return tools::help::manual_page({.program = program, .version = "1"},
                                  tools::help::every_command(program).front());
}

}  // namespace

TEST_CASE("every command has a manual page, with its name and its options") {
  const TempDirectory directory;
  const fs::path pages = directory / "made" / "here";
  const Ending written = run_keyledger({"man", "--all", pages.string()});
  CAPTURE(written.err);
  REQUIRE(written.status == 0);
  const auto all = help_of_every_command();
  CHECK(std::distance(fs::directory_iterator(pages), {}) ==
        static_cast<std::ptrdiff_t>(all.size() + 1));  // and the daemon's page
  for (const CommandHelp& help : all) {
    const std::string name = "keyledger" + (help.words.empty() ? "" : "-" + help.joined("-"));
    CAPTURE(name);
    const std::string page = content_of(pages / (name + ".1"));
    CHECK(page == page_of(help.words));
    CHECK(contains(page, "\n.TH " + tools::help::roff_text(in_capitals(name)) + " 1 "));
    CHECK(contains(page, "\n.SH NAME\n" + tools::help::roff_text(name) + " \\- "));
    for (const std::string section :
         {"SYNOPSIS", "DESCRIPTION", "OPTIONS", "\"EXIT STATUS\"", "ENVIRONMENT", "\"SEE ALSO\""}) {
      CHECK(contains(page, "\n.SH " + section + "\n"));
    }
    for (const std::string& option : help.long_options) CHECK(contains(page, in_bold(option)));
    for (const std::string& option : all.front().long_options) CHECK(contains(page, in_bold(option)));
    const std::string reference = "\n.BR " + tools::help::roff_text(name + "-");
    for (const std::string& command : help.commands) {
      CHECK(contains(page, reference + tools::help::roff_text(command) + " (1)\n"));
    }
  }
}

TEST_CASE("the daemon has a manual page with its options") {
  const std::string page = page_of({"keyledgerd"});
  CHECK(contains(page, "\n.TH KEYLEDGERD 8 "));
  const Ending help = run({.path = KEYLEDGER_BINARIES "/keyledgerd", .arguments = {"--help"}});
  const std::regex option("--[a-z-]+");
  std::size_t options = 0;
  for (std::sregex_iterator each(help.out.begin(), help.out.end(), option), end; each != end; ++each) {
    CHECK(contains(page, tools::help::roff_text(each->str())));
    ++options;
  }
  CHECK(options > 4);
}

TEST_CASE("a page that is not there, or cannot be written, is an error") {
  const Ending unknown = run_keyledger({"man", "key", "frobnicate"});
  CHECK(unknown.status == 2);
  CHECK(unknown.out.empty());
  CHECK(contains(unknown.err, "there is no command \"key frobnicate\""));
  CHECK(run_keyledger({"man", "--all", "x", "key"}).status == 2);
  const TempDirectory directory;
  std::ofstream(directory / "file") << "x";
  const Ending unwritten = run_keyledger({"man", "--all", (directory / "file").string()});
  CHECK(unwritten.status == 3);
  CHECK(contains(unwritten.err, "cannot be written"));
}

TEST_CASE("a page names every environment variable that the programs read") {
  const std::string page = page_of({});
  const std::regex read(R"re(environment\("([A-Z_]+)"\))re");
  std::size_t variables = 0;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(KEYLEDGER_SOURCE_DIR) / "tools")) {
    if (entry.path().extension() != ".cpp") continue;
    const std::string source = content_of(entry.path());
    for (std::sregex_iterator each(source.begin(), source.end(), read), end; each != end; ++each) {
      CAPTURE(entry.path().string());
      CHECK(contains(page, "\n.TP\n" + in_bold((*each)[1]) + "\n"));
      ++variables;
    }
  }
  CHECK(variables >= 4);
}

TEST_CASE("docs/cli.md says what every verb does, and what the exit statuses mean") {
  const std::string document = content_of(fs::path(KEYLEDGER_SOURCE_DIR) / "docs/cli.md");
  const std::string page = page_of({});
  for (const CommandHelp& help : help_of_every_command()) {
    if (!help.commands.empty()) continue;
    CAPTURE(help.words);
    CHECK(std::regex_search(document, std::regex("`" + help.joined(" ") + "[ `]")));
  }
  std::string statuses = document.substr(document.find("\n## Exit status\n") + 1);
  statuses.resize(statuses.find("\n## "));
  const std::regex row(R"(\n\| ([0-9]) \| ([^|]+) \|)");
  std::size_t rows = 0;
  for (std::sregex_iterator each(statuses.begin(), statuses.end(), row), end; each != end; ++each) {
    const std::string meaning = (*each)[2].str().substr(1);
    const std::string entry = "\n.TP\n\\fB" + (*each)[1].str() + "\\fR\n";
    CAPTURE(meaning);
    REQUIRE(contains(page, entry));
    // Ignore the line breaks of the page.
    std::string lines = page.substr(page.find(entry) + entry.size());
    lines = lines.substr(1, lines.find("\n."));
    for (char& c : lines) c = c == '\n' ? ' ' : c;
    CHECK(lines.starts_with(meaning));
    ++rows;
  }
  CHECK(rows == 5);
}

TEST_CASE("roff takes no text for a request or an escape") {
  CHECK(tools::help::roff_text(".TH") == "\\&.TH");
  CHECK(tools::help::roff_text("a.b.\n.c") == "a.b.\n\\&.c");
  CHECK(tools::help::roff_text("'so'") == "\\(aqso\\(aq");
  CHECK(tools::help::roff_text("\\fB") == "\\(rsfB");
  CHECK(tools::help::roff_text("--a-b") == "\\-\\-a\\-b");
  CHECK(tools::help::roff_text("\"`^~") == "\\(dq\\(ga\\(ha\\(ti");
  CHECK(tools::help::roff_text("é…🔑\xff") == "\\[u00E9]\\[u2026]\\[u1F511]\\[uFFFD]");
}

TEST_CASE("no line of a page that comes from a description begins with a dot or a quote") {
  std::string text;
  for (int i = 0; i < 200; ++i) text += i % 2 == 0 ? ".so " : "'de\n";
  const std::string page = page_of_program(
      {.name = "p", .description = text, .options = {{.names = {"-x"}, .description = text}}});
  CHECK(!contains(page, "\n.so"));
  CHECK(!contains(page, "\n'"));
}

TEST_CASE("a page says of an option whether it must be there, may come again, or excludes another") {
  const tools::help::CommandOption tag{.names = {"-t", "--tag"},
                                       .placeholder = "TEXT",
                                       .value = tools::help::ValueKind::kText,
                                       .description = "A tag",
                                       .excludes = {"--none"},
                                       .required = true,
                                       .repeatable = true};
  const tools::help::CommandOption file{.placeholder = "FILE",
                                        .value = tools::help::ValueKind::kFile,
                                        .description = "What to read.",
                                        .repeatable = true};
  const std::string page =
      page_of_program({.name = "p", .description = "P: does it.", .options = {tag}, .arguments = {file}});
  CHECK(contains(page, "\n.SH NAME\np \\- does it\n"));
  CHECK(contains(
      page,
      ".SH SYNOPSIS\n\\fBp\\fR \\fB\\-\\-tag\\fR \\fITEXT\\fR [\\fIOPTION\\fR]... [\\fIFILE\\fR]...\n"));
  CHECK(contains(page, ".TP\n\\fIFILE\\fR\nWhat to read.\n"));
  CHECK(contains(page,
                 ".TP\n\\fB\\-t\\fR, \\fB\\-\\-tag\\fR \\fITEXT\\fR\n"
                 "A tag.\nRequired.\nMay be repeated.\nNot together with \\-\\-none.\n"));
}

TEST_CASE("an installation has the programs, their pages and the completion scripts") {
  const TempDirectory directory;
  const Ending installed =
      run({.path = KEYLEDGER_CMAKE,
           .arguments = {"--install", KEYLEDGER_BUILD, "--prefix", directory.path().string()}});
  CAPTURE(installed.out, installed.err);
  REQUIRE(installed.status == 0);
  CHECK(fs::exists(directory / "bin/keyledger"));
  CHECK(fs::exists(directory / "bin/keyledgerd"));
  CHECK(!fs::exists(directory / "bin/keyledger_load"));
  const fs::path share = directory / "share";
  CHECK(content_of(share / "man/man1/keyledger-key-create.1") == page_of({"key", "create"}));
  CHECK(content_of(share / "man/man8/keyledgerd.8") == page_of({"keyledgerd"}));
  const std::vector<std::pair<std::string, std::string>> scripts = {
      {"bash", "bash-completion/completions/keyledger"},
      {"zsh", "zsh/site-functions/_keyledger"},
      {"fish", "fish/vendor_completions.d/keyledger.fish"}};
  for (const auto& [shell, script] : scripts) {
    CHECK(content_of(share / script) == run_keyledger({"completion", shell}).out);
  }
}

}  // namespace keyledger::tests
