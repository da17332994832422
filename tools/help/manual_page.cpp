#include "tools/help/manual_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>

#include "ledger/values/ascii_text.h"
#include "ledger/values/printable_text.h"

namespace keyledger::tools::help {
namespace {

// mandoc(1) warns of longer lines, and of a sentence beginning in the middle of a line.
constexpr std::size_t kLineMax = 78;

std::string in_capitals(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

std::string bold(const std::string& text) { return "\\fB" + roff_text(text) + "\\fR"; }

std::string italic(const std::string& text) { return "\\fI" + roff_text(text) + "\\fR"; }

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (true) {
    const std::size_t begin = text.find_first_not_of(" \n");
    if (begin == text.npos) return words;
    text.remove_prefix(begin);
    const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

bool ends_sentence(const std::string& word, const std::string& next) {
  return (word.back() == '.' || word.back() == '?') &&
         std::isupper(static_cast<unsigned char>(next.front())) != 0;
}

// Joins escaped words to lines of source text; roff itself fills the lines of the page.
std::string filled(const std::vector<std::string>& words) {
  std::string lines;
  std::size_t width = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool begins_line =
        i == 0 || width + 1 + words[i].size() > kLineMax || ends_sentence(words[i - 1], words[i]);
    if (i > 0) lines += begins_line ? "\n" : " ";
    width = begins_line ? words[i].size() : width + 1 + words[i].size();
    lines += words[i];
  }
  return lines + "\n";
}

// Returns the text with a full stop at the end, because help texts have none.
std::string sentence(std::string_view text) {
  std::vector<std::string> words = words_of(text);
  if (words.empty()) return {};
  if (!std::ispunct(static_cast<unsigned char>(words.back().back())) || words.back().back() == ')')
    words.back() += ".";
  std::ranges::transform(words, words.begin(), [](const std::string& word) { return roff_text(word); });
  return filled(words);
}

// Returns the choices, or the placeholder if the value has no fixed choices.
std::string value_text(const CommandOption& option) {
  if (option.choices.empty()) return italic(option.placeholder);
  std::string text;
  for (const std::string& choice : option.choices) text += (text.empty() ? "" : "|") + bold(choice);
  return text;
}

std::string option_entry(const CommandOption& option) {
  std::string entry = ".TP\n";
  for (const std::string& name : option.names)
    entry += (&name == &option.names.front() ? "" : ", ") + bold(name);
  if (option.value != ValueKind::kNone) entry += (option.names.empty() ? "" : " ") + value_text(option);
  std::string text = option.description;
  const auto add = [&text](const std::string& more) { text += (text.ends_with(".") ? " " : ". ") + more; };
  if (option.required && !option.names.empty()) add("Required.");
  const bool says_so = in_capitals(text).find("MAY BE REPEATED") != std::string::npos;
  if (option.repeatable && !option.names.empty() && !says_so) add("May be repeated.");
  for (const std::string& other : option.excludes) add("Not together with " + other + ".");
  return entry + "\n" + sentence(text);
}

std::string options_section(const CommandPlace& place) {
  std::string section = ".SH OPTIONS\n";
  for (const CommandOption& argument : place.command->arguments) section += option_entry(argument);
  for (const CommandOption& option : place.command->options) section += option_entry(option);
  const std::vector<CommandOption> inherited = place.inherited();
  if (inherited.empty()) return section;
  section += ".SS Options of every command\n";
  for (const CommandOption& option : inherited) section += option_entry(option);
  return section;
}

std::string synopsis(const CommandPlace& place) {
  std::vector<std::string> words;
  for (const std::string& word : place.words) words.push_back(bold(word));
  for (const CommandOption& option : place.command->options) {
    if (!option.required) continue;
    words.push_back(bold(option.names.back()));
    words.push_back(value_text(option));
  }
  if (!place.command->commands.empty()) words.push_back(italic("COMMAND"));
  words.push_back("[" + italic("OPTION") + "]...");
  for (const CommandOption& argument : place.command->arguments) {
    const std::string value = argument.choices.empty() ? italic(argument.placeholder) : value_text(argument);
    words.push_back((argument.required ? value : "[" + value + "]") + (argument.repeatable ? "..." : ""));
  }
  return ".SH SYNOPSIS\n" + filled(words);
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// Returns the NAME section in one line, because apropos(1) indexes this line. If the description begins with
// the command's name, the name is not repeated.
std::string name_section(const CommandPlace& place) {
  std::string what = first_line(place.command->description);
  if (what.ends_with('.')) what.pop_back();
  const std::string twice = place.command->name + ": ";
  if (in_capitals(what).starts_with(in_capitals(twice))) what.erase(0, twice.size());
  return ".SH NAME\n" + roff_text(page_name(place)) + " \\- " + roff_text(what) + "\n";
}

std::string description_section(const std::string& description) {
  std::string section = ".SH DESCRIPTION\n";
  std::string_view rest = description;
  while (!rest.empty()) {
    const bool is_first = rest.data() == description.data();
    const std::string paragraph = sentence(ledger::take_line(rest));
    if (!paragraph.empty() && !is_first) section += ".PP\n";
    section += paragraph;
  }
  return section;
}

std::string page_reference(const std::string& name, const std::string& section) {
  return ".BR " + roff_text(name) + " (" + section + ")";
}

std::string commands_section(const Manual& manual, const CommandPlace& place) {
  if (place.command->commands.empty()) return {};
  std::string section = ".SH COMMANDS\n";
  for (const CommandNode& command : place.command->commands) {
    section += ".TP\n" +
               page_reference(page_name(place) + "-" + command.name, std::to_string(manual.section)) + "\n" +
               sentence(first_line(command.description));
  }
  return section;
}

std::string entries_section(const std::string& title, const std::vector<ManualEntry>& entries) {
  if (entries.empty()) return {};
  std::string section = ".SH " + title + "\n";
  for (const ManualEntry& entry : entries)
    section += ".TP\n" + bold(entry.term) + "\n" + sentence(entry.meaning);
  return section;
}

// Returns references to the pages of the commands above, and to pages of other programs.
std::string see_also_section(const Manual& manual, const CommandPlace& place) {
  std::vector<std::string> references;
  for (std::size_t depth = 1; depth < place.words.size(); ++depth) {
    CommandPlace above = place;
    above.words.resize(depth);
    references.push_back(page_reference(page_name(above), std::to_string(manual.section)));
  }
  for (const std::string& page : manual.see_also) {
    const std::size_t open = page.find('(');
    references.push_back(page_reference(page.substr(0, open), page.substr(open + 1, page.size() - open - 2)));
  }
  if (references.empty()) return {};
  std::string section = ".SH \"SEE ALSO\"\n";
  for (const std::string& reference : references) {
    section += reference + (&reference == &references.back() ? "\n" : ",\n");
  }
  return section;
}

}  // namespace

std::string roff_text(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const ledger::CodePoint point = ledger::take_code_point(text);
    const bool begins_line = out.empty() || out.back() == '\n';
    switch (point.value) {
      case '\\':
        out += "\\(rs";
        break;
      case '-':
        out += "\\-";
        break;
      case '.':
        out += begins_line ? "\\&." : ".";
        break;
      case '\'':
        out += "\\(aq";
        break;
      case '"':
        out += "\\(dq";
        break;
      case '`':
        out += "\\(ga";
        break;
      case '^':
        out += "\\(ha";
        break;
      case '~':
        out += "\\(ti";
        break;
      case ledger::CodePoint::kNotUtf8:
        out += "\\[uFFFD]";
        break;
      default:
        if (point.value > 0x7e) {
          fmt::format_to(std::back_inserter(out), "\\[u{:04X}]", static_cast<std::uint32_t>(point.value));
        } else {
          out += point.bytes;
        }
    }
  }
  return out;
}

std::string page_name(const CommandPlace& place) { return fmt::format("{}", fmt::join(place.words, "-")); }

std::string manual_page(const Manual& manual, const CommandPlace& place) {
  std::string page =
      fmt::format(".\\\" Made by keyledger man from what {} --help says.\n", manual.program.name);
  page +=
      fmt::format(".TH {} {} \"\" \"{}\" \"Keyledger Manual\"\n", roff_text(in_capitals(page_name(place))),
                  manual.section, roff_text("keyledger " + manual.version));
  page += name_section(place);
  page += synopsis(place);
  page += description_section(place.command->description);
  page += commands_section(manual, place);
  page += options_section(place);
  page += entries_section("\"EXIT STATUS\"", manual.exit_statuses);
  page += entries_section("ENVIRONMENT", manual.environment);
  return page + see_also_section(manual, place);
}

}  // namespace keyledger::tools::help
