// The test program. Its cases are in the folders beside this file, named as the folders they test.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
