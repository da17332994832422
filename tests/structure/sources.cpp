#include "tests/structure/sources.h"

#include <array>
#include <catch2/catch.hpp>
#include <cctype>
#include <fstream>

namespace keyledger::tests {

namespace fs = std::filesystem;

const fs::path& repository_root() {
  static const fs::path root = KEYLEDGER_SOURCE_DIR;
  return root;
}

std::vector<std::string> top_level_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(repository_root())) {
    names.push_back(entry.path().filename().string());
  }
  return names;
}

namespace {

constexpr std::array<std::string_view, 6> kForeign = {
    ".git", ".cache", "build", "quickstart-data", "LICENSE", "compile_commands.json"};

std::vector<fs::path> paths_of_texts() {
  const fs::path& root = repository_root();
  std::vector<fs::path> paths;
  for (const std::string& name : top_level_names()) {
    if (contains(kForeign, name)) continue;
    if (fs::is_regular_file(root / name)) paths.push_back(root / name);
    if (!fs::is_directory(root / name)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / name)) {
      if (entry.is_regular_file()) paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

Sources all_sources() {
  Sources all;
  for (const fs::path& path : paths_of_texts()) {
    const std::string name = path.lexically_relative(repository_root()).generic_string();
    if (name.starts_with("tests/data/") || ends_with_any(name, {".png", ".bin"})) continue;
    std::ifstream file(path, std::ios::binary);
    all.push_back({name, {std::istreambuf_iterator<char>(file), {}}});
  }
  return all;
}

Sources all_code() {
  Sources all = all_sources();
  std::erase_if(all, [](const Source& source) { return !is_code(source.path); });
  return all;
}

void check_each(const Sources& sources, Complaints (*rule)(const Source&)) {
  CHECK(sources.size() > 50);
  for (const Source& source : sources) {
    for (const std::string& complaint : rule(source)) FAIL_CHECK(source.path + ": " + complaint);
  }
}

bool ends_with_any(std::string_view text, std::initializer_list<std::string_view> ends) {
  return std::any_of(ends.begin(), ends.end(), [&](std::string_view end) { return text.ends_with(end); });
}

bool is_code(std::string_view path) { return ends_with_any(path, {".h", ".cpp"}); }

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool has_word(std::string_view line, std::string_view word) {
  for (std::size_t at = line.find(word); at != line.npos; at = line.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool begins = at == 0 || !is_word(line[at - 1]) || !is_word(word.front());
    const bool ends = end == line.size() || !is_word(line[end]) || !is_word(word.back());
    if (begins && ends) return true;
  }
  return false;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::string_view first_folder(std::string_view path) { return path.substr(0, path.find('/')); }

std::string_view folder_of(std::string_view path) {
  const std::size_t end = path.rfind('/');
  return end == path.npos ? std::string_view{} : path.substr(0, end);
}

std::string_view component_of(std::string_view path) { return path.substr(0, path.rfind('.')); }

std::string_view included_by(std::string_view line) {
  if (!line.starts_with("#include ")) return {};
  line.remove_prefix(std::string_view("#include ").size());
  const std::size_t end = line.find_first_of("\">", 1);
  return end == line.npos ? std::string_view("\"\"") : line.substr(0, end + 1);
}

std::vector<std::string_view> own_includes(const Source& source) {
  std::vector<std::string_view> names;
  for (const std::string_view line : split(source.text, '\n')) {
    const std::string_view include = included_by(line);
    if (include.starts_with('"')) names.push_back(include.substr(1, include.size() - 2));
  }
  return names;
}

std::string joined(std::string_view first, std::string_view second) {
  return std::string(first) + std::string(second);
}

namespace {

// Returns the end, exclusive, of a comment or a preprocessor line that begins at `at`; `at` if none begins. A
// line's end is not part of a `//` comment or of a preprocessor line.
std::size_t end_of_comment(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  if (rest.starts_with("//")) return std::min(text.find('\n', at), text.size());
  if (rest.starts_with("/*")) return std::min(text.find("*/", at + 2), text.size() - 2) + 2;
  const bool begins_line = at == 0 || text[at - 1] == '\n';
  if (!begins_line || !rest.starts_with('#')) return at;
  std::size_t end = std::min(text.find('\n', at), text.size());
  while (end < text.size() && text[end - 1] == '\\') end = std::min(text.find('\n', end + 1), text.size());
  return end;
}

std::size_t end_of_literal(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  const bool continues_word = at > 0 && is_word(text[at - 1]);
  if (rest.starts_with("R\"") && !continues_word) {
    const std::size_t open = std::min(text.find('(', at), text.size());
    const std::string end = ")" + std::string(text.substr(at + 2, open - at - 2)) + "\"";
    return std::min(text.find(end, open), text.size() - end.size()) + end.size();
  }
  // The apostrophe of 1'000 separates digits.
  if (rest.front() != '"' && (rest.front() != '\'' || continues_word)) return at;
  for (std::size_t end = at + 1; end < text.size(); ++end) {
    if (text[end] == '\\') {
      ++end;
    } else if (text[end] == rest.front()) {
      return end + 1;
    }
  }
  return text.size();
}

void blank(std::string& text, std::size_t begin, std::size_t end) {
  for (std::size_t at = begin; at < end; ++at) {
    if (text[at] != '\n') text[at] = ' ';
  }
}

}  // namespace

std::string code_only(std::string_view text) {
  std::string code(text);
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = end_of_comment(text, at);
    if (end > at) blank(code, at, end);
    if (end == at) {
      end = end_of_literal(text, at);
      if (end > at + 1) blank(code, at + 1, end - 1);  // quotes stay: an expression stays an expression
    }
    at = std::max(end, at + 1);
  }
  return code;
}

TEST_CASE("code without comments and literals keeps its lines and its braces") {
  CHECK(code_only("int a;  // { b\n") == "int a;        \n");
  CHECK(code_only("/* { */ int a;") == "        int a;");
  CHECK(code_only("f(\"{\\\"\", '{', 1'000);") == "f(\"   \", ' ', 1'000);");
  CHECK(code_only("f(R\"x({\n\")x\");") == "f(R    \n   \");");
  CHECK(code_only("#define A { \\\n  }\nb") == "             \n   \nb");
}

TEST_CASE("a word is found only where it is whole") {
  CHECK(has_word("a time(0)", "time("));
  CHECK_FALSE(has_word("uptime(0)", "time("));
}

}  // namespace keyledger::tests
