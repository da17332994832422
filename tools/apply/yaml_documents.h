// YAML documents as JSON values.
//
// Plain scalars are read as PyYAML reads them (YAML 1.1), because manifests are written for it: yes,
// no, on and off are truth values. Two of its readings are left out, because nobody means them: a
// number with a leading zero or with colons, and a date, are texts. Pure; any thread.
#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/values/error.h"

namespace keyledger::tools::apply {

struct YamlDocument {
  std::size_t line = 0;  // on which it begins, from 1
  ledger::Result<boost::json::value, std::string> content;
};

struct YamlFault {
  std::size_t line = 0;  // from 1
  std::string what;
};

// Limits of one document, aliases written out.
constexpr std::size_t kYamlDepthMax = 32;
constexpr std::size_t kYamlValuesMax = 100'000;

// Every document that is not empty, each as a value or with what is wrong in it: a key twice, a key
// that is no text, a tag that JSON has no value for, more than the limits. A fault if it is no YAML.
ledger::Result<std::vector<YamlDocument>, YamlFault> read_yaml_documents(const std::string& text);

}  // namespace keyledger::tools::apply
