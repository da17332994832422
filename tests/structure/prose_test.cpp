// A gauge of prose: two figures for the comments of each top folder. Pronouns without a near noun
// and sentences that open as fragments make a reader look back. Good sentences can exceed a figure; a folder
// of good sentences does not.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cctype>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/structure/sources.h"

namespace keyledger::tests {
namespace {

struct Limits {
  std::string_view folder;
  double pronouns;   // in a hundred words
  double fragments;  // in a hundred sentences
};

// Texts of LevelDB and KJ, which many people have read, have 4 to 6 pronouns and 1 to 4 % fragments.
constexpr std::array<Limits, 6> kLimits = {{
    {"ledger", 6.0, 5.0},
    {"projections", 6.0, 5.0},
    {"commands", 6.0, 5.0},
    {"net", 6.0, 5.0},
    {"tools", 6.0, 5.0},
    {"tests", 6.0, 5.0},
}};

constexpr std::array<std::string_view, 25> kPronouns = {
    "it",    "its",  "itself", "that",  "this",    "what",     "which", "who",   "whom",
    "whose", "he",   "him",    "his",   "they",    "them",     "their", "those", "these",
    "one",   "ones", "such",   "there", "whoever", "whatever", "so"};

constexpr std::array<std::string_view, 12> kFragmentOpenings = {"of",       "what",     "who",   "whose",
                                                                "whoever",  "those",    "that",  "which",
                                                                "likewise", "the same", "where", "how"};

struct Figures {
  std::size_t words = 0;
  std::size_t pronouns = 0;
  std::size_t sentences = 0;
  std::size_t fragments = 0;
};

double in_a_hundred(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

// --- From a text to sentences ---

// Returns the words of a line with nothing but a comment; empty for any other line. Schemas mark comments
// with '#'.
std::string_view comment_in(std::string_view line, bool is_schema) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  if (is_schema ? !line.starts_with("# ") : !line.starts_with("//")) return {};
  line.remove_prefix(std::min(line.find_first_not_of(is_schema ? "# " : "/ "), line.size()));
  return line;
}

// Consecutive comment lines are a paragraph. Notes to clang-tidy and clang-format are no prose.
std::vector<std::string> paragraphs_of(const Source& source) {
  std::vector<std::string> paragraphs;
  bool open = false;
  for (const std::string_view line : split(source.text, '\n')) {
    const std::string_view comment = comment_in(line, source.path.ends_with(".capnp"));
    if (!comment.empty() && !open) paragraphs.emplace_back();
    if (!comment.empty()) paragraphs.back() += std::string(comment) + " ";
    open = !comment.empty();
  }
  std::erase_if(paragraphs, [](const std::string& paragraph) {
    return paragraph.find("NOLINT") != paragraph.npos || paragraph.find("clang-format") != paragraph.npos;
  });
  return paragraphs;
}

// Lower-case words of letters and apostrophes.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  bool open = false;
  for (const char c : text) {
    const bool is_letter = std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '\'';
    if (is_letter && !open) words.emplace_back();
    if (is_letter) words.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    open = is_letter;
  }
  return words;
}

// A sentence ends after one of ".!?:;" that a blank follows, and has at least three words.
std::vector<std::vector<std::string>> sentences_of(std::string_view paragraph) {
  std::vector<std::vector<std::string>> sentences;
  for (std::size_t begin = 0; begin < paragraph.size();) {
    std::size_t end = begin;
    while (end < paragraph.size() &&
           !(end > begin && paragraph[end] == ' ' &&
             std::string_view(".!?:;").find(paragraph[end - 1]) != std::string_view::npos)) {
      ++end;
    }
    std::vector<std::string> words = words_of(paragraph.substr(begin, end - begin));
    if (words.size() >= 3) sentences.push_back(std::move(words));
    begin = end + 1;
  }
  return sentences;
}

// --- The figures ---

bool opens_as_fragment(const std::vector<std::string>& sentence) {
  return contains(kFragmentOpenings, sentence[0]) ||
         contains(kFragmentOpenings, sentence[0] + " " + sentence[1]);
}

void add(Figures& figures, const Source& source) {
  for (const std::string& paragraph : paragraphs_of(source)) {
    for (const std::vector<std::string>& sentence : sentences_of(paragraph)) {
      ++figures.sentences;
      if (opens_as_fragment(sentence)) ++figures.fragments;
      figures.words += sentence.size();
      for (const std::string& word : sentence) {
        if (contains(kPronouns, word)) ++figures.pronouns;
      }
    }
  }
}

// Returns a complaint for each figure that exceeds its limit.
Complaints prose_complaints(const Figures& figures, const Limits& limits) {
  Complaints complaints;
  const auto compare = [&](double figure, double limit, const std::string& what) {
    if (figure <= limit) return;
    std::array<char, 128> text{};
    std::snprintf(text.data(), text.size(), "/: %.2f %s are more than %.1f", figure, what.c_str(), limit);
    complaints.push_back(std::string(limits.folder) + text.data());
  };
  compare(in_a_hundred(figures.pronouns, figures.words), limits.pronouns, "pronouns in a hundred words");
  compare(in_a_hundred(figures.fragments, figures.sentences), limits.fragments, "% fragments");
  return complaints;
}

TEST_CASE("comments are written in plain English") {
  std::map<std::string, Figures, std::less<>> figures;
  for (const Source& source : all_sources()) {
    if (!is_code(source.path) && !source.path.ends_with(".capnp")) continue;
    add(figures[std::string(first_folder(source.path))], source);
  }
  for (const Limits& limits : kLimits) {
    const Figures& found = figures[std::string(limits.folder)];
    CHECK(found.words > 500);
    for (const std::string& complaint : prose_complaints(found, limits)) FAIL_CHECK(complaint);
  }
}

Figures figures_of(const std::string& text) {
  Figures figures;
  add(figures, {"net/a.h", text});
  return figures;
}

TEST_CASE("whole-line comments are read sentence by sentence") {
  const Figures figures = figures_of(
      "// A log: keeps all records. Of them it\n// loses none.\nint a;  // that is not read\n  /// Done "
      "so.\n");
  CHECK(figures.sentences == 2);  // "A log:" and "Done so." are too short
  CHECK(figures.words == 8);
  CHECK(figures.pronouns == 2);
  CHECK(figures.fragments == 1);
  CHECK(figures_of("// The same log again.\n").fragments == 1);
  CHECK(figures_of("// The log's use is of value.\n").fragments == 0);
  CHECK(figures_of("// NOLINTNEXTLINE: that is what it is\n").words == 0);
}

TEST_CASE("comments of a schema begin with another mark") {
  Figures figures;
  add(figures, {"net/a.capnp", "# A record of one log.\nstruct A {}  # not read\n"});
  CHECK(figures.words == 5);
  CHECK(figures_of("#include <vector>\n").words == 0);
}

TEST_CASE("a figure above its limit is a complaint") {
  const Limits limits = {"net", 6.0, 5.0};
  CHECK(prose_complaints({100, 6, 100, 5}, limits) == Complaints{});
  CHECK(prose_complaints({100, 7, 100, 5}, limits).size() == 1);
  CHECK(prose_complaints({1000, 61, 100, 6}, limits).size() == 2);
  CHECK(prose_complaints({}, limits) == Complaints{});
}

}  // namespace
}  // namespace keyledger::tests
