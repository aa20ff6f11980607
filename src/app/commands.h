#pragma once
// The commands of the binary; each returns an exit code of app.h.

#include <map>
#include <string>
#include <vector>

#include "spider/app/config.h"
#include "spider/base/log.h"
#include "spider/base/result.h"

namespace spider::app {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitInput = 3;

struct ImportArguments {
  std::string whisperer;  // empty: the first UPLOAD whisperer of the configuration
  std::vector<std::string> files;
  bool json = false;
  bool again = false;  // also a file whose content is in the store already
};

struct ExportArguments {
  std::vector<std::string> read;     // files instead of the store
  std::string format = "jsonl";      // one of query::kExportFormats
  std::vector<std::string> columns;  // of CSV; empty: the usual ones
  std::string from;
  std::string to;
  std::string filter;  // a text of the filter language
  std::string whisperer;
  bool books = false;  // with `read`: the books of each file go to standard error, as JSON
};

struct ExplainArguments {
  std::map<std::string, std::string> question;  // parameters of /api/v1/explain
  bool json = false;
};

[[nodiscard]] int serve(const AppConfig& config, const std::string& config_path);
[[nodiscard]] int import_files(const AppConfig& config, const ImportArguments& arguments);
[[nodiscard]] int export_records(const AppConfig& config, const ExportArguments& arguments);
// Asks the server that holds the store.
[[nodiscard]] int explain(const AppConfig& config, const ExplainArguments& arguments);
[[nodiscard]] int check(const AppConfig& config, const std::string& config_path);

// One sentence on standard error: what is wrong and what to do.
void complain(const base::Error& error);

[[nodiscard]] base::LogFormat log_format(const LogConfig& log);

// What is said when standard output took less than was written.
[[nodiscard]] base::Error output_lost();

[[nodiscard]] std::string version();

}  // namespace spider::app
