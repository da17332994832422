// ManifestRun: makes the ledger match a manifest. Looks up the named entities, then sends the necessary
// command.
//
// Each manifest is handled separately and takes a few round trips. One thread.
#pragma once

#include <optional>
#include <string>

#include "net/client.h"
#include "tools/apply/report.h"
#include "tools/apply/smarter_manifest.h"

namespace keyledger::tools::apply {

class ManifestRun {
 public:
  // The client must outlive the run. `account` is the account of new entities and may be empty.
  ManifestRun(net::Client& client, std::string account, std::string reason)
      : client_(client), account_(std::move(account)), reason_(std::move(reason)) {}

  // Applies one manifest. A lost connection is also returned as an outcome; its code tells the cause.
  ApplyOutcome apply(const SmarterManifest& manifest);

 private:
  // A row, nothing if no entity has the name, or the reason why the answer is unknown.
  template <typename Row>
  using Found = net::Answer<std::optional<Row>>;

  ApplyOutcome apply(const KeyManifest& manifest);
  ApplyOutcome apply(const ClientManifest& manifest);
  ApplyOutcome create(const KeyManifest& manifest, const projections::UserRow& owner);
  ApplyOutcome edit(const KeyManifest& manifest, const projections::KeyRow& key);
  ApplyOutcome register_client(const ClientManifest& manifest, const std::string& account);

  template <typename Row>
  Found<Row> look_up(projections::RowKind kind, const std::string& name);
  // Looks up the name as written, then the name in snake_case.
  template <typename Row>
  Found<Row> look_up(projections::RowKind kind, const std::string& before, const ManifestName& name);
  ApplyOutcome run(commands::Command command);

  net::Client& client_;
  std::string account_;
  std::string reason_;
};

}  // namespace keyledger::tools::apply
