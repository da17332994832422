// Manifests of the Smarter platform (apiVersion smarter.sh/v1), as far as they are about keys.
//
// Two kinds are read: SmarterAuthToken, which is a key, and LLMClient (ChatBot in older manifests),
// which is a client, of which only the name and the key that it asks for matter. The rules and the
// messages are those of Smarter 0.14 (lib/manifest/loader.py and models.py), so that a manifest that it
// takes is taken here, and one that it refuses is refused in the words its authors know. What a
// manifest says of its status is ignored: it is for reading. Pure; any thread.
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

// The version of a manifest is kept with its key under this name.
constexpr std::string_view kVersionAnnotation = "smarter.sh/version";

struct ManifestName {
  std::string written;
  std::string name;  // in snake_case: what something new is called

  friend bool operator==(const ManifestName&, const ManifestName&) = default;
};

struct KeyManifest {
  ManifestName name;
  std::string description;
  std::vector<std::string> tags;
  std::vector<ledger::Annotation> annotations;  // the version is the last, if there is one
  ledger::ActiveFlag active = ledger::ActiveFlag::kInactive;
  std::string username;  // of the owner

  friend bool operator==(const KeyManifest&, const KeyManifest&) = default;
};

struct ClientManifest {
  std::string kind;  // as people write it: "LLMClient", "ChatBot"
  ManifestName name;
  std::optional<std::string> api_key;  // the key that is to be the only one; nothing: as it is

  friend bool operator==(const ClientManifest&, const ClientManifest&) = default;
};

using SmarterManifest = std::variant<KeyManifest, ClientManifest>;

// True for what is meant as a manifest, right or wrong.
bool is_manifest(const boost::json::object& object);

// What it says, or what is wrong with it.
ledger::Result<SmarterManifest, std::string> manifest_of(const boost::json::object& object);

// A manifest to begin with, as YAML.
std::string example_manifest();

// The manifest of a key, with its status, as YAML. No secret is in it.
std::string manifest_text(const projections::KeyRow& key);

}  // namespace keyledger::tools::apply
