#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "spider/capture/packet_source.h"
#include "spider/store/codes.h"

#include "app/commands.h"
#include "app/privileges.h"

namespace spider::app {

namespace {

// What is there of the path must be a folder. Whether it may be written is for the user to find
// that serves, who may be another one.
[[nodiscard]] base::Result<void> check_store(const std::string& path) {
  std::error_code unknown;
  std::filesystem::path there = std::filesystem::absolute(path, unknown).lexically_normal();
  while (!std::filesystem::exists(there, unknown) && there.has_relative_path())
    there = there.parent_path();
  if (std::filesystem::is_directory(there, unknown) || unknown) return {};
  return base::fail(store::codes::store_open_failed,
                    fmt::format("[store] path: {} is no folder. Name one.", there.string()));
}

}  // namespace

// Prints what is in force; then what would not work as it is. Opens no store and captures nothing.
int check(const AppConfig& config, const std::string& config_path) {
  fmt::print("# {}\n{}", config_path.empty() ? "no configuration file: defaults" : config_path,
             print_config(config));
  int exit_code = kExitOk;
  if (const auto good = check_store(config.store.path); !good) {
    complain(good.error());
    exit_code = kExitUsage;
  }
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
