// The test program. The folders beside this file contain the test cases and have the names of the tested
// folders.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
