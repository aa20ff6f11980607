#include "pipeline/whisperer_thread.h"

#include <algorithm>
#include <chrono>
#include <stop_token>
#include <utility>

#include <fmt/format.h>

#include "spider/base/log.h"
#include "spider/capture/codes.h"
#include "spider/pipeline/codes.h"
#include "spider/store/status_book.h"

#include "pipeline/distributor.h"
#include "pipeline/watched_files.h"

namespace spider::pipeline {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kFlushEvery = std::chrono::milliseconds(50);
constexpr const char* kHeld = "It was stopped by hand; start it again to go on.";

// Trying again without a change of the configuration cannot help.
[[nodiscard]] bool is_final(base::Code code) {
  return code == capture::codes::filter_invalid || code == capture::codes::no_right_to_capture;
}

[[nodiscard]] bool nothing_captured(const store::Store& store, const std::string& whisperer) {
  const auto known = store.sources();
  return std::none_of(known.begin(), known.end(), [&](const store::SourceInfo& s) {
    return s.name == whisperer && (s.runs != 0 || s.upload);
  });
}
}  // namespace

WhispererThread::WhispererThread(RunFactory& runs, const model::WhispererConfig& config,
                                 model::SourceId source)
    : runs_(runs),
      name_(config.name),
      type_(config.type),
      source_(source),
      config_(config),
      since_(base::Time::now()),
      filter_since_(since_),
      fresh_(nothing_captured(runs.store(), config.name)) {
  // Only the configurations of earlier processes can have had another filter.
  if (fresh_) filter_since_ = base::Time::min();
}

void WhispererThread::start() {
  note_saving();
  if (type_ != "INTERFACE") check_filter();
  if (type_ != "UPLOAD")
    thread_ = base::Thread("cap-" + name_, [this](std::stop_token stop) { run(stop); });
}

// Said here and now, not with the first file; a FILE whisperer would take it for read.
bool WhispererThread::check_filter() {
  const auto good = capture::check_filter(config().filter);
  if (!good) unusable(good.error());
  return good.has_value();
}

// ---- rounds

void WhispererThread::change(const model::WhispererConfig& config) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    next_ = config;
    changed_ = true;
    if (type_ == "INTERFACE") round_.request_stop();
  }
  woken_.notify_all();
  if (type_ != "UPLOAD") return;
  std::stop_source none{std::nostopstate};
  if (begin_round(none)) set_state(WhispererState::not_started);
  check_filter();
}

void WhispererThread::hold(bool held) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (held_ == held) return;
    held_ = held;
    changed_ = true;
    round_.request_stop();
  }
  woken_.notify_all();
  if (type_ == "UPLOAD")
    held ? set_state(WhispererState::stopped, kHeld) : set_state(WhispererState::not_started);
}

bool WhispererThread::held() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return held_;
}

bool WhispererThread::wait_for_rest(std::chrono::milliseconds longest) {
  std::unique_lock<std::mutex> lock(mutex_);
  return woken_.wait_for(lock, longest,
                         [this] { return !held_ || (!in_round_ && present_.empty()); });
}

model::WhispererConfig WhispererThread::config() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return config_;
}

bool WhispererThread::begin_round(std::stop_source& round) {
  const std::lock_guard<std::mutex> lock(mutex_);
  changed_ = false;
  round_ = round;
  if (next_) {
    if (next_->packet_filter() != config_.packet_filter()) filter_since_ = base::Time::now();
    config_ = std::move(*next_);
    next_.reset();
    note_saving();
  }
  in_round_ = !held_ && type_ != "UPLOAD";
  return !held_;
}

void WhispererThread::end_round() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    in_round_ = false;
  }
  woken_.notify_all();
}

void WhispererThread::note_saving() {
  runs_.store().status().note_saving(
      source_,
      {config_.save_packets, config_.save_sessions, config_.save_parsing, config_.save_bodies},
      base::Time::now(), fresh_);
}

void WhispererThread::wait_for_change(const std::stop_token& stop) {
  std::unique_lock<std::mutex> lock(mutex_);
  woken_.wait(lock, stop, [this] { return changed_; });
}

void WhispererThread::run(const std::stop_token& stop) {
  if (type_ != "INTERFACE") runs_.standing().serve_files();
  while (!stop.stop_requested()) {
    std::stop_source round;
    if (begin_round(round)) {
      const std::stop_callback forward(stop, [&round] { round.request_stop(); });
      if (type_ == "INTERFACE")
        capture_live(round.get_token());
      else if (check_filter())
        read_files(round.get_token());
    }
    end_round();
    if (held()) set_state(WhispererState::stopped, kHeld);
    wait_for_change(stop);
  }
}

void WhispererThread::set_state(WhispererState state, std::string reason) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (state == state_ && reason == reason_) return;
  state_ = state;
  reason_ = std::move(reason);
  since_ = base::Time::now();
  store::StatusBook& book = runs_.store().status();
  // An UPLOAD whisperer only waits: it is worth a word when it cannot.
  const bool told = type_ != "UPLOAD" || state == WhispererState::stopped ||
                    state == WhispererState::wrong_configuration;
  if (told) {
    book.note_state(source_, state, reason_, since_);
  } else {
    book.end_state(source_, since_);
  }
}

base::Error WhispererThread::named(const base::Error& error) const {
  return {error.code, fmt::format("Whisperer \"{}\": {}", name_, error.detail)};
}

void WhispererThread::unusable(const base::Error& error) {
  const bool repeated = status().reason == error.detail;
  set_state(WhispererState::wrong_configuration, error.detail);
  if (!repeated) base::log(named(error));
}

WhispererStatus WhispererThread::status() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  WhispererStatus out;
  out.config = next_ ? *next_ : config_;
  out.held = held_;
  out.source = source_;
  out.state = state_;
  out.reason = reason_;
  out.since = since_;
  out.filter_since = filter_since_;
  out.books = past_books_;
  const std::uint64_t batch_bytes = std::uint64_t{runs_.settings().pipeline.batch_kib} * 1024;
  for (const auto& run : present_) {
    out.books += run->books();
    for (const auto& ring : run->rings) {
      out.ring_bytes += ring->capacity() * batch_bytes;
      out.ring_bytes_filled += ring->filled() * batch_bytes;
    }
  }
  return out;
}

WhispererMeter WhispererThread::meter() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  WhispererMeter out;
  out.source = source_;
  out.name = name_;
  out.codes = past_codes_;
  const std::uint64_t batch_bytes = std::uint64_t{runs_.settings().pipeline.batch_kib} * 1024;
  for (const auto& run : present_) {
    for (const auto& ring : run->rings) {
      out.ring_capacity += ring->capacity() * batch_bytes;
      out.ring_filled += ring->filled() * batch_bytes;
    }
    for (const auto& meter : run->meters) {
      out.flows += meter->flows.load(std::memory_order_relaxed);
      out.flow_bytes += meter->flow_bytes.load(std::memory_order_relaxed);
      out.parse_bytes += meter->parse_bytes.load(std::memory_order_relaxed);
      meter->codes.add_to(out.codes);
    }
  }
  return out;
}

void WhispererThread::attach(const std::vector<std::shared_ptr<Run>>& runs) {
  const std::lock_guard<std::mutex> lock(mutex_);
  present_.insert(present_.end(), runs.begin(), runs.end());
}

void WhispererThread::detach(const std::vector<std::shared_ptr<Run>>& runs) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& run : runs) {
    past_books_ += run->books();
    for (const auto& meter : run->meters) meter->codes.add_to(past_codes_);
    present_.erase(std::remove(present_.begin(), present_.end(), run), present_.end());
  }
  woken_.notify_all();
}

void WhispererThread::sleep(const std::stop_token& stop, std::uint32_t ms) const {
  const auto until = Clock::now() + std::chrono::milliseconds(ms);
  while (!stop.stop_requested() && Clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

// ---- live

namespace {
// What came before somebody said stop is still ours, though it waits in the kernel's buffer.
void take_rest(capture::PacketSource& source, Distributor& distributor,
               model::QualityLog& quality) {
  constexpr auto kMost = std::chrono::seconds(2);
  const base::Time asked = base::Time::now();
  const auto until = Clock::now() + kMost;
  while (Clock::now() < until) {
    const auto outcome = source.poll(distributor, quality);
    if (!outcome || *outcome != capture::PollOutcome::packets || source.clock() >= asked) return;
  }
}
}  // namespace

base::Result<void> WhispererThread::pump_live(const std::stop_token& stop,
                                              capture::PacketSource& source, Run& run) {
  Distributor distributor(run);
  model::QualityLog quality;
  base::Result<void> result;
  Clock::time_point flushed = Clock::now();
  Clock::time_point rested = flushed;
  while (!stop.stop_requested()) {
    const auto outcome = source.poll(distributor, quality);
    if (!outcome) {
      result = tl::unexpected(outcome.error());
      break;
    }
    // Small batches only while the shards keep up: under load they would use the ring up.
    const auto now = Clock::now();
    if (*outcome == capture::PollOutcome::idle || now - flushed >= kFlushEvery) {
      distributor.flush(source.clock(), quality);
      flushed = now;
      if (now - rested >= kRestEvery) {
        distributor.rest();
        rested = now;
      }
    }
    if (*outcome == capture::PollOutcome::end) break;
  }
  if (result) take_rest(source, distributor, quality);
  source.finish(quality);
  distributor.end(source.clock(), quality);
  run.wait_done();
  return result;
}

base::Result<void> WhispererThread::pump_all(
    const std::stop_token& stop, std::vector<std::unique_ptr<capture::PacketSource>>& sources,
    const std::vector<std::shared_ptr<Run>>& runs) {
  if (sources.size() == 1) return pump_live(stop, *sources[0], *runs[0]);
  // What the kernel would give to a source that nobody reads is lost: one ends, all end.
  std::stop_source all;
  const std::stop_callback forward(stop, [&all] { all.request_stop(); });
  std::vector<base::Result<void>> results(sources.size());
  const auto pump = [&](std::size_t i) {
    results[i] = pump_live(all.get_token(), *sources[i], *runs[i]);
    all.request_stop();
  };
  std::vector<base::Thread> helpers;
  for (std::size_t i = 1; i < sources.size(); ++i)
    helpers.emplace_back(fmt::format("cap{}-{}", i, name_),
                         [&pump, i](const std::stop_token&) { pump(i); });
  pump(0);
  for (base::Thread& helper : helpers) helper.join();
  for (const auto& result : results)
    if (!result) return result;
  return {};
}

bool WhispererThread::capture_once(const std::stop_token& stop) {
  auto sources = capture::open_live(config_, runs_.settings().capture);
  if (!sources) {
    const base::Error& error = sources.error();
    // What the code's help says of a missing right, the detail says with the command to run.
    const std::string reason = error.code == capture::codes::no_right_to_capture
                                   ? error.detail
                                   : error.detail + " " + std::string(error.code.help());
    const bool repeated = status().reason == reason;
    set_state(WhispererState::wrong_configuration, reason);
    if (!repeated)
      base::log(codes::whisperer_unusable, "Whisperer \"{}\" does not capture: {}", name_, reason);
    return !is_final(error.code);
  }
  std::vector<std::shared_ptr<Run>> runs;
  for (std::size_t i = 0; i < sources->size(); ++i)
    runs.push_back(runs_.begin(config_, source_, true));
  attach(runs);
  set_state(WhispererState::capturing);
  base::log(codes::whisperer_started, "Whisperer \"{}\" captures on {}{}.", name_,
            config_.interface, config_.filter.empty() ? "" : ", filter \"" + config_.filter + "\"");
  const auto ended = pump_all(stop, *sources, runs);
  for (const auto& run : runs) runs_.end(*run);
  detach(runs);
  if (!ended) {
    base::log(ended.error());
    set_state(WhispererState::starting, ended.error().detail);
    return true;
  }
  return !stop.stop_requested();
}

void WhispererThread::capture_live(const std::stop_token& stop) {
  // Once only: a retry that fails for the same reason leaves state, reason and since as they are.
  set_state(WhispererState::starting);
  while (!stop.stop_requested()) {
    if (!capture_once(stop)) break;
    sleep(stop, runs_.settings().pipeline.reopen_ms);
  }
  if (status().state != WhispererState::wrong_configuration) set_state(WhispererState::stopped);
  base::log(codes::whisperer_stopped, "Whisperer \"{}\" stopped.", name_);
}

// ---- files

namespace {
[[nodiscard]] base::Error about(base::Error error, const ImportFile& file) {
  if (file.path == "-" || file.path == file.name) return error;
  for (std::size_t at = error.detail.find(file.path); at != std::string::npos;
       at = error.detail.find(file.path, at + file.name.size()))
    error.detail.replace(at, file.path.size(), file.name);
  return error;
}

// Whoever asked for the import is told of records that were lost as of a failure.
[[nodiscard]] base::Result<ImportResult> lossy_as_failure(base::Result<ImportResult> result) {
  if (result && result->trouble && result->trouble->code == codes::import_lossy)
    return tl::unexpected(*result->trouble);
  return result;
}
}  // namespace

base::Result<ImportResult> WhispererThread::read_into(model::SourceId place,
                                                      const model::WhispererConfig& config,
                                                      capture::PacketSource& source,
                                                      const ImportFile& file) {
  const auto run = runs_.begin(config, place, false);
  attach({run});
  auto result = read_to_end(source, *run, runs_.standing(), file.progress, file.was_cut);
  runs_.end(*run);
  detach({run});
  // A pipe shows only when it is read that it is no capture.
  if (result && result->trouble && result->trouble->code.severity() == base::Severity::error &&
      result->books[model::Quality::packets_received] == 0)
    return tl::unexpected(*result->trouble);
  return result;
}

base::Result<ImportResult> WhispererThread::import(const ImportFile& file) {
  const bool upload = type_ == "UPLOAD";
  std::unique_lock<std::mutex> one_at_a_time(importing_, std::defer_lock);
  if (!upload) one_at_a_time.lock();
  if (upload && held()) return base::fail(codes::import_refused, kHeld);
  const model::WhispererConfig config = this->config();
  auto source = capture::open_file(file.path, config.filter, runs_.settings().capture,
                                   config.skip_empty_packets, upload && !file.content);
  if (!source && source.error().code == capture::codes::filter_invalid)
    return tl::unexpected(named(source.error()));  // of all errors here not the file's
  if (!source) return tl::unexpected(source.error());
  if (!upload) return lossy_as_failure(read_into(source_, config, **source, file));

  store::UploadInfo info;
  info.file = file.name;
  info.bytes_known = file.bytes_known;
  SPIDER_TRY_LET(entry, runs_.uploads().begin(name_, type_, std::move(info), file.cancel));
  ImportFile told = file;
  told.progress = [&](std::uint64_t read, std::uint64_t total) {
    entry->bytes = read;
    return !entry->cancelled && (!file.progress || file.progress(read, total));
  };
  auto result = read_into(entry->source, config, **source, told);
  // What the reader says of a pipe is said of the file that the person knows.
  if (!result) result = tl::unexpected(about(result.error(), file));
  if (result && result->trouble) result->trouble = about(*result->trouble, file);
  if (result) result->upload = entry->source;
  entry->cut = file.given_up && file.given_up();
  runs_.uploads().end(
      *entry, result, file.content ? file.content : [&] { return (*source)->content(); });
  return lossy_as_failure(std::move(result));
}

bool WhispererThread::read_file(const std::stop_token& stop, const std::string& path,
                                bool others_may_come) {
  set_state(WhispererState::capturing);
  ImportFile file;
  file.path = path;
  file.name = path;
  file.progress = [&](std::uint64_t, std::uint64_t) { return !stop.stop_requested(); };
  const auto result = import(file);
  if (!result) {
    base::log(named(result.error()));
    // One file among others that is no capture does not make the folder's setting wrong.
    set_state(others_may_come ? WhispererState::capturing : WhispererState::wrong_configuration,
              result.error().detail);
    return true;
  }
  if (result->trouble) base::log(named(*result->trouble));
  base::log(codes::import_done, "Whisperer \"{}\" read {}: {} packets, {} communications.", name_,
            path, result->books[model::Quality::packets_received],
            result->books[model::Quality::communications_complete] +
                result->books[model::Quality::communications_partial]);
  return !result->trouble || result->trouble->code != codes::import_stopped;
}

void WhispererThread::read_files(const std::stop_token& stop) {
  const PipelineConfig& settings = runs_.settings().pipeline;
  WatchedFiles files(config_.path, std::chrono::milliseconds(settings.folder_rest_ms), source_,
                     runs_.store());
  // What was wrong with the setting before this one is not wrong with it.
  if (status().state == WhispererState::wrong_configuration) set_state(WhispererState::starting);
  bool away = false;
  const auto another = [this] {
    const std::lock_guard<std::mutex> lock(mutex_);
    return next_.has_value();
  };
  while (!stop.stop_requested() && !another()) {
    const auto next = files.next();
    if (!next) {
      unusable(next.error());
      away = true;
      sleep(stop, settings.folder_poll_ms);
      continue;
    }
    if (std::exchange(away, false)) set_state(WhispererState::capturing);
    if (next->has_value()) {
      // One that was stopped within stays begun: whoever finds it again says so.
      if (read_file(stop, **next, !files.finished())) files.done(**next);
      continue;
    }
    if (files.finished()) break;
    // One that is stays so, with what it says of the last file.
    if (status().state != WhispererState::capturing) set_state(WhispererState::capturing);
    sleep(stop, settings.folder_poll_ms);
  }
  if (status().state != WhispererState::wrong_configuration) set_state(WhispererState::stopped);
}

}  // namespace spider::pipeline
