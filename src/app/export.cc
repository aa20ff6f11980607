#include "spider/query/export.h"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "spider/app/code_tables.h"
#include "spider/pipeline/pipeline.h"
#include "spider/query/codes.h"
#include "spider/query/language.h"
#include "spider/store/codes.h"
#include "spider/store/store.h"

#include "app/books.h"
#include "app/commands.h"
#include "app/open_store.h"
#include "app/remote.h"
#include "app/signals.h"
#include "app/temporary_folder.h"

namespace spider::app {
namespace {

constexpr std::size_t kOutputBytes = 1U << 20U;

[[nodiscard]] base::Result<void> read_time(std::string_view option, const std::string& text,
                                           std::optional<base::Time>& out) {
  if (text.empty()) return {};
  // A microsecond just after 1970, by the letter; whoever writes it means the year.
  constexpr std::size_t kYearDigits = 4;
  if (text.size() == kYearDigits && text.find_first_not_of("0123456789") == std::string::npos)
    return base::fail(
        codes::argument_invalid,
        fmt::format("{}: \"{}\" is no whole date; write {}-01-01.", option, text, text));
  const auto time = base::parse_time(text);
  if (!time)
    return base::fail(codes::argument_invalid, fmt::format("{}: {}", option, time.error().detail));
  out = *time;
  return {};
}

// The words were checked when the command line was read.
[[nodiscard]] query::ExportFormat format_of(const ExportArguments& arguments) {
  return query::parse_export_format(arguments.format).value_or(query::ExportFormat::jsonl);
}

// The same words whether a server holds the store or not, so before either is asked.
[[nodiscard]] base::Result<query::Filter> range_of(const ExportArguments& arguments) {
  std::optional<base::Time> from;
  std::optional<base::Time> to;
  SPIDER_TRY(read_time("--from", arguments.from, from));
  SPIDER_TRY(read_time("--to", arguments.to, to));
  if (from && to && *from >= *to)
    return base::fail(codes::argument_invalid, fmt::format("--from {} is not before --to {}.",
                                                           arguments.from, arguments.to));
  query::Filter filter;
  if (from) filter.from = *from;
  if (to) filter.to = *to;
  return filter;
}

[[nodiscard]] base::Result<query::Filter> filter_of(const ExportArguments& arguments,
                                                    const store::Store& store) {
  SPIDER_TRY_LET(filter, range_of(arguments));
  std::string known;
  for (const store::SourceInfo& source : store.sources()) {
    if (source.name == arguments.whisperer) filter.sources.push_back(source.id);
  }
  for (const store::SourceInfo& source : store::first_of_each_name(store.sources())) {
    known += (known.empty() ? "" : ", ") + source.name;
  }
  if (filter.sources.empty() && !arguments.whisperer.empty())
    return base::fail(codes::whisperer_unknown,
                      fmt::format("whisperer: there is none named '{}'; known are: {}.",
                                  arguments.whisperer, known));
  const query::FilterVocabulary words{store.sources(), all_codes(), true, &store.hosts()};
  SPIDER_TRY(query::narrow(filter, arguments.filter, words));
  return filter;
}

// A text that no store could answer, with a caret under what is wrong in it. Whisperers are looked
// up later, in the store.
[[nodiscard]] bool good_filter(const std::string& text) {
  const query::FilterVocabulary words{{}, all_codes(), false};
  const query::ParsedFilter parsed = query::parse_filter(text, words);
  if (!parsed.problem) return true;
  complain({query::codes::bad_filter, "--filter: " + query::problem_text(*parsed.problem, text)});
  fmt::print(stderr, "{}\n", query::problem_caret(*parsed.problem, text));
  return false;
}

// Everything that matches, oldest first.
[[nodiscard]] base::Result<void> write_file(const ExportArguments& arguments,
                                            const store::Store& store) {
  SPIDER_TRY_LET(filter, filter_of(arguments, store));
  query::ExportRequest request;
  request.format = format_of(arguments);
  request.filter = std::move(filter);
  request.columns = arguments.columns;
  request.version = version();
  const std::shared_ptr<const store::StoreSnapshot> snapshot = store.reader().snapshot();
  query::Names names(all_codes());
  names.set_sources(store.sources());
  SPIDER_TRY_LET(file, query::Export::begin(snapshot, names, std::move(request)));
  std::string out;
  bool broken = false;
  for (bool more = true; more && !broken;) {
    SPIDER_TRY_LET(another, file->next(out));
    more = another;
    if (out.size() < kOutputBytes && more) continue;
    broken = std::fwrite(out.data(), 1, out.size(), stdout) != out.size();
    out.clear();
  }
  if (const store::Unreadable lost = snapshot->unreadable(); lost.count > 0 && !broken) {
    for (const std::string& value : lost.named) complain({store::codes::store_corrupt, value});
    return base::fail(
        store::codes::store_corrupt,
        fmt::format("{} stored values are damaged; everything else was written.", lost.count));
  }
  if (broken || std::fflush(stdout) != 0) return tl::unexpected(output_lost());
  return {};
}

[[nodiscard]] int exit_of(const base::Error& error) {
  const bool usage = error.code == codes::whisperer_unknown ||
                     error.code == query::codes::bad_query ||
                     error.code == query::codes::bad_filter;
  return usage ? kExitUsage : kExitFailed;
}

// Nobody who asks for what is stored wants an empty store made.
[[nodiscard]] base::Result<void> store_is_there(const std::string& path) {
  std::error_code unknown;  // then opening it tells
  if (std::filesystem::exists(path, unknown) || unknown) return {};
  return base::fail(store::codes::store_open_failed,
                    fmt::format("{} is not there: nothing was stored with these settings yet. "
                                "Settings of another place are named by --config.",
                                std::filesystem::absolute(path, unknown).string()));
}

[[nodiscard]] int export_store(const AppConfig& config, const ExportArguments& arguments) {
  if (const auto there = store_is_there(config.store.path); !there) {
    complain(there.error());
    return exit_of_opening(there.error());
  }
  auto store = open_store(config.store);
  if (!store && store.error().code == store::codes::store_locked)
    if (const auto server = server_of(config.store.path)) return export_through(*server, arguments);
  if (!store) {
    complain(store.error());
    return exit_of_opening(store.error());
  }
  if (const auto written = write_file(arguments, **store); !written) {
    complain(written.error());
    return exit_of(written.error());
  }
  return kExitOk;
}

// Reads files into a store that is gone afterwards: the same code as an import, so the same
// records.
[[nodiscard]] int export_files(const AppConfig& config, const ExportArguments& arguments) {
  const auto folder = TemporaryFolder::make();
  if (!folder) {
    complain(folder.error());
    return kExitFailed;
  }
  store::StoreConfig store_config = config.store;
  store_config.path = folder->path() + "/store";
  auto store = store::Store::open(store_config);
  if (!store) {
    complain(store.error());
    return kExitFailed;
  }
  pipeline::Pipeline pipeline(
      {config.pipeline, config.capture, config.reassembly, config.parse, store_config.commit_ms},
      **store);
  model::WhispererConfig whisperer;
  whisperer.name = "read";
  whisperer.type = "UPLOAD";
  whisperer.save_packets = format_of(arguments) == query::ExportFormat::pcapng;
  pipeline.start();
  if (const auto added = pipeline.add_whisperer(whisperer); !added) {
    complain(added.error());
    return kExitFailed;
  }
  int exit_code = kExitOk;
  for (const std::string& file : arguments.read) {
    const auto begun = std::chrono::steady_clock::now();
    const auto result = pipeline.import(whisperer.name, file, [](std::uint64_t, std::uint64_t) {
      return wait_signal(std::chrono::milliseconds(0)) != Signal::stop;
    });
    if (!result) complain(result.error());
    if (result && result->trouble) complain(*result->trouble);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begun;
    if (result && arguments.books)
      fmt::print(stderr, "{}\n",
                 books_json({file, *result, seconds.count(), whisperer.name, "", {}}));
    if (!result || result->trouble) exit_code = kExitInput;
  }
  pipeline.stop();
  if (const auto written = write_file(arguments, **store); !written) {
    complain(written.error());
    return exit_of(written.error());
  }
  return exit_code;
}

}  // namespace

base::Error output_lost() {
  return {codes::output_failed, "Standard output was closed before everything was written."};
}

int export_records(const AppConfig& config, const ExportArguments& arguments) {
  block_signals();
  if (const auto range = range_of(arguments); !range) {
    complain(range.error());
    return kExitUsage;
  }
  if (!good_filter(arguments.filter)) return kExitUsage;
  if (const auto columns = query::check_csv_columns(arguments.columns); !columns) {
    complain(columns.error());
    return kExitUsage;
  }
  return arguments.read.empty() ? export_store(config, arguments) : export_files(config, arguments);
}

}  // namespace spider::app
