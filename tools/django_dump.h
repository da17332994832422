// What an import takes from dumps of a Django project with django-rest-knox: its users and their tokens.
//
// The files are the output of `manage.py dumpdata --format json auth.user knox.authtoken`, of any Knox since
// 2.0. Each row tells its scheme: one with a salt is knox-salted, else a token_key of 8 characters means
// knox4 and one of 15 knox5 (django-rest-knox, knox/models.py and its migrations 0008 and 0009). Pure but for
// the ids handed in; one thread.
//
// Nothing of a token and nothing of a password is in the result or in a message. The text of the files holds
// the first characters of every token: cleansing it is the caller's.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>

#include "commands/command.h"
#include "ledger/entity_ids.h"
#include "ledger/error.h"
#include "tools/dump_objects.h"

namespace keyledger::tools {

struct DumpLimits {
  std::size_t objects_max = 1'000'000;  // of all files together
  std::size_t file_bytes_max = std::size_t{1} << 30;
};

struct DjangoDump {
  commands::ImportKeys command;                // users and keys in the order of the files
  std::map<std::string, std::size_t> ignored;  // objects of other models, by model
};

// Reads all of the files or none. A user in two files, with the same flags, and a token in two places, with
// the same fields, are there once. kInputInvalid, naming the file and the place, for anything that is not a
// dump, not complete in itself (a token whose user is not in its file) or contradicts itself.
ledger::Result<DjangoDump> read_django_dumps(std::span<const DumpFile> files, std::string account,
                                             const std::function<ledger::KeyId()>& new_key_id,
                                             const DumpLimits& limits = {});

}  // namespace keyledger::tools
