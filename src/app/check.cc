#include <fmt/format.h>

#include "spider/capture/packet_source.h"

#include "app/commands.h"
#include "app/privileges.h"

namespace spider::app {

// Prints what is in force; then what would not work as it is. Opens no store and captures nothing.
int check(const AppConfig& config, const std::string& config_path) {
  fmt::print("# {}\n{}", config_path.empty() ? "no configuration file: defaults" : config_path,
             print_config(config));
  int exit_code = kExitOk;
  bool captures = false;
  for (const model::WhispererConfig& whisperer : config.whisperers) {
    captures = captures || whisperer.type == "INTERFACE";
    if (const auto good = capture::check_whisperer(whisperer); !good) {
      complain({good.error().code,
                fmt::format("Whisperer \"{}\": {}", whisperer.name, good.error().detail)});
      exit_code = kExitUsage;
    }
  }
  if (captures && !can_capture()) {
    fmt::print(stderr,
               "spider: this process has no right to capture; run `{}`, or start it as root.\n",
               capture::right_command());
  }
  return exit_code;
}

}  // namespace spider::app
