#include "tools/import/user_models.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "ledger/values/printable_text.h"
#include "tools/import/knox_rows.h"

namespace keyledger::tools::import {

using ledger::Error;
using ledger::ErrorCode;
using ledger::Result;

namespace {

constexpr std::string_view kWithoutStaff =
    "is missing: these users are not staff; they keep their keys and can be given no new ones";
constexpr std::string_view kWithoutActive = "is missing: these users are active";

// Returns whether each row of `copy` is also a row of `original`, as those of a proxy model are.
bool is_copy(const UserModels::Model& copy, const UserModels::Model& original) {
  if (copy.failure || original.failure) return false;
  std::unordered_map<std::string_view, const commands::ImportedUser*> users;
  for (const UserModels::Row& row : original.rows) users.emplace(row.primary_key.value_or(""), &row.user);
  return std::ranges::all_of(copy.rows, [&](const UserModels::Row& row) {
    const auto found = users.find(row.primary_key.value_or(""));
    return found != users.end() && *found->second == row.user;
  });
}

Error uncertain(std::string_view file, std::span<const UserModels::Model* const> models,
                std::string_view what) {
  std::string names;
  for (const UserModels::Model* model : models) {
    if (!names.empty()) names += model == models.back() ? " and " : ", ";
    names += fmt::format("{} ({} {})", ledger::printable(model->name), model->objects,
                         model->objects == 1 ? "object" : "objects");
  }
  return Error{ErrorCode::kInputInvalid,
               fmt::format("{}: {} {}: name the model of the project's users, such as --user-model {}",
                           ledger::printable(file), names, what, ledger::printable(models.front()->name))};
}

}  // namespace

UserModels::Model& UserModels::model_named(std::string_view name, Role role) {
  const auto found = std::ranges::find(models_, name, &Model::name);
  if (found != models_.end()) return *found;
  Model& model = models_.emplace_back();
  model.name = name;
  model.role = role;
  return model;
}

Result<void> UserModels::add(const DumpPlace& place, const DumpObject& object, Role role) {
  Model& model = model_named(place.model, role);
  ++model.objects;
  if (model.failure) return {};
  const UsernameField username = username_field_of(object, choices_);
  const std::array<std::string_view, 3> taken = {username.name, name_of(DumpField::kIsStaff),
                                                 name_of(DumpField::kIsActive)};
  model.tally.add(place, object, taken);
  for (const auto& [field, reason] :
       {std::pair{DumpField::kIsStaff, kWithoutStaff}, std::pair{DumpField::kIsActive, kWithoutActive}}) {
    if (!object.has(field)) model.tally.count(place, name_of(field), reason);
  }
  const auto fail = [&](const Error& error) -> Result<void> {
    const bool is_certain = place.model == kUserModel || place.model == choices_.user_model;
    if (is_certain) return error;
    model.failure = error;
    return {};
  };
  std::optional<std::string> primary_key;
  if (object.pk.kind != DumpValue::Kind::kAbsent) {
    auto read = DumpFieldReader(place, object).primary_key();
    if (!read) return fail(read.error());
    primary_key = std::move(*read);
  }
  auto user = read_user(place, object, username);
  if (!user) return fail(user.error());
  model.rows.push_back({.place = place, .primary_key = std::move(primary_key), .user = std::move(*user)});
  return {};
}

Result<const UserModels::Model*> UserModels::choose(std::string_view file, bool has_tokens) const {
  std::vector<const Model*> users;
  std::vector<const Model*> perhaps;
  for (const Model& model : models_) {
    if (model.role == Role::kPerhapsUsers) {
      perhaps.push_back(&model);
    } else if (std::ranges::none_of(users, [&](const Model* other) { return is_copy(model, *other); })) {
      users.push_back(&model);
    }
  }
  if (users.size() > 1) return uncertain(file, users, "both look like the users of the project");
  if (users.size() == 1) {
    if (users.front()->failure) return *users.front()->failure;
    return users.front();
  }
  if (!perhaps.empty() && has_tokens) {
    return uncertain(file, perhaps, "may be the users of the project, but this is not certain");
  }
  return static_cast<const Model*>(nullptr);
}

}  // namespace keyledger::tools::import
