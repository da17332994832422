// Reads YAML documents as JSON values.
//
// Plain scalars are read as PyYAML reads them (YAML 1.1), because manifests are written for PyYAML: yes, no,
// on and off are truth values. Two of PyYAML's rules are left out because nobody intends them: numbers with a
// leading zero or with colons, and dates, remain texts. Pure; any thread.
#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/values/error.h"

namespace keyledger::tools::apply {

struct YamlDocument {
  std::size_t line = 0;  // the line on which the document begins, from 1
  ledger::Result<boost::json::value, std::string> content;
};

struct YamlFault {
  std::size_t line = 0;  // from 1
  std::string what;
};

// Limits of one document, counted after aliases are expanded.
constexpr std::size_t kYamlDepthMax = 32;
constexpr std::size_t kYamlValuesMax = 100'000;

// Returns every document that is not empty, each as a value or with its fault: a repeated key, a key that is
// not a text, a tag without a JSON equivalent, or a size beyond the limits. Returns a fault if the text is
// not YAML at all.
ledger::Result<std::vector<YamlDocument>, YamlFault> read_yaml_documents(const std::string& text);

}  // namespace keyledger::tools::apply
