// Includes: the names of our headers, the folders that a folder may include, the folders that may use a
// library, and the sources that may include an internal header.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/structure/sources.h"

namespace keyledger::tests {
namespace {

// The folders, from the lowest to the highest. A folder may include itself and all lower folders; tests may
// include everything.
constexpr std::array<std::string_view, 6> kFolders = {"ledger", "projections", "commands",
                                                      "net",    "tools",       "tests"};

struct Library {
  std::string_view include;  // the beginning of the names of the library's headers
  std::vector<std::string_view> folders;
};

// Tests may also use libraries of stores, sockets and messages, because tests fake or attack them.
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

// --- The rules ---

// Includes of our own headers must be written "folder/file.h", and a folder must not include a higher folder.
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
      complaints.push_back("this folder must not include that one: " + std::string(line));
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
        complaints.push_back("this library is not used in this folder: " + std::string(line));
      }
    }
  }
  return complaints;
}

// Returns the comment at the beginning of a text, as a single line without the marks.
std::string opening_comment(std::string_view text) {
  std::string comment;
  for (const std::string_view line : split(text, '\n')) {
    if (!line.starts_with("//")) break;
    comment += std::string(line.substr(2));
  }
  return comment;
}

// Returns "ledger/rocks/" if the header says "Internal to ledger/rocks/." in the opening comment; an empty
// text if no folder above the header follows "Internal to"; nothing if the header is not internal.
std::optional<std::string> internal_to(const Source& header) {
  if (!header.path.ends_with(".h")) return std::nullopt;
  const std::string comment = opening_comment(header.text);
  constexpr std::string_view kMark = "Internal to ";
  const std::size_t at = comment.find(kMark);
  if (at == comment.npos) return std::nullopt;
  const std::string rest = comment.substr(at + kMark.size());
  const std::size_t end = rest.find_first_not_of("abcdefghijklmnopqrstuvwxyz_/");
  std::string folder = rest.substr(0, end);
  const bool is_sentence = end != rest.npos && rest[end] == '.';
  return is_sentence && folder.ends_with('/') && header.path.starts_with(folder) ? folder : std::string{};
}

Complaints mark_complaints(const Source& header) {
  const auto folder = internal_to(header);
  if (!folder || !folder->empty()) return {};
  return {"an internal header says \"Internal to FOLDER/.\", and FOLDER is a folder above it"};
}

// Only sources below the folder of an internal header, and the tests of the folder, may include the header.
Complaints internal_complaints(const Sources& sources) {
  std::map<std::string, std::string, std::less<>> folders;  // by header
  for (const Source& source : sources) {
    if (const auto folder = internal_to(source)) folders.emplace(source.path, *folder);
  }
  Complaints complaints;
  for (const Source& source : sources) {
    for (const std::string_view include : own_includes(source)) {
      const auto found = folders.find(include);
      if (found == folders.end() || source.path.starts_with(found->second)) continue;
      if (source.path.starts_with("tests/" + found->second)) continue;
      complaints.push_back(source.path + ": " + std::string(include) + " is internal to " + found->second);
    }
  }
  return complaints;
}

// --- The repository ---

TEST_CASE("a folder includes only the folders and libraries that it may include") {
  check_each(all_code(), layer_complaints);
  check_each(all_code(), library_complaints);
}

TEST_CASE("an internal header stays in its folder") {
  check_each(all_code(), mark_complaints);
  CHECK(internal_complaints(all_code()) == Complaints{});
}

// --- The rules, tested ---

TEST_CASE("an include of a lower folder or of the same folder is allowed") {
  const Source session = {"net/session.h",
                          "#include <boost/asio/write.hpp>\n#include <vector>\n"
                          "#include \"commands/writer.h\"\n#include \"net/wire/wire.capnp.h\"\n"};
  CHECK(layer_complaints(session) == Complaints{});
  CHECK(library_complaints(session) == Complaints{});
  const Source test = {"tests/net/session_test.cpp",
                       "#include <catch2/catch.hpp>\n#include \"tests/support/clock.h\"\n"
                       "#include \"tools/cli/cli.h\"\n"};
  CHECK(layer_complaints(test) == Complaints{});
  CHECK(library_complaints(test) == Complaints{});
}

TEST_CASE("a folder must not include a folder above it") {
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

TEST_CASE("a library is used only where it belongs") {
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

TEST_CASE("an internal header names its folder and is included below it") {
  const Source header = {"ledger/rocks/log.h",
                         "// Log: the log\n// on disk. Internal to\n// ledger/rocks/.\n"};
  CHECK(internal_to(header) == "ledger/rocks/");
  const std::string include = "#include \"ledger/rocks/log.h\"\n";
  CHECK(internal_complaints({header, {"ledger/rocks/log.cpp", include}}) == Complaints{});
  CHECK(internal_complaints({header, {"tests/ledger/rocks/log_test.cpp", include}}) == Complaints{});
  CHECK(internal_complaints({header, {"tests/net/log_test.cpp", include}}).size() == 1);
  CHECK(internal_complaints({header, {"ledger/disk/directory.cpp", include}}).size() == 1);
  CHECK(mark_complaints(header) == Complaints{});
  CHECK(mark_complaints({"ledger/rocks/log.h", "// Internal to the log.\n"}).size() == 1);
  CHECK(mark_complaints({"ledger/rocks/log.h", "// Internal to ledger/: see there.\n"}).size() == 1);
  CHECK(mark_complaints({"ledger/rocks/log.h", "// Internal to net/.\n"}).size() == 1);
  CHECK(mark_complaints({"ledger/rocks/log.h", "// A log.\n"}) == Complaints{});
}

}  // namespace
}  // namespace keyledger::tests
