#include "tools/import/smarter_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "commands/decide.h"
#include "commands/names.h"
#include "ledger/values/printable_text.h"
#include "net/json/text.h"
#include "tools/import/knox_rows.h"

namespace keyledger::tools::import {

using commands::is_name;
using commands::is_plain_text;
using ledger::Annotation;

namespace {

constexpr std::string_view kDefaultVersion = "1.0.0";
constexpr std::string_view kVersionAnnotation = "smarter.sh/version";

// Returns the reason why the text is not a valid name. The text must be invalid.
std::string not_a_name(std::string_view text, std::size_t bytes_max) {
  if (text.empty()) return "is empty";
  if (text.size() > bytes_max) return fmt::format("is longer than {} bytes", bytes_max);
  if (!is_plain_text(text)) return fmt::format("{} has a control character", ledger::quoted(text));
  if (text.find('/') != text.npos) return fmt::format("{} has a slash", ledger::quoted(text));
  if (text.front() == ' ' || text.back() == ' ')
    return fmt::format("{} begins or ends with a blank", ledger::quoted(text));
  return fmt::format("{} has the form of an id", ledger::quoted(text));
}

std::string without_controls(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    const ledger::CodePoint point = ledger::take_code_point(text);
    plain += is_plain_text(point.bytes) ? point.bytes : " ";
  }
  return plain;
}

std::string_view first_characters(std::string_view text, std::size_t count) {
  std::string_view rest = text;
  while (count > 0 && !rest.empty()) {
    ledger::take_code_point(rest);
    --count;
  }
  return text.substr(0, text.size() - rest.size());
}

std::string compact(const boost::json::value& value) {
  std::string text;
  append_json(text, value, net::JsonLayout::kCompact);
  return text;
}

// Collects the annotations of one key.
class Annotations {
 public:
  explicit Annotations(const ReportField& report) : report_(report) {}

  void add(std::string_view name, const boost::json::value& value) {
    const auto* text = value.if_string();
    add(name, text != nullptr ? std::string(text->data(), text->size()) : compact(value));
  }

  void add(std::string_view name, std::string value, DumpField field = DumpField::kAnnotations) {
    const std::string wrong = why_not(name, value);
    if (wrong.empty()) {
      all_.push_back({.name = std::string(name), .value = std::move(value)});
    } else if (!is_there(name, value)) {
      report_(field, fmt::format("{}: {}, left out", ledger::quoted(name), wrong));
    }
  }

  std::vector<Annotation> take() { return std::move(all_); }

 private:
  bool is_there(std::string_view name, const std::string& value) const {
    return std::ranges::find(all_, Annotation{std::string(name), value}) != all_.end();
  }

  std::string why_not(std::string_view name, const std::string& value) const {
    if (name.empty()) return "a name is empty";
    if (name.size() > commands::kAnnotationNameBytesMax) {
      return fmt::format("a name is longer than {} bytes", commands::kAnnotationNameBytesMax);
    }
    if (!is_plain_text(name)) return "a name has a control character";
    if (std::ranges::find(all_, name, &Annotation::name) != all_.end()) return "the name occurs twice";
    if (!is_plain_text(value)) return "the value has a control character";
    if (commands::characters_in(value) > commands::kAnnotationCharactersMax) {
      return fmt::format("the value is longer than {} characters", commands::kAnnotationCharactersMax);
    }
    if (all_.size() == commands::kAnnotationsMax)
      return fmt::format("is beyond the first {}", commands::kAnnotationsMax);
    return {};
  }

  const ReportField& report_;
  std::vector<Annotation> all_;
};

// Returns the reason why a tag is not valid; empty if the tag is valid.
std::string not_a_tag(const boost::json::value& tag, std::size_t tags) {
  const auto* text = tag.if_string();
  if (text == nullptr) return "is not a text";
  if (text->empty()) return "is empty";
  if (text->size() > commands::kTagBytesMax) {
    return fmt::format("is longer than {} bytes", commands::kTagBytesMax);
  }
  if (!is_plain_text({text->data(), text->size()})) return "has a control character";
  if (tags == commands::kTagsMax) return fmt::format("is beyond the first {}", commands::kTagsMax);
  return {};
}

}  // namespace

std::string fitting_account_name(const AccountRow& row, const ReportField& report) {
  constexpr std::size_t kMax = commands::kNameBytesMax;
  if (is_name(row.company_name, kMax)) return row.company_name;
  const std::string& next = is_name(row.name, kMax) ? row.name : row.number;
  if (!row.company_name.empty()) {
    report(DumpField::kCompanyName, fmt::format("{}: the account is named {}",
                                                not_a_name(row.company_name, kMax), ledger::quoted(next)));
  } else if (next != row.name) {
    report(DumpField::kName,
           fmt::format("{}: the account is named {}", not_a_name(row.name, kMax), ledger::quoted(next)));
  }
  return next;
}

std::string fitting_client_name(const ClientRow& row, std::string_view number, const ReportField& report) {
  if (is_name(row.name, commands::kNameBytesMax)) return row.name;
  std::string derived = fmt::format("client_{}", number);
  report(DumpField::kName,
         fmt::format("{}: the client is named {}", not_a_name(row.name, commands::kNameBytesMax),
                     ledger::quoted(derived)));
  return derived;
}

std::string fitting_key_name(const SmarterTokenRow& row, ledger::Timestamp created,
                             const ReportField& report) {
  constexpr std::size_t kMax = commands::kBaseNameBytesMax;
  if (is_name(row.name, kMax)) return row.name;
  std::string derived = fmt::format("smarter_{}", day_of(created));
  report(DumpField::kName,
         fmt::format("{}: the key is named {}", not_a_name(row.name, kMax), ledger::quoted(derived)));
  return derived;
}

std::string fitting_description(const std::string& text, const ReportField& report) {
  constexpr std::size_t kMax = commands::kDescriptionCharactersMax;
  std::string_view kept = first_characters(text, kMax);
  if (kept.size() < text.size()) {
    report(DumpField::kDescription, fmt::format("is longer than {} characters: cut", kMax));
  }
  if (is_plain_text(kept)) return std::string(kept);
  report(DumpField::kDescription, "has control characters: they were replaced by blanks");
  return without_controls(kept);
}

std::vector<std::string> fitting_tags(const boost::json::value& list, const ReportField& report) {
  std::vector<std::string> tags;
  if (list.is_null()) return tags;
  const auto* elements = list.if_array();
  if (elements == nullptr) {
    report(DumpField::kTags, "is not a list: left out");
    return tags;
  }
  for (const auto& element : *elements) {
    const auto* text = element.if_string();
    const bool is_there = text != nullptr && std::ranges::find(tags, std::string_view(*text)) != tags.end();
    if (is_there) continue;
    const std::string wrong = not_a_tag(element, tags.size());
    if (wrong.empty()) {
      tags.emplace_back(text->data(), text->size());
    } else {
      report(DumpField::kTags, fmt::format("{} {}, left out", ledger::quoted(compact(element)), wrong));
    }
  }
  return tags;
}

std::vector<Annotation> fitting_annotations(const SmarterTokenRow& row, const ReportField& report) {
  Annotations annotations(report);
  const auto add_members = [&](const boost::json::value& element) {
    const auto* object = element.if_object();
    if (object == nullptr) {
      report(DumpField::kAnnotations,
             fmt::format("{} is not an object, left out", ledger::quoted(compact(element))));
      return;
    }
    for (const auto& [name, value] : *object) annotations.add({name.data(), name.size()}, value);
  };
  if (const auto* list = row.annotations.if_array()) {
    for (const auto& element : *list) add_members(element);
  } else if (!row.annotations.is_null()) {
    add_members(row.annotations);
  }
  if (!row.version.empty() && row.version != kDefaultVersion) {
    annotations.add(kVersionAnnotation, row.version, DumpField::kVersion);
  }
  return annotations.take();
}

}  // namespace keyledger::tools::import
