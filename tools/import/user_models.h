// UserModels: the models of one file with the look of a project's users, and the choice of the right model.
//
// A file may have several: a dumped proxy model, a second kind of members, two projects in one file.
// Because a wrong choice would give keys to the wrong people, the choice must be certain, or the operator's.
// One thread; the texts of all places must outlive this object.
#pragma once

#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include "commands/command.h"
#include "ledger/values/error.h"
#include "tools/import/field_tally.h"
#include "tools/import/recognition.h"

namespace keyledger::tools::import {

class UserModels {
 public:
  struct Row {
    DumpPlace place;
    std::optional<std::string> primary_key;  // none in a dump with --natural-primary
    commands::ImportedUser user;
  };
  struct Model {
    std::string_view name;
    Role role{};
    std::vector<Row> rows;  // up to the first wrong object
    std::optional<ledger::Error> failure;
    std::size_t objects = 0;
    FieldTally tally;
  };

  // `choices` must outlive this object.
  explicit UserModels(const DumpChoices& choices) : choices_(choices) {}

  // Adds one object. Returns kInputInvalid if the object is wrong and certainly a user. The error of any
  // other object is kept until the choice of the model.
  ledger::Result<void> add(const DumpPlace& place, const DumpObject& object, Role role);

  // Returns the model of the file's users; null for a file without users. If the choice is not certain,
  // returns kInputInvalid with the names of the models and of the deciding option. A file without tokens
  // needs no users.
  ledger::Result<const Model*> choose(std::string_view file, bool has_tokens) const;

  const std::deque<Model>& all() const { return models_; }

 private:
  Model& model_named(std::string_view name, Role role);

  const DumpChoices& choices_;
  std::deque<Model> models_;
};

}  // namespace keyledger::tools::import
