#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spider/api/api_server.h"
#include "spider/app/code_tables.h"
#include "spider/app/codes.h"
#include "spider/base/attention.h"
#include "spider/base/log.h"
#include "spider/pipeline/pipeline.h"
#include "spider/store/codes.h"
#include "spider/store/store.h"

#include "app/commands.h"
#include "app/control.h"
#include "app/hosts.h"
#include "app/privileges.h"
#include "app/remote.h"
#include "app/reverse_names.h"
#include "app/signals.h"

namespace spider::app {
namespace {

constexpr auto kSignalWait = std::chrono::milliseconds(500);

[[nodiscard]] bool captures(const AppConfig& config) {
  return std::any_of(config.whisperers.begin(), config.whisperers.end(),
                     [](const model::WhispererConfig& w) { return w.type == "INTERFACE"; });
}

// Started by root over a store of somebody else: then the right to pass file permissions is needed.
[[nodiscard]] bool store_is_foreign(const std::string& path) {
  struct stat st {};
  return ::stat(path.c_str(), &st) == 0 && st.st_uid != ::geteuid();
}

int failed(const base::Error& error) {
  complain(error);
  return kExitFailed;
}

// Answers until a signal says stop; the configuration file is looked at now and then, and on
// SIGHUP.
void wait_for_stop(AppControl& control, std::chrono::seconds every) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point next = Clock::now() + every;
  for (;;) {
    const Signal signal = wait_signal(kSignalWait);
    if (signal == Signal::stop) return;
    if (signal != Signal::reload && (every.count() == 0 || Clock::now() < next)) continue;
    next = Clock::now() + every;
    control.look_at_file();
  }
}

}  // namespace

int serve(const AppConfig& config, const std::string& config_path) {
  block_signals();
  // Rights belong to threads: what is given up here, before the first one is born, nobody has.
  // Kept without a live whisperer as well: one may be made over the API.
  const bool may_capture = can_capture();
  const bool capturing = captures(config);
  if (capturing && !may_capture)
    base::log(codes::no_capture_right,
              "This process has no right to capture; each whisperer that would says what to do. "
              "Imports work without it.");
  drop_privileges(capturing || may_capture, store_is_foreign(config.store.path));

  bool reload = false;
  auto store = store::Store::open(config.store, [&](const store::MigrationProgress&) {
    const Signal signal = wait_signal(std::chrono::milliseconds(0));
    reload = reload || signal == Signal::reload;
    return signal != Signal::stop;
  });
  if (!store && store.error().code == store::codes::migration_stopped) {
    base::log(store.error());
    return kExitOk;  // as any stop
  }
  if (!store) return failed(store.error());
  give_hosts(config.hosts, (*store)->hosts());
  std::optional<ReverseNames> reverse;
  if (config.hosts.reverse) reverse.emplace((*store)->hosts());
  base::Attention attention;
  pipeline::Pipeline pipeline({config.pipeline, config.capture, config.reassembly, config.parse,
                               config.store.commit_ms, &attention},
                              **store);
  auto settings = WhispererSettings::open(**store, config.whisperers);
  if (!settings) return failed(settings.error());
  AppControl control(pipeline, std::move(*settings), config, config_path);
  pipeline.start();  // before the first question: what the last stop cost is known by then
  auto server = api::ApiServer::start(
      config.api, {**store, control, all_codes(), version(), nullptr, &attention});
  if (!server) return failed(server.error());
  announce_server(config.store.path, (*server)->host(), (*server)->port());

  int exit_code = kExitOk;
  if (const auto begun = control.start((*server)->host(), (*server)->port()); !begun)
    exit_code = failed(begun.error());
  if (exit_code == kExitOk) {
    base::log(codes::started, "Spider {} is at {} (configuration: {}, store: {}).", version(),
              (*server)->url(), config_path.empty() ? "defaults" : config_path, config.store.path);
    if (reload) control.look_at_file();  // it was asked for while the store was opened
    wait_for_stop(control, std::chrono::seconds(config.reload.every_s));
    base::log(codes::stopping, "Stopping: captures end, what was read is stored.");
  }
  // Imports of the API are under way in the pipeline: the server goes first. It waits for what was
  // asked of it.
  withdraw_server(config.store.path);
  pipeline.stop_purges();
  (*server)->stop();
  pipeline.stop();
  return exit_code;
}

}  // namespace spider::app
