// The test program. Its cases are in the folders beside this file; each folder has the name of the folder it
// tests.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
