// Reads the dumps of a Django project with django-rest-knox, or of a complete Smarter, for an import.
//
// The files are the output of `manage.py dumpdata --format json auth.user knox.authtoken`, from any Knox
// since 2.0, or of Smarter with `auth.user account knox.authtoken drf llm_client`, where older versions have
// `chatbot` instead of `llm_client`. Models of the project in the place of these are recognised
// (tools/import/recognition.h). Pure except for the generated ids; one thread.
//
// Neither result nor messages contain any part of a token or password. The text of the files contains the
// first characters of every token: the caller must erase the text.
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
#include "tools/import/recognition.h"
#include "tools/import/unmapped.h"

namespace keyledger::tools::import {

struct DumpLimits {
  std::size_t objects_max = 1'000'000;  // for all files together
  std::size_t file_bytes_max = std::size_t{1} << 30;
};

struct DjangoDump {
  commands::ImportKeys command;                // in the order of the files
  std::map<std::string, std::size_t> ignored;  // number of objects of other models, by model
  UnmappedList unmapped;                       // everything not imported unchanged, in the order of the files
};

// Reads either all of the files or none. An object that appears in two files (a user with equal flags, an
// account with an equal name, a client with equal account and name, a token with equal fields) is imported
// once. Returns kInputInvalid, naming the file and the place, if a file is not a dump, is incomplete (a token
// whose user is missing from the file), or contradicts itself.
ledger::Result<DjangoDump> read_django_dumps(std::span<const DumpFile> files, std::string account,
                                             const std::function<ledger::KeyId()>& new_key_id,
                                             const DumpChoices& choices, const DumpLimits& limits = {});

}  // namespace keyledger::tools::import
