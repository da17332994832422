// Smarter's manifests, case by case. The numbers in the names are the numbers of Smarter's acceptance cases.
#include "tools/apply/smarter_manifest.h"

#include <boost/json/array.hpp>
#include <catch2/catch.hpp>

#include "tools/apply/yaml_documents.h"

namespace keyledger::tools::apply {
namespace {

boost::json::object object_of(const std::string& yaml) {
  const auto documents = read_yaml_documents(yaml);
  CAPTURE(yaml);
  REQUIRE(documents.ok());
  REQUIRE(documents->size() == 1);
  REQUIRE(documents->front().content.ok());
  return documents->front().content->as_object();
}

SmarterManifest read(const std::string& yaml) {
  const auto manifest = manifest_of(object_of(yaml));
  CAPTURE(yaml);
  if (!manifest) FAIL(manifest.error());
  return *manifest;
}

KeyManifest key_in(const std::string& yaml) { return std::get<KeyManifest>(read(yaml)); }
ClientManifest client_in(const std::string& yaml) { return std::get<ClientManifest>(read(yaml)); }

std::string mistake(const std::string& yaml) {
  const auto manifest = manifest_of(object_of(yaml));
  CAPTURE(yaml);
  REQUIRE(!manifest.ok());
  return manifest.error();
}

// Returns a manifest of a key with these lines of metadata and configuration.
std::string key_with(const std::string& metadata, const std::string& config = "    username: admin\n") {
  return "apiVersion: smarter.sh/v1\nkind: SmarterAuthToken\nmetadata:\n" + metadata + "spec:\n  config:\n" +
         config;
}

const std::string kMetadata = "  name: test_auth_token\n  description: a key\n";

std::string named(const std::string& name) {
  return key_with("  name: \"" + name + "\"\n  description: d\n");
}

std::string client_of(const std::string& spec, const std::string& kind = "LLMClient") {
  return "apiVersion: smarter.sh/v1\nkind: " + kind +
         "\nmetadata:\n  name: chat_bot\n  description: d\nspec:\n" + spec;
}

}  // namespace

TEST_CASE("O5: the example is a manifest of a key that can be applied") {
  const KeyManifest key = key_in(example_manifest());
  CHECK(key.name == ManifestName{"snake-case-name", "snake_case_name"});
  CHECK(key.active == ledger::ActiveFlag::kActive);
  CHECK(key.username == "valid_smarter_username");
  CHECK(!key.description.empty());
  CHECK(key.annotations == std::vector<ledger::Annotation>{{"smarter.sh/version", "1.0.0"}});
}

TEST_CASE("O7: a manifest says everything of a key but its secret") {
  CHECK(
      key_in(key_with("  name: test_auth_token\n  description: ' a key '\n  version: 1.2.3-rc.1+build\n"
                      "  tags: [one, ' two ', 3]\n"
                      "  annotations:\n    - smarter.sh/project: Scooby\n    - count: 7\n      on.call: yes\n"
                      "    - list: [a, 1]\n    - none: null\n",
                      "    isActive: true\n    username: admin\n")) ==
      KeyManifest{.name = {"test_auth_token", "test_auth_token"},
                  .description = "a key",
                  .tags = {"one", "two", "3"},
                  .annotations = {{"smarter.sh/project", "Scooby"},
                                  {"count", "7"},
                                  {"on.call", "true"},
                                  {"list", R"(["a",1])"},
                                  {"none", ""},
                                  {"smarter.sh/version", "1.2.3-rc.1+build"}},
                  .active = ledger::ActiveFlag::kActive,
                  .username = "admin"});
}

TEST_CASE("the kind of a manifest is known in any case, and in the plural") {
  for (const std::string kind : {"SmarterAuthToken", "smarterauthtokens", "SMARTERAUTHTOKEN"}) {
    CHECK(std::holds_alternative<KeyManifest>(read("apiVersion: smarter.sh/v1\nkind: " + kind +
                                                   "\nmetadata:\n" + kMetadata +
                                                   "spec:\n  config:\n    username: admin\n")));
  }
  CHECK(client_in(client_of("  config: {}\n", "chatbots")).kind == "ChatBot");
  CHECK(client_in(client_of("  config: {}\n", "Chatbot")).kind == "ChatBot");
  CHECK(client_in(client_of("  config: {}\n", "llmclient")).kind == "LLMClient");
  CHECK(mistake(client_of("  config: {}\n", "Plugin")) ==
        "Invalid value for key kind. Expected SmarterAuthToken, LLMClient or ChatBot but got Plugin");
  CHECK(mistake(client_of("  config: {}\n", "chatbotss")) ==
        "Invalid value for key kind. Expected SmarterAuthToken, LLMClient or ChatBot but got chatbotss");
}

TEST_CASE("O18: what a manifest says of the status of its key is not looked at") {
  const std::string plain = key_with(kMetadata);
  CHECK(key_in(plain + "status:\n  keyId: 00000000-0000-4000-8000-000000000000\n  created: nonsense\n") ==
        key_in(plain));
}

TEST_CASE("O19: the username is that of spec.config") {
  CHECK(key_in(key_with(kMetadata, "    username: ' alice '\n")).username == "alice");
  CHECK(mistake(key_with(kMetadata, "    isActive: true\n")) == "Missing required key username");
  CHECK(mistake(key_with(kMetadata, "    username: ''\n")) == "Missing required key username");
  CHECK(mistake(key_with(kMetadata, "    username: 7\n")) ==
        "Invalid value for key username. Expected a text but got 7");
}

TEST_CASE("O25: a key whose manifest does not say isActive is not active") {
  CHECK(key_in(key_with(kMetadata)).active == ledger::ActiveFlag::kInactive);
  CHECK(key_in(key_with(kMetadata, "    username: a\n    isActive: null\n")).active ==
        ledger::ActiveFlag::kInactive);
  CHECK(key_in(key_with(kMetadata, "    username: a\n    isActive: yes\n")).active ==
        ledger::ActiveFlag::kActive);
  CHECK(mistake(key_with(kMetadata, "    username: a\n    isActive: perhaps\n")) ==
        "Invalid value for key isActive. Expected true or false but got \"perhaps\"");
}

TEST_CASE("O26: a manifest's name of 50 characters is taken, one of 51 is refused") {
  CHECK(key_in(named(std::string(50, 'a'))).name.name == std::string(50, 'a'));
  CHECK(mistake(named(std::string(51, 'a'))) == "Name must be less than 50 characters");
  CHECK(key_in(named(std::string(50, 'a') + " ")).name.name == std::string(50, 'a'));
}

TEST_CASE("O27: a manifest's name is stored in snake_case") {
  CHECK(key_in(named("My Key")).name == ManifestName{"My Key", "my_key"});
  CHECK(key_in(named("test-auth-token")).name.name == "test_auth_token");
  CHECK(key_in(named(" -a  b__c- ")).name.name == "a_b_c");
  CHECK(key_in(named("v1.2 (new)")).name.name == "v12_new");
  CHECK(mistake(named("")) == "Missing required key name");
  CHECK(mistake(named("  ")) == "Missing required key name");
  CHECK(mistake(named("!!!")) ==
        "Invalid name: !!!. Ensure that you do not include characters that are not URL friendly.");
  CHECK(mistake(named("Café")) ==
        "Invalid name: Café. Ensure that you do not include characters that are not URL friendly.");
}

TEST_CASE("O28: a manifest of another version of the interface is refused") {
  const std::string rest = "kind: SmarterAuthToken\n";
  CHECK(mistake("apiVersion: smarter.sh/v9\n" + rest) == "Unsupported API version: smarter.sh/v9");
  CHECK(mistake(rest) == "Missing required key apiVersion");
  CHECK(mistake("apiVersion: 1\n" + rest) == "Invalid value for key apiVersion. Expected a text but got 1");
}

TEST_CASE("O29: an annotation of 2048 characters is taken, one of 2049 is refused") {
  const auto annotated = [](std::size_t length) {
    return key_with(kMetadata + "  annotations:\n    - note: \"" + std::string(length, 'x') + "\"\n");
  };
  CHECK(key_in(annotated(2048)).annotations.front().value.size() == 2048);
  CHECK(mistake(annotated(2049)) == "Annotation value for key 'note' is too long (max 2048 chars)");
  CHECK(mistake(key_with(kMetadata + "  annotations:\n    - \"a b\": c\n")) ==
        "Invalid annotation key: a b. Ensure that you do not include characters that are not URL friendly.");
  CHECK(mistake(key_with(kMetadata + "  annotations: text\n")) ==
        "Invalid value for key annotations. Expected a list of objects but got \"text\"");
  CHECK(mistake(key_with(kMetadata + "  annotations: [text]\n")) ==
        "Invalid value for key annotations. Expected a list of objects but got \"text\"");
  CHECK(mistake(key_with(kMetadata + "  annotations: [{a: b}, {a: c}]\n")) ==
        "Invalid value for key annotations. Expected each name once but got a twice");
}

TEST_CASE("a manifest without one of its parts is refused") {
  const std::string head = "apiVersion: smarter.sh/v1\nkind: SmarterAuthToken\n";
  CHECK(mistake("apiVersion: smarter.sh/v1\n") == "Missing required key kind");
  CHECK(mistake(head) == "Missing required key metadata");
  CHECK(mistake(head + "metadata: text\n") ==
        "Invalid value for key metadata. Expected an object but got \"text\"");
  CHECK(mistake(key_with("  description: d\n")) == "Missing required key name");
  CHECK(mistake(key_with("  name: n\n")) == "Missing required key description");
  CHECK(key_in(key_with("  name: n\n  description:\n")).description.empty());
  CHECK(mistake(head + "metadata:\n" + kMetadata) == "Missing required key spec");
  CHECK(mistake(head + "metadata:\n" + kMetadata + "spec: {}\n") == "Missing required key config");
}

TEST_CASE("a manifest's version is a semantic one, and its tags are friendly to URLs") {
  CHECK(key_in(key_with(kMetadata)).annotations.empty());
  CHECK(key_in(key_with(kMetadata + "  version: 10.20.30\n")).annotations ==
        std::vector<ledger::Annotation>{{"smarter.sh/version", "10.20.30"}});
  for (const std::string version : {"1.0", "01.0.0", "1.0.0-", "latest", "v1.0.0"}) {
    CHECK(
        mistake(key_with(kMetadata + "  version: " + version + "\n"))
            .starts_with("Invalid semantic version. Expected semantic version (ie '1.0.0-alpha') but got "));
  }
  CHECK(mistake(key_with(kMetadata + "  tags: [\"a\\\\b\"]\n")) ==
        "Invalid tag: a\\b. Ensure that you do not include characters that are not URL friendly.");
  CHECK(mistake(key_with(kMetadata + "  tags: one\n")) ==
        "Invalid value for key tags. Expected a list but got \"one\"");
}

TEST_CASE("M21, M23: a client's manifest names its key, or none") {
  CHECK(client_in(client_of("  apiKey: production\n  config: {provider: openai}\n")) ==
        ClientManifest{.kind = "LLMClient", .name = {"chat_bot", "chat_bot"}, .api_key = "production"});
  CHECK(!client_in(client_of("  config: {}\n")).api_key);
  CHECK(!client_in(client_of("  apiKey: null\n")).api_key);
  CHECK(mistake(client_of("  apiKey: 7\n")) == "Invalid value for key apiKey. Expected a text but got 7");
}

TEST_CASE("O20: the manifest of a key says all of it but its secret, and can be applied again") {
  projections::KeyRow key{.key_id = "0a0a0a0a-0000-4000-8000-000000000000",
                          .name = "production",
                          .description = "for: \"the\" bot\n",
                          .tags = {"one", "yes"},
                          .owner = "alice",
                          .created = *ledger::parse_rfc3339("2026-11-21T06:14:56Z"),
                          .annotations = {{"smarter.sh/version", "2.0.0"}, {"count", "7"}},
                          .active = true};
  const std::string text = manifest_text(key);
  const boost::json::object manifest = object_of(text);
  const boost::json::object status = manifest.at("status").as_object();
  CHECK(status == boost::json::object{{"keyId", key.key_id},
                                      {"created", "2026-11-21T06:14:56.000000Z"},
                                      {"lastUsedAt", nullptr}});
  CHECK(key_in(text) == KeyManifest{.name = {"production", "production"},
                                    .description = "for: \"the\" bot",
                                    .tags = {"one", "yes"},
                                    .annotations = {{"count", "7"}, {"smarter.sh/version", "2.0.0"}},
                                    .active = ledger::ActiveFlag::kActive,
                                    .username = "alice"});
  key.usage.last_used = key.created;
  key.active = false;
  key.annotations.clear();
  key.tags.clear();
  CHECK(key_in(manifest_text(key)).active == ledger::ActiveFlag::kInactive);
  CHECK(manifest_text(key).find("lastUsedAt: \"2026-11-21T06:14:56.000000Z\"") != std::string::npos);
}

}  // namespace keyledger::tools::apply
