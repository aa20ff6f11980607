#include "spider/pipeline/pipeline.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <mutex>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "spider/base/log.h"
#include "spider/pipeline/codes.h"
#include "spider/store/status_book.h"
#include "spider/store/store_writer.h"

#include "pipeline/fed_import.h"
#include "pipeline/import_gate.h"
#include "pipeline/keeper.h"
#include "pipeline/lost_runs.h"
#include "pipeline/observer.h"
#include "pipeline/shard.h"
#include "pipeline/uploads.h"
#include "pipeline/whisperer_thread.h"
#include "pipeline/writer_loop.h"

namespace spider::pipeline {
namespace {

// A file waits for its shards, so its rings need no slack; small ones stay in the caches.
constexpr std::uint32_t kFileRingKib = 4'096;
// How long the end of a capture may take before a purge is refused for it.
constexpr std::chrono::milliseconds kRestMax{5'000};

using Shards = std::vector<std::unique_ptr<Shard>>;

}  // namespace

struct Pipeline::Impl final : RunFactory {
  Impl(const PipelineSettings& given, store::Store& the_store)
      : config(given),
        floors{given.reassembly, given.parse},
        database(the_store),
        where(given.attention),
        writer(the_store.writer(), given.commit_ms, where),
        keeper(the_store, writer),
        known_uploads(the_store, writer, given.pipeline.uploads_keep_days),
        observer(the_store, [this] { return meters(); }) {
    const auto add = [this](Shard::Serves what, Shards& to) {
      for (std::size_t i = 0; i < config.pipeline.shards; ++i)
        to.push_back(std::make_unique<Shard>(what, i, config.pipeline.shards, floors, database,
                                             writer.bell(), where));
    };
    add(Shard::Serves::live, live_shards);
    add(Shard::Serves::files, file_shards);
  }

  std::shared_ptr<Run> begin(const model::WhispererConfig& whisperer, model::SourceId source,
                             bool live) override {
    auto run = std::make_shared<Run>();
    run->source = source;
    run->number = database.next_run(source);
    run->whisperer = whisperer;
    run->live = live;
    if (live) where.live_begins();
    const std::uint32_t ring_kib =
        live ? config.pipeline.ring_kib : std::min(config.pipeline.ring_kib, kFileRingKib);
    const Shards& shards = live ? live_shards : file_shards;
    for (const auto& shard : shards) {
      run->meters.push_back(std::make_unique<RunMeter>());
      run->rings.push_back(std::make_unique<PacketRing>(
          std::size_t{ring_kib} << 10U, std::size_t{config.pipeline.batch_kib} << 10U,
          shard->bell()));
    }
    mark(*run);
    for (const auto& shard : shards) shard->adopt(run);
    return run;
  }
  void end(const Run& run) override {
    if (run.live) where.live_ends();
    // A record of it that could not be stored is booked and logged: that is no run that was lost.
    if (const auto done = database.unmark_run(run.source, run.number); !done)
      base::log(done.error());
  }
  void mark(const Run& run) {
    store::RunMark out;
    out.source = run.source;
    out.number = run.number;
    out.live = run.live;
    out.begun = base::Time::now();
    if (const auto done = database.mark_run(out); !done) base::log(done.error());
  }
  Uploads& uploads() noexcept override { return known_uploads; }
  const PipelineSettings& settings() const noexcept override { return config; }
  const Standing& standing() const noexcept override { return where; }
  store::Store& store() noexcept override { return database; }

  [[nodiscard]] std::vector<WhispererMeter> meters() {
    const std::lock_guard<std::mutex> lock(mutex);
    std::vector<WhispererMeter> out;
    for (const auto& w : whisperers)
      if (removed.count(w->name()) == 0) out.push_back(w->meter());
    return out;
  }
  [[nodiscard]] WhispererThread* find(const std::string& whisperer) {
    const std::lock_guard<std::mutex> lock(mutex);
    return known(whisperer);
  }
  // Also one that was removed: it may still be at work.
  [[nodiscard]] WhispererThread* find_any(const std::string& whisperer) {
    const std::lock_guard<std::mutex> lock(mutex);
    for (const auto& w : whisperers)
      if (w->name() == whisperer) return w.get();
    return nullptr;
  }
  // mutex held
  [[nodiscard]] WhispererThread* known(const std::string& whisperer) const {
    const auto it = std::find_if(whisperers.begin(), whisperers.end(),
                                 [&](const auto& w) { return w->name() == whisperer; });
    return it == whisperers.end() || removed.count(whisperer) != 0 ? nullptr : it->get();
  }

  PipelineSettings config;
  FloorConfigs floors;
  store::Store& database;
  Standing where;  // before those that look at it
  WriterLoop writer;
  Keeper keeper;
  Uploads known_uploads;
  Shards live_shards;
  Shards file_shards;  // as many; see docs/decisions/0036
  std::mutex mutex;
  std::vector<std::unique_ptr<WhispererThread>> whisperers;  // guarded by mutex; never shrinks
  std::set<std::string> removed;                             // of those; guarded by mutex
  std::shared_ptr<ImportGate> gate = std::make_shared<ImportGate>();
  bool running = false;
  Observer observer;  // last: it looks at all the others
};

Pipeline::Pipeline(const PipelineSettings& settings, store::Store& store)
    : impl_(std::make_unique<Impl>(settings, store)) {}

Pipeline::~Pipeline() { stop(); }

void Pipeline::start() {
  if (impl_->running) return;
  impl_->running = true;
  tell_lost_runs(impl_->database);
  std::vector<CommRing*> outputs;
  for (const Shards* shards : {&impl_->live_shards, &impl_->file_shards})
    for (const auto& shard : *shards) outputs.push_back(&shard->output());
  impl_->writer.start(std::move(outputs));
  for (const Shards* shards : {&impl_->live_shards, &impl_->file_shards})
    for (const auto& shard : *shards) shard->start();
  impl_->observer.start();
  impl_->keeper.start();
  impl_->known_uploads.start();
}

void Pipeline::stop_purges() noexcept { impl_->known_uploads.stop_purges(); }

void Pipeline::stop() {
  if (!impl_->running) return;
  impl_->running = false;
  // What comes from here on is the end itself: no state that anybody asked for.
  impl_->database.status().end(base::Time::now());
  impl_->gate->close();
  impl_->keeper.stop();
  impl_->known_uploads.stop();
  {
    const std::lock_guard<std::mutex> lock(impl_->mutex);
    for (const auto& whisperer : impl_->whisperers) whisperer->request_stop();
    for (const auto& whisperer : impl_->whisperers) whisperer->join();
  }
  impl_->observer.stop();
  for (const Shards* shards : {&impl_->live_shards, &impl_->file_shards})
    for (const auto& shard : *shards) shard->stop();
  impl_->writer.stop();
}

base::Result<void> Pipeline::add_whisperer(const model::WhispererConfig& config, bool held) {
  SPIDER_TRY_LET(source, impl_->database.source(config.name, config.type));
  auto whisperer = std::make_unique<WhispererThread>(*impl_, config, source);
  if (held) whisperer->hold(true);  // before it could begin to capture
  whisperer->start();
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  impl_->whisperers.push_back(std::move(whisperer));
  return {};
}

base::Result<void> Pipeline::set_whisperer(const model::WhispererConfig& config, bool held) {
  {
    const std::lock_guard<std::mutex> lock(impl_->mutex);
    const auto it = std::find_if(impl_->whisperers.begin(), impl_->whisperers.end(),
                                 [&](const auto& w) { return w->name() == config.name; });
    if (it != impl_->whisperers.end()) {
      if ((*it)->status().config.type != config.type)
        return base::fail(
            codes::whisperer_unusable,
            fmt::format("\"{}\" is of another type; give the new one another name.", config.name));
      (*it)->change(config);
      if (impl_->removed.erase(config.name) != 0) (*it)->hold(false);
      return {};
    }
  }
  return add_whisperer(config, held);
}

bool Pipeline::hold_whisperer(const std::string& name, bool held) {
  WhispererThread* whisperer = impl_->find(name);
  if (whisperer != nullptr) whisperer->hold(held);
  return whisperer != nullptr;
}

void Pipeline::remove_whisperer(const std::string& name) {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  WhispererThread* whisperer = impl_->known(name);
  if (whisperer == nullptr) return;
  whisperer->hold(true);
  impl_->removed.insert(name);
}

std::vector<WhispererStatus> Pipeline::whisperers() const {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  std::vector<WhispererStatus> out;
  for (const auto& whisperer : impl_->whisperers)
    if (impl_->removed.count(whisperer->name()) == 0) out.push_back(whisperer->status());
  return out;
}

base::Result<ImportResult> Pipeline::import(const std::string& whisperer, const std::string& path,
                                            const Progress& progress, const std::string& content) {
  WhispererThread* target = impl_->find(whisperer);
  if (target == nullptr)
    return base::fail(codes::whisperer_unknown,
                      fmt::format("There is no whisperer \"{}\".", whisperer));
  std::atomic<bool> stopping{false};
  const ImportGate::Pass pass(*impl_->gate, [&] { stopping = true; });
  if (!pass)
    return base::fail(codes::import_interrupted, fmt::format("{}: nothing was read.", path));
  ImportFile file;
  file.path = path;
  const std::filesystem::path as_path(path);
  file.name = path == "-" ? "standard-input" : as_path.filename().string();
  std::error_code unknown;
  const auto bytes = std::filesystem::file_size(as_path, unknown);
  if (path != "-" && !unknown) file.bytes_known = bytes;
  file.progress = [&](std::uint64_t read, std::uint64_t total) {
    return !stopping && (!progress || progress(read, total));
  };
  file.given_up = [&] { return stopping.load(); };
  if (!content.empty()) file.content = [&] { return content; };
  return target->import(file);
}

base::Result<std::unique_ptr<model::Import>> Pipeline::start_import(const std::string& whisperer,
                                                                    const std::string& name,
                                                                    std::uint64_t bytes_known) {
  WhispererThread* target = impl_->find(whisperer);
  if (target == nullptr)
    return base::fail(codes::whisperer_unknown,
                      fmt::format("There is no whisperer \"{}\".", whisperer));
  if (target->status().config.type != "UPLOAD")
    return base::fail(codes::import_refused,
                      fmt::format("Whisperer \"{}\" captures by itself.", whisperer));
  return FedImport::start(impl_->gate, *target, name, bytes_known);
}

std::vector<model::UploadProgress> Pipeline::uploads_running() const {
  return impl_->known_uploads.running();
}
bool Pipeline::cancel_upload(model::SourceId upload) { return impl_->known_uploads.cancel(upload); }
model::PurgedUploads Pipeline::purge_uploads(const std::vector<model::SourceId>& uploads) {
  return impl_->known_uploads.purge(uploads);
}
model::UploadAging Pipeline::upload_aging() const { return impl_->known_uploads.aging(); }

void Pipeline::set_retention(const model::RetentionConfig& config,
                             const std::vector<model::WhispererConfig>& whisperers) {
  std::vector<KeptSource> out;
  for (const store::SourceInfo& source : impl_->database.sources())
    for (const model::WhispererConfig& w : whisperers)
      if (!source.upload && w.name == source.name && w.type == source.type)
        out.push_back({source.id, w.name, w.type == "INTERFACE", limits_of(w, config)});
  impl_->keeper.set(config.every_s, config.settle_s, std::move(out));
}

base::Result<void> Pipeline::purge(const std::string& whisperer) {
  auto sources = impl_->database.sources();
  sources.erase(std::remove_if(sources.begin(), sources.end(),
                               [&](const auto& s) { return s.name != whisperer; }),
                sources.end());
  if (sources.empty())
    return base::fail(codes::whisperer_unknown,
                      fmt::format("There is no whisperer \"{}\".", whisperer));
  for (const model::UploadProgress& running : impl_->known_uploads.running())
    for (const store::SourceInfo& source : sources)
      if (source.id == running.upload)
        return base::fail(codes::purge_refused,
                          fmt::format("A file is being read into \"{}\".", whisperer));
  std::unique_lock<std::mutex> no_import;
  if (WhispererThread* thread = impl_->find_any(whisperer); thread != nullptr) {
    // What it stores at its end would stay otherwise.
    if (!thread->wait_for_rest(kRestMax))
      return base::fail(
          codes::purge_refused,
          fmt::format("\"{}\" is still storing what it captured until it was stopped. "
                      "Ask again in a moment.",
                      whisperer));
    no_import = thread->hold_imports();
    if (!no_import)
      return base::fail(codes::purge_refused,
                        fmt::format("A file is being read into \"{}\".", whisperer));
  }
  std::vector<model::SourceId> uploads;
  for (const store::SourceInfo& source : sources)
    if (source.upload) uploads.push_back(source.id);
  // Each of them is logged as it goes; the whisperer's own records go last, all at once, so that
  // what is told of a purge that ended early is all that went.
  if (!uploads.empty())
    if (const auto purged = impl_->known_uploads.purge(uploads); purged.trouble)
      return tl::unexpected(*purged.trouble);
  for (const store::SourceInfo& source : sources) {
    if (source.upload) continue;
    impl_->observer.forget(source.id);
    SPIDER_TRY(impl_->writer.purge(source.id));
  }
  base::log(codes::whisperer_purged, "All that was kept of whisperer \"{}\" was removed by hand.",
            whisperer);
  return {};
}

std::optional<base::Error> Pipeline::store_trouble() const { return impl_->writer.trouble(); }

std::uint64_t Pipeline::communications_written() const noexcept {
  return impl_->writer.communications();
}

}  // namespace spider::pipeline
