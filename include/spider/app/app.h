#pragma once
// The command line: spider --config F | import | export | check. Builds every floor in order and
// hands each what it needs; main.cc calls it and nothing else does.

namespace spider::app {

// Exit codes, documented in README.md: 0 done; 1 failed while running; 2 wrong usage or
// configuration; 3 an input could not be used or was cut short.
int run(int argc, char** argv);

}  // namespace spider::app
