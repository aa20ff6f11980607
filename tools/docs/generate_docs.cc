// Writes the pages of docs/ that are tables of the code: spider_docs [--check] FOLDER.
//
// configuration.md comes from the fields() of every floor's config.h, codes.md from the codes.def,
// metrics.md from quality.def, the table in filter.md from the fields of the filter language. With
// --check nothing is written; the exit code says whether the pages are fresh.

#include <array>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <fmt/format.h>

#include "spider/api/codes.h"
#include "spider/app/codes.h"
#include "spider/app/config.h"
#include "spider/base/codes.h"
#include "spider/base/config_fields.h"
#include "spider/capture/codes.h"
#include "spider/model/books.h"
#include "spider/model/whisperer.h"
#include "spider/parse/codes.h"
#include "spider/pipeline/codes.h"
#include "spider/query/codes.h"
#include "spider/query/language.h"
#include "spider/reassembly/codes.h"
#include "spider/store/codes.h"

namespace {

using spider::base::CodeRows;

constexpr std::string_view kWarning =
    "<!-- Made by `./dev docs` from the tables in the code; edits here are lost. -->\n\n";

// A bar would end the cell.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

template <class T>
std::string type_name() {
  if constexpr (std::is_same_v<T, bool>) return "true/false";
  if constexpr (std::is_same_v<T, double>) return "number";
  if constexpr (std::is_integral_v<T>) return "integer";
  if constexpr (std::is_same_v<T, std::string>) return "text";
  return "list of text";
}

template <class T>
std::string value_text(const T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    return "`\"" + value + "\"`";
  } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    std::string out;
    for (const std::string& item : value)
      out += fmt::format("{}\"{}\"", out.empty() ? "" : ", ", item);
    return "`[" + out + "]`";
  } else {
    return fmt::format("`{}`", value);
  }
}

template <class C>
std::string section(std::string_view title, std::string_view about) {
  std::string out = fmt::format("## `{}`\n\n{}\n\n", title, about);
  out += "| key | type | default | from | to | meaning |\n| --- | --- | --- | --- | --- | --- |\n";
  const C defaults{};
  spider::base::for_each_field<C>([&](const auto& f) {
    using T = std::decay_t<decltype(defaults.*f.member)>;
    std::string min;
    std::string max;
    if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) {
      if (f.bounded) {
        min = fmt::format("{}", f.min);
        max = fmt::format("{}", f.max);
      }
    }
    out += fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", f.name, type_name<T>(),
                       value_text(defaults.*f.member), min, max, cell(f.help));
  });
  return out + "\n";
}

// What a section of the file is about.
std::string_view about(std::string_view section) {
  if (section == "store") return "What was captured, on disk.";
  if (section == "api") return "The page and the API, and who may reach them.";
  if (section == "capture") return "Frames and IP fragments.";
  if (section == "reassembly") return "Limits of TCP sessions in memory, per whisperer.";
  if (section == "parse")
    return "Limits of the parsers, per whisperer, and what of the heads can be searched.";
  if (section == "pipeline") return "Threads, and the memory between them.";
  if (section == "log") return "Lines on standard error.";
  return "";
}

std::string configuration_page() {
  std::string out = "# Configuration\n\n";
  out += kWarning;
  out +=
      "Spider reads one file, `spider.toml` ([TOML](https://toml.io)). Every key has a default, so "
      "an\nempty file is a valid one. An unknown key, a wrong type or a value outside its bounds "
      "is "
      "refused\nwith its line and what to do; `spider check --config FILE` says so without "
      "starting, "
      "and prints\nevery value in effect.\n\n"
      "A relative path begins in the folder of the configuration file. When no whisperer is of "
      "type "
      "UPLOAD,\nthere is one named `upload` for imports, unless `[api] listen` is open to other "
      "machines.\n\n"
      "With these defaults Spider with one busy whisperer stays under 1 GiB of resident memory, "
      "whatever\nthe traffic ([limits.md](limits.md)). What decides it: `flows_max`, the sizes in "
      "MiB and KiB of\n`[capture]`, `[reassembly]`, `[parse]` and `[pipeline]`, each per "
      "whisperer, and `cache_mib`.\n\n";
  out += section<spider::model::WhispererConfig>(
      "[[whisperer]]", "A named capture; as many as wanted, each with a name of its own.");
  const spider::app::AppConfig defaults;
  spider::app::for_each_section(defaults, [&](std::string_view name, const auto& values) {
    out += section<std::decay_t<decltype(values)>>(fmt::format("[{}]", name), about(name));
  });
  return out;
}

struct FloorCodes {
  std::string_view floor;
  CodeRows rows;
};

std::string codes_page() {
  const std::array floors{
      FloorCodes{"base", spider::base::codes::kRows},
      FloorCodes{"capture", spider::capture::codes::kRows},
      FloorCodes{"reassembly", spider::reassembly::codes::kRows},
      FloorCodes{"parse", spider::parse::codes::kRows},
      FloorCodes{"store", spider::store::codes::kRows},
      FloorCodes{"pipeline", spider::pipeline::codes::kRows},
      FloorCodes{"query", spider::query::codes::kRows},
      FloorCodes{"api", spider::api::codes::kRows},
      FloorCodes{"app", spider::app::codes::kRows},
  };
  std::string out = "# Codes\n\n";
  out += kWarning;
  out +=
      "Every log line from info up carries the log id of one of these; an error names its code, "
      "and "
      "a\ncommunication lists, by name, the oddities seen on it. The numbers are what is stored "
      "and "
      "are\nnever used again for anything else.\n";
  for (const FloorCodes& f : floors) {
    out += fmt::format("\n## {}\n\n| log id | name | severity | number | meaning |\n", f.floor);
    out += "| --- | --- | --- | --- | --- |\n";
    for (const spider::base::CodeInfo& row : f.rows)
      out += fmt::format("| {} | `{}` | {} | {} | {} |\n", row.log_id, row.name, name(row.severity),
                         row.number, cell(row.help));
  }
  return out;
}

std::string_view kind_name(spider::model::QualityKind kind) {
  switch (kind) {
    case spider::model::QualityKind::seen:
      return "seen";
    case spider::model::QualityKind::kept:
      return "kept";
    case spider::model::QualityKind::filtered:
      return "filtered";
    case spider::model::QualityKind::lost:
      return "lost";
    case spider::model::QualityKind::info:
      return "info";
  }
  return "";
}

std::string terms(std::span<const spider::model::Quality> of) {
  std::string out;
  for (const spider::model::Quality q : of)
    out += fmt::format("{}`{}`", out.empty() ? "" : " + ",
                       spider::model::kQualityInfo[static_cast<std::size_t>(q)].name);
  return out;
}

std::string metrics_page() {
  std::string out = "# The books\n\n";
  out += kWarning;
  out +=
      "Counted per whisperer and minute of packet time, whatever is saved; shown by the quality "
      "line of\nthe page, by `/api/v1/quality` and at the end of an import.\n\n"
      "These sums must hold, per minute and for every sum of minutes; `/api/v1/books` shows both "
      "sides.\nThey are declared in `include/spider/model/books.h`.\n\n"
      "| law | left | right | |\n| --- | --- | --- | --- |\n";
  for (const spider::model::BooksLaw& law : spider::model::kBooksLaws)
    out += fmt::format("| {} | {} | {} | {} |\n", law.name, terms(law.left), terms(law.right),
                       cell(law.help));
  out +=
      "\n"
      "*seen*: what came in. *kept*: what was used. *filtered*: left out on purpose. *lost*: "
      "missing from\nwhat is shown. *info*: neither.\n\n"
      "| counter | class | meaning |\n| --- | --- | --- |\n";
  for (const spider::model::QualityInfo& row : spider::model::kQualityInfo)
    out += fmt::format("| `{}` | {} | {} |\n", row.name, kind_name(row.kind), cell(row.help));
  return out;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

struct Page {
  std::string_view file;
  std::string text;
};

// The page with its table of fields made anew; the rest of it is written by hand.
std::string filter_page(const std::string& page) {
  constexpr std::string_view kBegin = "<!-- fields: made by `./dev docs` -->\n";
  constexpr std::string_view kEnd = "<!-- end of fields -->\n";
  const std::size_t begin = page.find(kBegin);
  const std::size_t end = page.find(kEnd);
  std::string table = "| field | what | values | example |\n| --- | --- | --- | --- |\n";
  for (const spider::query::FilterField& field : spider::query::filter_fields()) {
    const std::string alias = field.alias.empty() ? "" : fmt::format(", `{}`", field.alias);
    table += fmt::format("| `{}`{} | {} | {} | `{}` |\n", field.name, alias, cell(field.help),
                         cell(field.values), cell(field.example));
  }
  if (begin == std::string::npos || end == std::string::npos) return table;
  return page.substr(0, begin) + std::string(kBegin) + "\n" + table + "\n" + page.substr(end);
}

}  // namespace

int main(int argc, char** argv) {
  const bool check = argc == 3 && std::string_view(argv[1]) == "--check";
  if (argc != (check ? 3 : 2)) {
    fmt::print(stderr, "usage: spider_docs [--check] FOLDER\n");
    return 2;
  }
  const std::string folder = argv[argc - 1];
  int stale = 0;
  for (const Page& page : {Page{"configuration.md", configuration_page()},
                           Page{"codes.md", codes_page()}, Page{"metrics.md", metrics_page()},
                           Page{"filter.md", filter_page(read_file(folder + "/filter.md"))}}) {
    const std::string path = fmt::format("{}/{}", folder, page.file);
    if (read_file(path) == page.text) continue;
    if (check) {
      fmt::print(stderr, "{} is not what the tables say; run ./dev docs\n", path);
      ++stale;
    } else {
      std::ofstream(path, std::ios::binary) << page.text;
    }
  }
  return stale == 0 ? 0 : 1;
}
