#include "spider/app/app.h"

#include <cstdio>
#include <exception>
#include <filesystem>
#include <iterator>
#include <string>
#include <system_error>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include "spider/base/log.h"
#include "spider/query/export.h"

#include "app/commands.h"

#ifndef SPIDER_VERSION
#define SPIDER_VERSION "0.1.0"
#endif

namespace spider::app {

std::string version() { return SPIDER_VERSION; }

void complain(const base::Error& error) {
  fmt::print(stderr, "spider: {}\n", error.detail);
  if (!error.code.help().empty())
    fmt::print(stderr, "        {} [{}]\n", error.code.help(), error.code.log_id());
}

namespace {

constexpr const char* kConfigHelp =
    "Configuration file (default: ./spider.toml when it is there, else the defaults)";
constexpr const char* kFooter =
    "Exit codes: 0 done; 1 failed while running; 2 wrong usage or configuration; 3 an input could "
    "not\n"
    "be used or was cut short (what could be read is stored).";

struct CommandLine {
  std::string config_path;
  ImportArguments import;
  ExportArguments exporting;
  ExplainArguments explaining;
};

CLI::App* add_explain(CLI::App& app, CommandLine& line) {
  CLI::App* out = app.add_subcommand(
      "explain", "Why is it missing? Ask the running server about a TCP connection at a time");
  out->add_option("--config", line.config_path, kConfigHelp);
  auto& question = line.explaining.question;
  out->add_option("--client", question["client"], "Address of one end");
  out->add_option("--client-port", question["client_port"], "Its port");
  out->add_option("--server", question["server"], "Address of the other end");
  out->add_option("--server-port", question["server_port"], "Its port");
  out->add_option("--time", question["time"], "When (ISO 8601 or microseconds)");
  out->add_option("--from", question["from"], "Or: from when");
  out->add_option("--to", question["to"], "... to when");
  out->add_option("--whisperer", question["whisperer"], "Only this whisperer");
  out->add_flag("--json", line.explaining.json, "Print the answer as JSON");
  return out;
}

// The configuration a command works with. Without --config: ./spider.toml when it is there, else
// the defaults.
[[nodiscard]] tl::expected<AppConfig, ConfigErrors> configuration(CommandLine& line) {
  if (line.config_path.empty() && ::access("spider.toml", R_OK) == 0)
    line.config_path = "spider.toml";
  return read_config(line.config_path);
}

// The store fills and frees blocks of 2 MiB all the time. Left alone, the C library gives each back
// to the system and asks for another, which the kernel has to clear: two of five page faults of an
// import. What stays free beyond these limits still goes back.
void keep_freed_memory() {
  static_cast<void>(::mallopt(M_MMAP_THRESHOLD, 8 << 20));
  static_cast<void>(::mallopt(M_TRIM_THRESHOLD, 32 << 20));
}

int run_command(int argc, char** argv) {
  CommandLine line;
  CLI::App app{
      "Spider shows what really goes over your network: it captures packets, rebuilds TCP sessions "
      "and\n"
      "HTTP communications, keeps them, and serves a timeline to travel through them.",
      "spider"};
  app.footer(kFooter);
  app.set_version_flag("--version", "spider " + version());
  app.add_option("--config", line.config_path,
                 std::string(kConfigHelp) + "; without a command: serve with it");

  CLI::App* import =
      app.add_subcommand("import", "Read capture files (pcap, pcapng) into the store");
  import->add_option("--config", line.config_path, kConfigHelp);
  import->add_option("--whisperer", line.import.whisperer,
                     "Whisperer to import into (default: the first UPLOAD one)");
  import->add_flag("--json", line.import.json, "Print the books as JSON");
  import->add_flag("--again", line.import.again,
                   "Also files whose content the whisperer has already");
  import->add_option("FILE", line.import.files, "Capture files; - is standard input")->required();

  CLI::App* exporting = app.add_subcommand("export", "Write HTTP communications, ordered by start");
  exporting->add_option("--config", line.config_path, kConfigHelp);
  exporting
      ->add_option("--format", line.exporting.format,
                   "jsonl: one JSON object per line; csv; har: HAR 1.2 with bodies; "
                   "pcapng: the packets that carried them")
      ->check(CLI::IsMember(std::vector<std::string>(std::begin(query::kExportFormats),
                                                     std::end(query::kExportFormats))));
  exporting
      ->add_option("--columns", line.exporting.columns,
                   "With --format csv: the columns, with commas, instead of the usual ones")
      ->delimiter(',');
  exporting->add_option("--from", line.exporting.from,
                        "Only what touches the time after this (ISO 8601 or microseconds)");
  exporting->add_option("--to", line.exporting.to, "... and before this");
  exporting->add_option("--filter", line.exporting.filter,
                        "Only what this asks for, such as \"status:>=500 AND host:api.*\"; see "
                        "docs/filter.md");
  CLI::Option* whisperer =
      exporting->add_option("--whisperer", line.exporting.whisperer, "Only this whisperer's");
  CLI::Option* read =
      exporting
          ->add_option("--read", line.exporting.read,
                       "Read these capture files instead of the store; nothing is kept")
          ->expected(1, -1)
          ->excludes(whisperer);
  exporting
      ->add_flag("--books", line.exporting.books,
                 "With --read: one JSON line of books per file on standard error")
      ->needs(read);

  CLI::App* explaining = add_explain(app, line);
  CLI::App* checking =
      app.add_subcommand("check", "Check the configuration and print what is in force");
  checking->add_option("--config", line.config_path, kConfigHelp);
  app.require_subcommand(0, 1);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? kExitOk : kExitUsage;
  }
  auto config = configuration(line);
  if (!config) {
    for (const base::Error& error : config.error()) complain(error);
    return kExitUsage;
  }
  base::log_setup(log_format(config->log),
                  *import || *exporting || *explaining || *checking ? "error" : config->log.level);
  if (*import) {
    // Somewhere else there may be a server with the store that was meant.
    std::error_code unknown;
    if (line.config_path.empty() && !std::filesystem::exists(config->store.path, unknown))
      fmt::print(stderr,
                 "spider: No --config was given and there is no spider.toml here: a new store is "
                 "made in {}.\n",
                 std::filesystem::absolute(config->store.path, unknown).string());
    return import_files(*config, line.import);
  }
  if (*exporting) return export_records(*config, line.exporting);
  if (*explaining) return explain(*config, line.explaining);
  if (*checking) return check(*config, line.config_path);
  return serve(*config, line.config_path);
}

}  // namespace

base::LogFormat log_format(const LogConfig& log) {
  if (log.format == "json") return base::LogFormat::json;
  if (log.format == "pretty") return base::LogFormat::pretty;
  return base::LogFormat::automatic;
}

int run(int argc, char** argv) {
  keep_freed_memory();
  try {
    return run_command(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "spider: {}\n", error.what());
    return kExitFailed;
  }
}

}  // namespace spider::app
