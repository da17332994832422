// Reads the manifests of the Smarter platform (apiVersion smarter.sh/v1) that describe keys and clients.
//
// Two kinds are read. SmarterAuthToken is a key. LLMClient (ChatBot in older manifests) is a client, of which
// only the name and the required key are used. Rules and messages are those of Smarter 0.14
// (lib/manifest/loader.py and models.py): the manifests accepted here are the ones Smarter accepts, and
// authors know the words of each refusal. The status in a manifest is ignored, because status is read-only.
// Pure; any thread.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ledger/events.h"
#include "ledger/values/error.h"
#include "projections/rows.h"

namespace keyledger::tools::apply {

constexpr std::string_view kManifestVersion = "smarter.sh/v1";
constexpr std::size_t kManifestNameMax = 50;          // characters
constexpr std::size_t kManifestAnnotationMax = 2048;  // characters of a value

// The annotation that keeps a manifest's version with its key.
constexpr std::string_view kVersionAnnotation = "smarter.sh/version";

struct ManifestName {
  std::string written;
  std::string name;  // in snake_case, the name for a new entity

  friend bool operator==(const ManifestName&, const ManifestName&) = default;
};

struct KeyManifest {
  ManifestName name;
  std::string description;
  std::vector<std::string> tags;
  std::vector<ledger::Annotation> annotations;  // the version, if present, is the last
  ledger::ActiveFlag active = ledger::ActiveFlag::kInactive;
  std::string username;  // the owner

  friend bool operator==(const KeyManifest&, const KeyManifest&) = default;
};

struct ClientManifest {
  std::string kind;  // as written by people: "LLMClient", "ChatBot"
  ManifestName name;
  // The only key to be assigned to the client. Nothing: the assignments stay unchanged.
  std::optional<std::string> api_key;

  friend bool operator==(const ClientManifest&, const ClientManifest&) = default;
};

using SmarterManifest = std::variant<KeyManifest, ClientManifest>;

// Returns true if the object is intended as a manifest, valid or not.
bool is_manifest(const boost::json::object& object);

// Returns the contents of the manifest, or the first fault as a text.
ledger::Result<SmarterManifest, std::string> manifest_of(const boost::json::object& object);

// Returns a template for a new manifest, as YAML.
std::string example_manifest();

// Returns the manifest of a key with its status, as YAML. The text contains no secret.
std::string manifest_text(const projections::KeyRow& key);

}  // namespace keyledger::tools::apply
