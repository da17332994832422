// Does what manifests ask for: looks up what they name, and sends the command that makes it so.
//
// Each manifest is judged by itself, and takes a few round trips. One thread.
#pragma once

#include <optional>
#include <string>

#include "net/client.h"
#include "tools/apply/report.h"
#include "tools/apply/smarter_manifest.h"

namespace keyledger::tools::apply {

class ManifestRun {
 public:
  // The client outlives the run. `account` is where something new belongs; it may be empty.
  ManifestRun(net::Client& client, std::string account, std::string reason)
      : client_(client), account_(std::move(account)), reason_(std::move(reason)) {}

  // A failure of the connection is an outcome, too: see its code.
  ApplyOutcome apply(const SmarterManifest& manifest);

 private:
  // A row, or none if there is no such thing, or why that is not known.
  template <typename Row>
  using Found = net::Answer<std::optional<Row>>;

  ApplyOutcome apply(const KeyManifest& manifest);
  ApplyOutcome apply(const ClientManifest& manifest);
  ApplyOutcome create(const KeyManifest& manifest, const projections::UserRow& owner);
  ApplyOutcome edit(const KeyManifest& manifest, const projections::KeyRow& key);
  ApplyOutcome register_client(const ClientManifest& manifest, const std::string& account);

  template <typename Row>
  Found<Row> look_up(projections::RowKind kind, const std::string& name);
  // By the name as it is written, else in snake_case.
  template <typename Row>
  Found<Row> look_up(projections::RowKind kind, const std::string& before, const ManifestName& name);
  ApplyOutcome run(commands::Command command);

  net::Client& client_;
  std::string account_;
  std::string reason_;
};

}  // namespace keyledger::tools::apply
