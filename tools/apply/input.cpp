#include "tools/apply/input.h"

#include "ledger/values/ascii_text.h"
#include "net/json/commands.h"
#include "net/json/records.h"
#include "net/json/strict_json.h"
#include "tools/apply/clear_token.h"
#include "tools/apply/yaml_documents.h"

namespace keyledger::tools::apply {
namespace {

using boost::json::object;
using ledger::Result;
using ledger::take_line;
using ledger::Timestamp;

constexpr std::string_view kBlanks = " \t\r";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool is_skipped(std::string_view line) {
  return line.find_first_not_of(kBlanks) == line.npos || line.front() == '#';
}

std::string_view without_mark(const std::string& text) {
  std::string_view rest = text;
  if (rest.starts_with(kByteOrderMark)) rest.remove_prefix(kByteOrderMark.size());
  return rest;
}

bool is_json_lines(const InputFile& file) {
  if (file.name.ends_with(".jsonl") || file.name.ends_with(".json")) return true;
  std::string_view rest = without_mark(file.text);
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    if (!is_skipped(line)) return line[line.find_first_not_of(kBlanks)] == '{';
  }
  return false;
}

void add_lines(const InputFile& file, ApplyPlan& plan) {
  std::string_view rest = without_mark(file.text);
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::string_view line = take_line(rest);
    if (!is_skipped(line)) {
      plan.entries.push_back({.place = {.file = file.name, .line = number}, .content = line});
    }
  }
}

void add_documents(const InputFile& file, ApplyPlan& plan) {
  auto documents = read_yaml_documents(file.text);
  if (!documents) {
    const YamlFault& fault = documents.error();
    plan.faults.push_back({.place = {.file = file.name, .line = fault.line}, .what = fault.what});
    return;
  }
  for (YamlDocument& document : *documents) {
    const InputPlace place{.file = file.name, .line = document.line};
    if (!document.content) {
      plan.faults.push_back({.place = place, .what = document.content.error()});
    } else if (!document.content->is_object()) {
      plan.faults.push_back({.place = place, .what = "a document must be a mapping"});
    } else if (auto mistake = hash_clear_token(document.content->get_object())) {
      plan.faults.push_back({.place = place, .what = std::move(*mistake)});
    } else {
      plan.entries.push_back({.place = place, .content = std::move(document.content->get_object())});
    }
  }
}

Result<object, std::string> object_of(const ApplyEntry& entry) {
  if (const auto* document = std::get_if<object>(&entry.content)) return *document;
  auto value = net::parse_strict_json(std::get<std::string_view>(entry.content));
  if (!value) return value.error();
  if (!value->is_object()) return std::string("a line must be a JSON object");
  if (auto mistake = hash_clear_token(value->get_object())) return std::move(*mistake);
  return std::move(value->get_object());
}

// Returns the name of a step in the report.
std::string name_in(const object& json, std::string_view before, std::string_view field) {
  const auto* name = json.if_contains({field.data(), field.size()});
  return std::string(before) + std::string(name->get_string());
}

std::string name_of(const SmarterManifest& manifest) {
  const auto* client = std::get_if<ClientManifest>(&manifest);
  return client == nullptr ? "SmarterAuthToken" : client->kind;
}

}  // namespace

Result<ApplyStep, std::string> step_of(const ApplyEntry& entry, Timestamp now) {
  auto json = object_of(entry);
  if (!json) return json.error();
  if (json->contains("command")) {
    auto run = net::command_of(*json, now);
    if (!run) return run.error();
    std::string name = name_in(*json, "", "command");
    return ApplyStep{.name = std::move(name), .json = std::move(*json), .action = std::move(*run)};
  }
  if (json->contains("record")) {
    auto run = net::record_of(*json, now);
    if (!run) return run.error();
    std::string name = name_in(*json, "record ", "record");
    return ApplyStep{.name = std::move(name), .json = std::move(*json), .action = std::move(*run)};
  }
  if (!is_manifest(*json)) {
    return std::string("neither a command nor a record nor a manifest: \"command\" is missing");
  }
  auto manifest = manifest_of(*json);
  if (!manifest) return manifest.error();
  std::string name = name_of(*manifest);
  return ApplyStep{.name = std::move(name), .json = std::move(*json), .action = std::move(*manifest)};
}

ApplyStep step_of(const ApplyEntry& entry, const ApplyPlan& plan, Timestamp now) {
  auto step = step_of(entry, now);
  ENSURE(step.ok(), "an entry that was understood is understood again");
  const auto exported = plan.exports.find(entry.place.file);
  auto* run = std::get_if<net::RunCommand>(&step->action);
  if (exported != plan.exports.end() && run != nullptr) exported->second.mend(*run);
  return std::move(*step);
}

ApplyPlan plan_of(std::span<const InputFile> files, Timestamp now) {
  ApplyPlan plan;
  for (const InputFile& file : files) {
    const std::size_t first = plan.entries.size();
    is_json_lines(file) ? add_lines(file, plan) : add_documents(file, plan);
    for (std::size_t i = first; i < plan.entries.size(); ++i) {
      const auto step = step_of(plan.entries[i], now);
      if (!step) {
        plan.faults.push_back({.place = plan.entries[i].place, .what = step.error()});
        continue;
      }
      if (i == first && step->name == "record policy") plan.exports[file.name];
      const auto exported = plan.exports.find(file.name);
      const auto* run = std::get_if<net::RunCommand>(&step->action);
      if (exported != plan.exports.end() && run != nullptr) exported->second.note(*run);
    }
  }
  return plan;
}

}  // namespace keyledger::tools::apply
