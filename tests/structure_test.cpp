// The shape of the sources, policed by reading them: who may include whom, which library is met where, and
// the house rules that no compiler checks. Each rule is a function of a path and a text, and is itself
// tested.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger::tests {
namespace {

namespace fs = std::filesystem;

struct Source {
  std::string path;  // from the repository's root, with '/'
  std::string text;
};

using Complaints = std::vector<std::string>;

constexpr std::size_t kLinesMax = 500;

// A folder may include itself and what stands before it; tests may include everything.
constexpr std::array<std::string_view, 6> kFolders = {"ledger", "projections", "commands",
                                                      "net",    "tools",       "tests"};

struct Library {
  std::string_view include;  // what its includes begin with
  std::vector<std::string_view> folders;
};

// Tests meet what they fake or attack: stores, sockets, messages.
const std::vector<Library>& libraries() {
  static const std::vector<Library> all = {
      {"rocksdb/", {"ledger", "tests"}},
      {"boost/asio", {"net", "tools", "tests"}},
      {"boost/beast", {"net", "tools", "tests"}},
      {"sys/socket.h", {"net", "tools", "tests"}},
      {"sys/un.h", {"net", "tools", "tests"}},
      {"netinet/", {"net", "tools", "tests"}},
      {"netdb.h", {"net", "tools", "tests"}},
      {"zstd", {"ledger", "tests"}},
      {"capnp/", {"ledger", "net", "tests"}},
      {"kj/", {"ledger", "net", "tests"}},
      {"CLI/", {"tools"}},
      {"spdlog/", {"commands", "net", "tools", "tests"}},
      {"catch2/", {"tests"}},
      {"yaml-cpp/", {"tools", "tests"}},
  };
  return all;
}

// What is looked for is written in two halves here, so that this file does not complain about itself.
std::string joined(std::string_view first, std::string_view second) {
  return std::string(first) + std::string(second);
}

const std::vector<std::string> kClocksAndDice = {joined("system", "_clock"), joined("time(null", "ptr"),
                                                 joined("time(NU", "LL"),    joined("random", "_device"),
                                                 joined("ran", "d("),        joined("gettime", "ofday")};
const std::vector<std::string> kUnfinished = {joined("TO", "DO"), joined("FIX", "ME"), joined("XX", "X")};
const std::vector<std::string> kWorkplace = {joined("/wo", "rk/"), joined("../sh", "ared")};
const std::string kUsingStd = joined("using namespace ", "std;");

bool ends_with_any(std::string_view text, std::initializer_list<std::string_view> ends) {
  return std::any_of(ends.begin(), ends.end(), [&](std::string_view end) { return text.ends_with(end); });
}

bool is_code(std::string_view path) { return ends_with_any(path, {".h", ".cpp"}); }

template <typename Range>
bool contains(const Range& range, std::string_view item) {
  return std::find(std::begin(range), std::end(range), item) != std::end(range);
}

std::string_view first_folder(std::string_view path) { return path.substr(0, path.find('/')); }

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Neither end of the finding goes on as a longer word: "time(" is not in "uptime(".
bool has_word(std::string_view line, std::string_view word) {
  for (std::size_t at = line.find(word); at != line.npos; at = line.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool begins = at == 0 || !is_word(line[at - 1]) || !is_word(word.front());
    const bool ends = end == line.size() || !is_word(line[end]) || !is_word(word.back());
    if (begins && ends) return true;
  }
  return false;
}

// `"folder/file.h"` or `<header>` of an include line, with its delimiters; empty for any other line.
std::string_view included_by(std::string_view line) {
  if (!line.starts_with("#include ")) return {};
  line.remove_prefix(std::string_view("#include ").size());
  const std::size_t end = line.find_first_of("\">", 1);
  return end == line.npos ? std::string_view("\"\"") : line.substr(0, end + 1);
}

// --- The rules ---

// The edges of the layers, and that our own headers are named "folder/file.h".
Complaints layer_complaints(const Source& source) {
  Complaints complaints;
  const std::string_view folder = first_folder(source.path);
  const auto* const layer = std::find(kFolders.begin(), kFolders.end(), folder);
  for (const std::string_view line : split(source.text, '\n')) {
    const std::string_view include = included_by(line);
    if (include.empty()) continue;
    const std::string_view name = include.substr(1, include.size() - 2);
    const auto* const target = std::find(kFolders.begin(), kFolders.end(), first_folder(name));
    const bool names_folder = target != kFolders.end() && name.find('/') != name.npos;
    if (include.front() == '"' ? !names_folder : names_folder) {
      complaints.push_back("an include of ours is not written \"folder/file.h\": " + std::string(line));
    } else if (include.front() == '"' && target > layer) {
      complaints.push_back("this folder may not include that one: " + std::string(line));
    }
    if (name.ends_with(".capnp.h") && !contains(std::array{"ledger", "net", "tests"}, folder)) {
      complaints.push_back("generated Cap'n Proto code outside of a codec: " + std::string(line));
    }
  }
  return complaints;
}

Complaints library_complaints(const Source& source) {
  Complaints complaints;
  for (const std::string_view line : split(source.text, '\n')) {
    const std::string_view include = included_by(line);
    for (const Library& library : libraries()) {
      if (include.empty() || !include.substr(1).starts_with(library.include)) continue;
      if (!contains(library.folders, first_folder(source.path))) {
        complaints.push_back("this library is not met in this folder: " + std::string(line));
      }
    }
  }
  return complaints;
}

// Time and chance are given to the code, by tools/ alone.
Complaints clock_complaints(const Source& source) {
  if (source.path.starts_with("tools/") || source.path.starts_with("tests/support/")) return {};
  Complaints complaints;
  for (const std::string_view line : split(source.text, '\n')) {
    for (const std::string& name : kClocksAndDice) {
      if (has_word(line, name)) complaints.push_back("a clock or a die of its own: " + std::string(line));
    }
  }
  return complaints;
}

Complaints header_complaints(const Source& source) {
  if (!source.path.ends_with(".h")) return {};
  Complaints complaints;
  if (!source.text.starts_with("// ")) complaints.push_back("a header begins with a comment: what it is");
  if (!contains(split(source.text, '\n'), "#pragma once")) complaints.push_back("a header has #pragma once");
  return complaints;
}

// keyledger::FOLDER, and in tests/FOLDER that folder's, too. Sub-folders may open a namespace within it.
Complaints namespace_complaints(const Source& source) {
  const std::vector<std::string_view> parts = split(source.path, '/');
  std::vector<std::string> allowed = {"keyledger::" + std::string(parts.front())};
  if (parts.front() == "tests" && parts.size() > 2) allowed.push_back("keyledger::" + std::string(parts[1]));
  constexpr std::string_view kOpening = "namespace keyledger";
  Complaints complaints;
  bool opened = false;
  for (const std::string_view line : split(source.text, '\n')) {
    if (!line.starts_with(kOpening)) continue;
    const std::string_view rest = line.substr(std::string_view("namespace ").size());
    const std::string_view name = rest.substr(0, rest.find_first_of(" {"));
    opened = true;
    if (std::none_of(allowed.begin(), allowed.end(), [&](const std::string& prefix) {
          return name == prefix || name.starts_with(prefix + "::");
        })) {
      complaints.push_back("the namespace is not the folder's: " + std::string(line));
    }
  }
  if (!opened && source.path.ends_with(".h") && source.text.find("\nclass ") != source.text.npos) {
    complaints.push_back("a header declares outside of the folder's namespace");
  }
  return complaints;
}

Complaints size_complaints(const Source& source) {
  const std::size_t lines = split(source.text, '\n').size();
  if (lines <= kLinesMax) return {};
  return {std::to_string(lines) + " lines are more than " + std::to_string(kLinesMax) +
          ": find the two ideas in this file"};
}

// Names that say nothing, of files and of what they declare.
bool says_nothing(std::string_view name) {
  std::string words;  // "FooManager" and "foo_manager" as "_foo_manager_"
  for (const char c : name) {
    if (std::isupper(static_cast<unsigned char>(c)) != 0 || !is_word(c)) words += '_';
    words += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  words = "_" + words + "_";
  const std::array<std::string_view, 5> empty_words = {"util", "utils", "common", "manager", "managers"};
  return std::any_of(empty_words.begin(), empty_words.end(), [&](std::string_view word) {
    for (std::size_t at = words.find(word); at != words.npos; at = words.find(word, at + 1)) {
      if (!std::isalnum(static_cast<unsigned char>(words[at - 1])) &&
          !std::isalnum(static_cast<unsigned char>(words[at + word.size()]))) {
        return true;
      }
    }
    return false;
  });
}

Complaints name_complaints(const Source& source) {
  Complaints complaints;
  if (says_nothing(source.path)) complaints.push_back("the file's name says nothing");
  for (const std::string_view line : split(source.text, '\n')) {
    for (const std::string_view keyword : {"class ", "struct ", "namespace "}) {
      if (!line.starts_with(keyword)) continue;
      const std::string_view name = line.substr(keyword.size());
      if (says_nothing(name.substr(0, name.find_first_of(" :{;")))) {
        complaints.push_back("the name says nothing: " + std::string(line));
      }
    }
  }
  return complaints;
}

// Of every text file, code or not.
Complaints text_complaints(const Source& source) {
  Complaints complaints;
  for (const std::string_view line : split(source.text, '\n')) {
    const auto complain = [&](const std::string& what) {
      complaints.push_back(what + ": " + std::string(line));
    };
    if (line.find('\t') != line.npos) complain("a tab");
    if (line.ends_with(' ') || line.ends_with('\r')) complain("trailing blanks");
    for (const std::string& word : kUnfinished) {
      if (has_word(line, word)) complain("something is unfinished");
    }
    for (const std::string& place : kWorkplace) {
      if (line.find(place) != line.npos) complain("a place on somebody's machine");
    }
  }
  if (!source.text.empty() && !source.text.ends_with('\n')) complaints.push_back("no newline at the end");
  return complaints;
}

Complaints using_complaints(const Source& source) {
  if (source.text.find(kUsingStd) == source.text.npos) return {};
  return {"the whole of std is not used in one go"};
}

Complaints complaints_about(const Source& source) {
  Complaints all = text_complaints(source);
  if (is_code(source.path)) {
    for (const auto rule : {layer_complaints, library_complaints, clock_complaints, header_complaints,
                            namespace_complaints, size_complaints, name_complaints, using_complaints}) {
      for (std::string& complaint : rule(source)) all.push_back(std::move(complaint));
    }
  }
  for (std::string& complaint : all) complaint = source.path + ": " + complaint;
  return all;
}

// What may stand at the top, and what tools put there that .gitignore knows.
Complaints top_level_complaints(const std::vector<std::string>& names) {
  static const std::set<std::string, std::less<>> allowed = {
      ".cache",     ".ci",          ".clang-format",  ".clang-tidy",           ".git",
      ".gitignore", "CHANGELOG.md", "CMakeLists.txt", "CMakePresets.json",     "LICENSE",
      "README.md",  "build",        "commands",       "compile_commands.json", "docs",
      "ledger",     "net",          "projections",    "quickstart-data",       "tests",
      "tools"};
  Complaints complaints;
  for (const std::string& name : names) {
    if (!allowed.contains(name)) complaints.push_back("this does not belong at the top: " + name);
  }
  return complaints;
}

// --- The repository ---

const fs::path kRoot = KEYLEDGER_SOURCE_DIR;

std::vector<std::string> top_level_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kRoot)) names.push_back(entry.path().filename().string());
  return names;
}

// Every text of the project; not what tests read, and not what others wrote or tools made.
std::vector<Source> sources() {
  std::vector<fs::path> paths;
  for (const std::string& name : top_level_names()) {
    if (contains(std::array{".git", ".cache", "build", "quickstart-data", "LICENSE", "compile_commands.json"},
                 name)) {
      continue;
    }
    if (fs::is_regular_file(kRoot / name)) paths.push_back(kRoot / name);
    if (!fs::is_directory(kRoot / name)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / name)) {
      if (entry.is_regular_file()) paths.push_back(entry.path());
    }
  }
  std::vector<Source> all;
  for (const fs::path& path : paths) {
    const std::string name = path.lexically_relative(kRoot).generic_string();
    if (name.starts_with("tests/data/") || ends_with_any(name, {".png", ".bin"})) continue;
    std::ifstream file(path, std::ios::binary);
    all.push_back({name, {std::istreambuf_iterator<char>(file), {}}});
  }
  return all;
}

TEST_CASE("every source keeps the rules of its folder and of the house") {
  const std::vector<Source> all = sources();
  CHECK(std::count_if(all.begin(), all.end(), [](const Source& source) { return is_code(source.path); }) >
        50);
  for (const Source& source : all) {
    for (const std::string& complaint : complaints_about(source)) FAIL_CHECK(complaint);
  }
}

TEST_CASE("nothing stands at the top of the repository that does not belong there") {
  CHECK(top_level_complaints(top_level_names()) == Complaints{});
}

// --- The rules, tested ---

TEST_CASE("a source that keeps the rules is not complained about") {
  CHECK(complaints_about(
            {"net/session.h",
             "// Session: one connection.\n#pragma once\n\n#include <boost/asio/write.hpp>\n"
             "#include <vector>\n\n#include \"commands/writer.h\"\n#include \"net/wire/frame.h\"\n"
             "#include \"net/wire/wire.capnp.h\"\n\nnamespace keyledger::net {\nclass Session;\n}\n"}) ==
        Complaints{});
  CHECK(complaints_about({"tests/net/session_test.cpp",
                          "#include <catch2/catch.hpp>\n#include \"tests/support/clock.h\"\n"
                          "#include \"tools/cli/cli.h\"\nnamespace keyledger::net {\n}\n"}) == Complaints{});
}

TEST_CASE("a folder may not include what stands above it") {
  const auto [from, include] = GENERATE(table<std::string, std::string>({
      {"ledger/a.cpp", "\"projections/state.h\""},
      {"ledger/a.cpp", "\"tools/program/system.h\""},
      {"projections/a.h", "\"commands/decide.h\""},
      {"projections/a.h", "\"ledger/codec/events.capnp.h\""},
      {"commands/a.cpp", "\"net/wire/wire.capnp.h\""},
      {"net/a.cpp", "\"tools/program/system.h\""},
      {"tools/a.cpp", "\"tests/support/clock.h\""},
      {"net/a.cpp", "\"frame.h\""},
      {"net/a.cpp", "\"../ledger/values/secret.h\""},
      {"net/a.cpp", "<ledger/values/secret.h>"},
  }));
  CAPTURE(from, include);
  CHECK(layer_complaints({from, "#include " + include + "\n"}).size() >= 1);
}

TEST_CASE("a library is met only where it belongs") {
  const auto [from, include] = GENERATE(table<std::string, std::string>({
      {"projections/a.cpp", "<rocksdb/db.h>"},
      {"ledger/a.cpp", "<boost/asio/write.hpp>"},
      {"commands/a.cpp", "<sys/socket.h>"},
      {"commands/a.cpp", "<capnp/message.h>"},
      {"tools/a.cpp", "<kj/exception.h>"},
      {"net/a.cpp", "<CLI/CLI.hpp>"},
      {"projections/a.cpp", "<spdlog/spdlog.h>"},
      {"tools/a.cpp", "<catch2/catch.hpp>"},
  }));
  CAPTURE(from, include);
  CHECK(library_complaints({from, "#include " + include + "\n"}).size() == 1);
}

TEST_CASE("only the tools may read a clock or draw randomness") {
  for (const std::string& name : kClocksAndDice) {
    const std::string line = "  const auto now = std::" + name + ";\n";
    CAPTURE(line);
    CHECK(clock_complaints({"commands/a.cpp", line}).size() == 1);
    CHECK(clock_complaints({"tests/net/a_test.cpp", line}).size() == 1);
    CHECK(clock_complaints({"tools/a.cpp", line}) == Complaints{});
    CHECK(clock_complaints({"tests/support/a.h", line}) == Complaints{});
  }
  CHECK(clock_complaints({"ledger/a.cpp", "up" + kClocksAndDice[1] + "; ope" + kClocksAndDice[4] + ";\n"}) ==
        Complaints{});
}

TEST_CASE("a header says what it is, once, in the folder's namespace") {
  CHECK(header_complaints({"net/a.h", "#pragma once\n"}).size() == 1);
  CHECK(header_complaints({"net/a.h", "// A: something.\n"}).size() == 1);
  CHECK(namespace_complaints({"net/a.h", "namespace keyledger::ledger {\n"}).size() == 1);
  CHECK(namespace_complaints({"net/a.h", "namespace keyledger {\n"}).size() == 1);
  CHECK(namespace_complaints({"net/a.h", "namespace keyledger::network {\n"}).size() == 1);
  CHECK(namespace_complaints({"net/a.h", "// A.\nclass A {};\n"}).size() == 1);
  CHECK(namespace_complaints({"net/a.cpp", "namespace keyledger::net::wire {\n"}) == Complaints{});
  CHECK(namespace_complaints({"tests/net/a_test.cpp", "namespace keyledger::ledger {\n"}).size() == 1);
}

TEST_CASE("a file of more than five hundred lines holds two ideas") {
  std::string text;
  for (std::size_t line = 0; line < kLinesMax; ++line) text += "\n";
  CHECK(size_complaints({"net/a.cpp", text}) == Complaints{});
  CHECK(size_complaints({"net/a.cpp", text + "\n"}).size() == 1);
}

TEST_CASE("a name says something") {
  CHECK(name_complaints({"net/string_util.h", ""}).size() == 1);
  CHECK(name_complaints({"common/strings.h", ""}).size() == 1);
  CHECK(name_complaints({"net/a.h", "class SessionManager final {\n"}).size() == 1);
  CHECK(name_complaints({"net/a.h", "struct Common;\n"}).size() == 1);
  CHECK(name_complaints({"net/utility_room.h", "struct CommonerNet {};\n"}) == Complaints{});
}

TEST_CASE("a text is clean, finished and about no particular machine") {
  CHECK(text_complaints({"README.md", "a\tb\n"}).size() == 1);
  CHECK(text_complaints({"README.md", "a \n"}).size() == 1);
  CHECK(text_complaints({"README.md", "a\r\n"}).size() == 1);
  CHECK(text_complaints({"README.md", "a"}).size() == 1);
  for (const std::string& word : kUnfinished)
    CHECK(text_complaints({"a.md", "// " + word + ": b\n"}).size() == 1);
  for (const std::string& place : kWorkplace)
    CHECK(text_complaints({"a.md", "see " + place + "b\n"}).size() == 1);
  CHECK(text_complaints({"tools/a", "mktemp " + kUnfinished[2] + kUnfinished[2] + "\n"}) == Complaints{});
  CHECK(using_complaints({"net/a.cpp", kUsingStd + "\n"}).size() == 1);
}

TEST_CASE("the top of the repository has a fixed list") {
  CHECK(top_level_complaints({"ledger", "README.md", ".git"}) == Complaints{});
  CHECK(top_level_complaints({"third_party"}).size() == 1);
}

}  // namespace
}  // namespace keyledger::tests
