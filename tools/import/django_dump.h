// What an import takes from dumps of a Django project with django-rest-knox, or of a whole Smarter.
//
// The files are the output of `manage.py dumpdata --format json auth.user knox.authtoken`, of any Knox since
// 2.0, or of a Smarter: `auth.user account knox.authtoken drf llm_client`, in older versions `chatbot` for
// the last. Pure but for the ids handed in; one thread.
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
#include "ledger/values/entity_ids.h"
#include "ledger/values/error.h"
#include "tools/import/dump_objects.h"
#include "tools/import/unmapped.h"

namespace keyledger::tools::import {

struct DumpLimits {
  std::size_t objects_max = 1'000'000;  // of all files together
  std::size_t file_bytes_max = std::size_t{1} << 30;
};

struct DjangoDump {
  commands::ImportKeys command;                // everything in the order of the files
  std::map<std::string, std::size_t> ignored;  // objects of other models, by model
  UnmappedList unmapped;                       // what does not come over as it was, in the order of the files
};

// Reads all of the files or none. What is in two files (a user with the same flags, an account with the same
// name, a client by account and name, a token with the same fields) is there once. kInputInvalid, naming the
// file and the place, for anything that is not a dump, not complete in itself (a token whose user is not in
// its file) or contradicts itself.
ledger::Result<DjangoDump> read_django_dumps(std::span<const DumpFile> files, std::string account,
                                             const std::function<ledger::KeyId()>& new_key_id,
                                             const DumpLimits& limits = {});

}  // namespace keyledger::tools::import
