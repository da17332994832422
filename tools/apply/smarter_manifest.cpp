#include "tools/apply/smarter_manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <regex>

#include "ledger/values/ascii_text.h"
#include "ledger/values/printable_text.h"
#include "net/json/field_reader.h"
#include "net/json/text.h"

namespace keyledger::tools::apply {
namespace {

using boost::json::object;
using boost::json::value;

// A fault of a manifest. Faults are thrown, because manifests nest; manifest_of() catches all faults.
struct Unusable {
  std::string what;
};

[[noreturn]] void miss(std::string_view key) { throw Unusable{fmt::format("Missing required key {}", key)}; }

[[noreturn]] void refuse(std::string_view key, std::string_view expected, std::string_view instead) {
  throw Unusable{fmt::format("Invalid value for key {}. Expected {} but got {}", key, expected, instead)};
}

constexpr std::string_view kNotFriendly =
    "Ensure that you do not include characters that are not URL friendly.";

// ---- Parts of a manifest ----

std::string string_of(const value& value) { return {value.get_string().data(), value.get_string().size()}; }

std::string trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == text.npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin));
}

// Returns null if the field is missing or null.
const value* find(const object& in, std::string_view key) {
  const value* found = in.if_contains({key.data(), key.size()});
  return found == nullptr || found->is_null() ? nullptr : found;
}

const object& object_in(const object& in, std::string_view key) {
  const value* found = find(in, key);
  if (found == nullptr) miss(key);
  if (!found->is_object()) refuse(key, "an object", net::shown(*found));
  return found->get_object();
}

std::string text_in(const object& in, std::string_view key) {
  const value* found = find(in, key);
  if (found == nullptr) miss(key);
  if (!found->is_string()) refuse(key, "a text", net::shown(*found));
  std::string text = trimmed(string_of(*found));
  if (text.empty()) miss(key);
  return text;
}

// Returns a scalar as a text, a list or an object as compact JSON.
std::string text_of(const value& value) {
  if (value.is_string()) return string_of(value);
  std::string text;
  append_json(text, value, net::JsonLayout::kCompact);
  return text;
}

// ---- Names ----

bool is_friendly(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return ledger::is_digit(c) || ledger::is_letter(c) ||
           std::string_view("_-.~:/?#[]@!$&'()*+,;= %").find(c) != std::string_view::npos;
  });
}

// Converts like Django's slugify(), but with underscores: letters become lower case, a run of blanks, dashes
// and underscores becomes a single underscore, and all other characters are dropped.
std::string snake_case_of(std::string_view text) {
  std::string name;
  bool pause = false;
  for (const char c : text) {
    if (ledger::is_letter(c) || ledger::is_digit(c)) {
      if (pause && !name.empty()) name += '_';
      pause = false;
      name += ledger::lower_case(c);
    } else if (c == ' ' || c == '-' || c == '_') {
      pause = true;
    }
  }
  return name;
}

ManifestName name_of(const object& metadata) {
  ManifestName name{.written = text_in(metadata, "name")};
  if (ledger::count_code_points(name.written) > kManifestNameMax) {
    throw Unusable{"Name must be less than 50 characters"};
  }
  name.name = snake_case_of(name.written);
  if (!is_friendly(name.written) || name.name.empty()) {
    throw Unusable{fmt::format("Invalid name: {}. {}", ledger::printable(name.written), kNotFriendly)};
  }
  return name;
}

// ---- Metadata ----

std::string description_of(const object& metadata) {
  const value* found = metadata.if_contains("description");
  if (found == nullptr) miss("description");
  if (found->is_null()) return {};
  if (!found->is_string()) refuse("description", "a text", net::shown(*found));
  return trimmed(string_of(*found));
}

std::vector<std::string> tags_of(const object& metadata) {
  const value* found = find(metadata, "tags");
  if (found == nullptr) return {};
  if (!found->is_array()) refuse("tags", "a list", net::shown(*found));
  std::vector<std::string> tags;
  for (const value& each : found->get_array()) {
    if (each.is_array() || each.is_object() || each.is_null()) refuse("tags", "texts", net::shown(each));
    std::string tag = trimmed(text_of(each));
    if (!is_friendly(tag))
      throw Unusable{fmt::format("Invalid tag: {}. {}", ledger::printable(tag), kNotFriendly)};
    tags.push_back(std::move(tag));
  }
  return tags;
}

bool is_annotation_key(std::string_view key) {
  return !key.empty() && std::ranges::all_of(key, [](char c) {
    return ledger::is_digit(c) || ledger::is_letter(c) || c == '.' || c == '_' || c == '/' || c == '-';
  });
}

ledger::Annotation annotation_of(std::string name, const value& value) {
  if (!is_annotation_key(name)) {
    throw Unusable{fmt::format("Invalid annotation key: {}. {}", ledger::printable(name), kNotFriendly)};
  }
  std::string text = value.is_null() ? std::string() : text_of(value);
  if (ledger::count_code_points(text) > kManifestAnnotationMax) {
    throw Unusable{fmt::format("Annotation value for key '{}' is too long (max 2048 chars)", name)};
  }
  return {.name = std::move(name), .value = std::move(text)};
}

std::vector<ledger::Annotation> annotations_of(const object& metadata) {
  const value* found = find(metadata, "annotations");
  if (found == nullptr) return {};
  if (!found->is_array()) refuse("annotations", "a list of objects", net::shown(*found));
  std::vector<ledger::Annotation> annotations;
  for (const value& each : found->get_array()) {
    if (!each.is_object()) refuse("annotations", "a list of objects", net::shown(each));
    for (const auto& field : each.get_object()) {
      auto annotation = annotation_of(field.key(), field.value());
      if (std::ranges::find(annotations, annotation.name, &ledger::Annotation::name) != annotations.end()) {
        refuse("annotations", "each name once", annotation.name + " twice");
      }
      annotations.push_back(std::move(annotation));
    }
  }
  return annotations;
}

// Returns the version, or an empty text if the metadata have no version. Throws unless the version matches
// the regular expression of Semantic Versioning 2.0.0 and has at most kVersionMax bytes.
std::string version_of(const object& metadata) {
  static const std::regex semantic(
      R"((0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))"
      R"((\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?)");
  constexpr std::size_t kVersionMax = 255;
  const value* found = find(metadata, "version");
  if (found == nullptr || text_of(*found).empty()) return {};
  std::string version = text_of(*found);
  if (version.size() > kVersionMax || !std::regex_match(version, semantic)) {
    throw Unusable{
        fmt::format("Invalid semantic version. Expected semantic version (ie '1.0.0-alpha') but got {}",
                    net::shown(*found))};
  }
  return version;
}

// ---- Kinds ----

// Returns the kind in lower case and without a last s, because neither the case nor a last s matters.
std::string plain_kind(std::string_view text) {
  std::string kind = ledger::lower_case(text);
  if (kind.ends_with('s')) kind.pop_back();
  return kind;
}

KeyManifest key_manifest_of(const object& manifest) {
  const object& metadata = object_in(manifest, "metadata");
  KeyManifest key{.name = name_of(metadata),
                  .description = description_of(metadata),
                  .tags = tags_of(metadata),
                  .annotations = annotations_of(metadata)};
  std::erase_if(key.annotations, [](const auto& each) { return each.name == kVersionAnnotation; });
  if (std::string version = version_of(metadata); !version.empty()) {
    key.annotations.push_back({.name = std::string(kVersionAnnotation), .value = std::move(version)});
  }
  const object& config = object_in(object_in(manifest, "spec"), "config");
  key.username = text_in(config, "username");
  if (const value* active = find(config, "isActive")) {
    if (!active->is_bool()) refuse("isActive", "true or false", net::shown(*active));
    if (active->get_bool()) key.active = ledger::ActiveFlag::kActive;
  }
  return key;
}

ClientManifest client_manifest_of(const object& manifest, std::string kind) {
  ClientManifest client{.kind = std::move(kind), .name = name_of(object_in(manifest, "metadata"))};
  const object& spec = object_in(manifest, "spec");
  if (find(spec, "apiKey") != nullptr) client.api_key = text_in(spec, "apiKey");
  return client;
}

SmarterManifest read_manifest(const object& manifest) {
  const std::string version = text_in(manifest, "apiVersion");
  if (version != kManifestVersion) {
    throw Unusable{"Unsupported API version: " + ledger::printable(version)};
  }
  const std::string kind = text_in(manifest, "kind");
  const std::string plain = plain_kind(kind);
  if (plain == "smarterauthtoken") return key_manifest_of(manifest);
  if (plain == "llmclient") return client_manifest_of(manifest, "LLMClient");
  if (plain == "chatbot") return client_manifest_of(manifest, "ChatBot");
  refuse("kind", "SmarterAuthToken, LLMClient or ChatBot", ledger::printable(kind));
}

// ---- As text ----

// Returns the value as JSON in a single line, which is also valid YAML.
std::string inline_text(const value& value) {
  std::string text;
  append_json(text, value, net::JsonLayout::kCompact);
  return text;
}

std::string inline_text(std::string_view text) {
  return inline_text(value(boost::json::string_view(text.data(), text.size())));
}

std::string inline_time(const std::optional<ledger::Timestamp>& time) {
  return time ? inline_text(ledger::to_rfc3339(*time)) : "null";
}

}  // namespace

bool is_manifest(const object& object) { return object.contains("apiVersion") || object.contains("kind"); }

ledger::Result<SmarterManifest, std::string> manifest_of(const object& object) {
  try {
    return read_manifest(object);
  } catch (const Unusable& unusable) {
    return unusable.what;
  }
}

std::string example_manifest() {
  return "apiVersion: smarter.sh/v1\n"
         "kind: SmarterAuthToken\n"
         "metadata:\n"
         "  name: snake-case-name\n"
         "  description: An example Smarter API manifest for a SmarterAuthToken\n"
         "  version: 1.0.0\n"
         "  tags: []\n"
         "  annotations: []\n"
         "spec:\n"
         "  config:\n"
         "    isActive: true\n"
         "    username: valid_smarter_username\n";
}

std::string manifest_text(const projections::KeyRow& key) {
  std::string version = "1.0.0";
  std::string annotations;
  for (const ledger::Annotation& each : key.annotations) {
    if (each.name == kVersionAnnotation) {
      version = each.value;
    } else {
      annotations += fmt::format("\n    - {}: {}", inline_text(each.name), inline_text(each.value));
    }
  }
  std::string tags;
  for (const std::string& tag : key.tags) tags += fmt::format("\n    - {}", inline_text(tag));
  return fmt::format(
      "apiVersion: {}\n"
      "kind: SmarterAuthToken\n"
      "metadata:\n"
      "  name: {}\n"
      "  description: {}\n"
      "  version: {}\n"
      "  tags:{}\n"
      "  annotations:{}\n"
      "spec:\n"
      "  config:\n"
      "    isActive: {}\n"
      "    username: {}\n"
      "status:\n"
      "  keyId: {}\n"
      "  created: {}\n"
      "  lastUsedAt: {}\n",
      kManifestVersion, inline_text(key.name), inline_text(key.description), inline_text(version),
      tags.empty() ? " []" : tags, annotations.empty() ? " []" : annotations, key.active,
      inline_text(key.owner), inline_text(key.key_id), inline_time(key.created),
      inline_time(key.usage.last_used));
}

}  // namespace keyledger::tools::apply
