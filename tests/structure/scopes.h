// Scopes: the functions and types that a source defines, found by matching braces. The matcher knows our
// formatting only: a block's brace follows a blank, and an initialiser's brace follows a word or a '='.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tests/structure/sources.h"

namespace keyledger::tests {

struct Function {
  std::string head;  // its declaration on one line, as far as it tells the function
  std::size_t first_line = 0;
  std::size_t lines = 0;  // from the declaration's first line to the closing brace
};

struct Type {
  std::string space;  // the namespace with the names of enclosing classes; empty in an unnamed namespace
  std::string name;
};

struct Scopes {
  std::vector<Function> functions;  // without lambdas and other blocks inside a function
  std::vector<Type> types;          // classes, structs, unions and enumerations that are defined here
};

Scopes scopes_of(const Source& source);

}  // namespace keyledger::tests
