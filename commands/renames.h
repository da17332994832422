// Renames: an order in which entities can take names from each other.
//
// If a name moved from a key to another key, the name is free only after the first key has a new name. If
// keys exchanged names, a key gets a name in between. Pure. Internal to commands/.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "commands/difference.h"

namespace keyledger::commands {

struct Rename {
  std::uint32_t number = 0;  // of the key or client
  std::uint64_t scope = 0;   // the owner or account in which names are unique
  std::string from;
  std::string to;
  Difference difference;
};

struct RenameRules {
  std::function<bool(std::uint64_t scope, const std::string& name)> is_free;
  // Returns a free name like `name`.
  std::function<std::string(std::uint64_t scope, const std::string& name)> free_like;
  // Gives the entity the name, and frees the previous name.
  std::function<void(const Rename&, const std::string& name)> rename;
};

// Carries out the renames whose names can become free. Returns the others.
std::vector<Rename> carry_out(std::vector<Rename> renames, const RenameRules& rules);

}  // namespace keyledger::commands
