#include "pipeline/uploads.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "spider/base/log.h"
#include "spider/base/patience.h"
#include "spider/pipeline/codes.h"
#include "spider/store/codes.h"
#include "spider/store/store_reader.h"

namespace spider::pipeline {
namespace {

constexpr auto kLookEvery = std::chrono::minutes(1);
constexpr auto kTryAgain = std::chrono::seconds(5);
constexpr const char* kAges = "uploads/clock";  // UploadAges::note()
constexpr base::Duration kDay = base::Duration::from_s(24 * 3'600);
constexpr base::Duration kNoteEvery = base::Duration::from_s(600);
constexpr std::size_t kTroubleBytesMax = 1'000;

[[nodiscard]] std::string named(const store::SourceInfo& source) {
  return source.upload
             ? fmt::format("Upload {} of \"{}\" ({})", static_cast<std::uint32_t>(source.id),
                           source.name, source.upload->file)
             : fmt::format("What \"{}\" read before uploads were kept apart", source.name);
}

void add_counts(store::UploadInfo& info, const model::QualityCounts& books) {
  info.packets = books[model::Quality::packets_received];
  info.communications = books[model::Quality::communications_stored];
  info.sessions = books[model::Quality::sessions_stored];
}

// What ended the reading was not the file.
[[nodiscard]] bool is_ours(base::Code code) {
  return code == codes::import_interrupted || code == codes::import_stopped ||
         code == codes::import_lossy;
}

}  // namespace

void Uploads::start() {
  const auto sources = store_.sources();
  begin_ages(sources);
  end_lost(sources);
  thread_ = base::Thread("uploads", [this](const std::stop_token& stop) { look_after(stop); });
}

void Uploads::begin_ages(const std::vector<store::SourceInfo>& sources) {
  base::Time earliest = base::Time::min();
  for (const store::SourceInfo& source : sources)
    if (source.upload && source.upload->kept_from != base::Time::min())
      earliest = earliest == base::Time::min() ? source.upload->kept_from
                                               : std::min(earliest, source.upload->kept_from);
  const auto note = store_.setting(kAges);
  if (!note) base::log(note.error());
  const std::lock_guard<std::mutex> lock(ages_mutex_);
  ages_.begin(Clocks::now(), note ? *note : std::nullopt, earliest);
}

// Those that no process reads any more were cut.
void Uploads::end_lost(const std::vector<store::SourceInfo>& sources) {
  for (const store::SourceInfo& source : sources) {
    if (!source.upload || source.upload->state != store::UploadState::running) continue;
    store::UploadInfo info = *source.upload;
    info.state = store::UploadState::cut;
    info.ended = std::max(base::Time::now(), info.began);
    info.kept_from = age_clock();
    info.trouble = "Spider ended before the file did.";
    const std::array of{source.id};
    const auto snapshot = store_.reader().snapshot();
    model::QualityCounts books;
    if (const auto rows = snapshot->quality(of, base::Time::min(), base::Time::max()))
      for (const store::QualityRow& row : *rows) books += row.minute.counts;
    add_counts(info, books);
    if (const auto span = snapshot->time_span(store::RecordKind::http, of);
        span && !span->empty()) {
      info.first = span->first;
      info.last = span->last;
    }
    const Unstored end{info, false};
    if (const auto done = store_end(source.id, end); !done) {
      base::log(done.error());
      store_.hold_upload(source.id, info);
      const std::lock_guard<std::mutex> lock(mutex_);
      unstored_.insert_or_assign(source.id, end);
    }
  }
}

void Uploads::stop_purges() noexcept { stopping_ = true; }

void Uploads::stop() {
  stop_purges();
  thread_.request_stop();
  woken_.notify_all();
  thread_.join();
  static_cast<void>(store_ends());  // the writer still runs
}

void Uploads::look_after(const std::stop_token& stop) {
  base::wake_patiently();
  while (!stop.stop_requested()) {
    const bool all_stored = store_ends();
    look_at_clocks();
    remove_old(stop);
    if (const auto done = reclaim(); !done) base::log(done.error());
    std::unique_lock<std::mutex> lock(sleep_);
    const auto wait = all_stored ? std::chrono::milliseconds(kLookEvery) : kTryAgain;
    woken_.wait_for(lock, stop, wait, [] { return false; });
  }
}

base::Time Uploads::age_clock() const {
  const std::lock_guard<std::mutex> lock(ages_mutex_);
  return ages_.at(since_boot());
}

model::UploadAging Uploads::aging() const {
  const std::lock_guard<std::mutex> lock(ages_mutex_);
  return ages_.told();
}

void Uploads::look_at_clocks() {
  const Clocks now = Clocks::now();
  UploadAges::Look look;
  std::string note;
  bool removes = false;
  {
    const std::lock_guard<std::mutex> lock(ages_mutex_);
    look = ages_.look(now);
    note = ages_.note();
    removes = ages_.removes();
  }
  if (look.leap.ns != 0 && removes)
    base::log(codes::clock_leapt,
              "The system's clock leapt by {:.1f} hours; ages of uploads are counted as if it had "
              "not.",
              static_cast<double>(look.leap.ns) / 3.6e12);
  if (look.counted >= kDay && removes)
    base::log(
        codes::time_off_counted,
        "By the system's clock the machine was off for {:.1f} days; uploads are older by that "
        "now.",
        static_cast<double>(look.counted.ns) / static_cast<double>(kDay.ns));
  const bool due = !noted_ || now.boot.ns - noted_->ns >= kNoteEvery.ns;
  if (!due && look.leap.ns == 0 && look.counted.ns == 0) return;
  if (const auto done = store_.set_setting(kAges, note); !done) base::log(done.error());
  noted_ = now.boot;
}

// Of an older version, which did not note it: its age begins here.
void Uploads::begin_age(model::SourceId source) {
  const std::lock_guard<std::mutex> one_at_a_time(purging_);
  const auto known = store_.find_source(source);
  if (!known || !known->upload) return;
  store::UploadInfo info = *known->upload;
  info.kept_from = age_clock();
  if (const auto done = store_.set_upload(source, info); !done) base::log(done.error());
}

void Uploads::remove_old(const std::stop_token& stop) {
  for (const store::SourceInfo& source : store_.sources()) {
    if (stop.stop_requested()) return;
    if (!source.upload || source.upload->state == store::UploadState::running) continue;
    if (source.upload->kept_from == base::Time::min()) {
      begin_age(source.id);
      continue;
    }
    {
      const std::lock_guard<std::mutex> lock(ages_mutex_);
      if (!ages_.is_old(*source.upload)) continue;
    }
    const std::lock_guard<std::mutex> one_at_a_time(purging_);
    if (!store_.find_source(source.id)) continue;
    if (const auto done = remove(source, "for its age"); !done) base::log(done.error());
  }
}

base::Result<std::shared_ptr<Uploads::Active>> Uploads::begin(const std::string& whisperer,
                                                              const std::string& type,
                                                              store::UploadInfo info,
                                                              std::function<void()> cancel) {
  info.state = store::UploadState::running;
  info.began = base::Time::now();
  // In the list before anybody can see it in the store: what runs is never taken for cut.
  const std::lock_guard<std::mutex> lock(mutex_);
  SPIDER_TRY_LET(source, store_.make_upload(whisperer, type, info));
  auto active = std::make_shared<Active>();
  active->source = source;
  active->info = std::move(info);
  active->cancel = std::move(cancel);
  active_.emplace(source, active);
  return active;
}

void Uploads::end(Active& upload, const base::Result<model::ImportResult>& result,
                  const std::function<std::string()>& content) {
  store::UploadInfo& info = upload.info;
  info.ended = std::max(base::Time::now(), info.began);
  info.kept_from = age_clock();
  info.bytes = upload.bytes;
  const base::Error* trouble = nullptr;
  if (!result) {
    trouble = &result.error();
  } else {
    info.bytes = result->bytes;
    info.first = result->first;
    info.last = result->last;
    add_counts(info, result->books);
    if (result->trouble) trouble = &*result->trouble;
  }
  if (trouble != nullptr) info.trouble = trouble->detail.substr(0, kTroubleBytesMax);
  const bool stopped = upload.cut || (trouble != nullptr && is_ours(trouble->code));
  info.state =
      trouble == nullptr && !upload.cut ? store::UploadState::complete : store::UploadState::cut;
  if (upload.cancelled) info.state = store::UploadState::cancelled;
  // A file that is damaged came whole all the same, and is known again.
  if (result && !stopped && !upload.cancelled) info.content = content();
  // Not a capture: there is nothing that could be looked at.
  const Unstored end{info, !result};
  // In one step for whoever asks: it is being read, or it has ended in the store as well.
  const std::lock_guard<std::mutex> lock(mutex_);
  if (const auto done = store_end(upload.source, end); !done) {
    base::log(done.error());
    store_.hold_upload(upload.source, info);
    unstored_.insert_or_assign(upload.source, end);
  }
  active_.erase(upload.source);
}

base::Result<void> Uploads::store_end(model::SourceId source, const Unstored& end) {
  return end.nothing ? writer_.purge(source) : store_.set_upload(source, end.info);
}

// Again, until the store takes them; false when it did not.
bool Uploads::store_ends() {
  const std::lock_guard<std::mutex> one_at_a_time(purging_);
  std::map<model::SourceId, Unstored> waiting;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    waiting = unstored_;
  }
  for (const auto& [source, end] : waiting) {
    if (store_.find_source(source) && !store_end(source, end)) return false;
    const std::lock_guard<std::mutex> lock(mutex_);
    unstored_.erase(source);
  }
  return true;
}

std::vector<model::UploadProgress> Uploads::running() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<model::UploadProgress> out;
  for (const auto& [source, active] : active_)
    out.push_back({source, active->bytes, active->info.bytes_known});
  return out;
}

bool Uploads::cancel(model::SourceId source) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto at = active_.find(source);
  if (at == active_.end()) return false;
  at->second->cancelled = true;
  if (at->second->cancel) at->second->cancel();
  return true;
}

model::Refusal why_not_purged(base::Code code) {
  if (code == codes::whisperer_unknown) return model::Refusal::missing;
  if (code == codes::purge_refused || code == codes::upload_running)
    return model::Refusal::conflict;
  return code == codes::purge_stopped ? model::Refusal::stopping : model::Refusal::failed;
}

model::PurgedUploads Uploads::purge(const std::vector<model::SourceId>& wanted) {
  model::PurgedUploads out;
  for (const model::SourceId source : wanted) {
    auto done = stopping_
                    ? base::Result<bool>(base::fail(codes::purge_stopped, "Spider is stopping."))
                    : purge_one(source);
    if (!done) {
      out.trouble = std::move(done.error());
      if (wanted.size() > 1)
        out.trouble->detail +=
            fmt::format(" {} of {} uploads were removed.", out.gone.size(), wanted.size());
      out.why = why_not_purged(out.trouble->code);
      if (stopping_) return out;  // the disk's space comes back after the next start
      break;
    }
    if (*done) out.gone.push_back(source);
  }
  // They are gone for every reader; the disk's space comes back now or later.
  const auto back = reclaim();
  if (!back) base::log(back.error());
  out.space_back = back && *back;
  return out;
}

base::Result<bool> Uploads::purge_one(model::SourceId source) {
  const std::lock_guard<std::mutex> one_at_a_time(purging_);
  const auto known = store_.find_source(source);
  const bool is_one =
      known && (known->upload || (known->type == "UPLOAD" && known->runs > known->runs_purged));
  if (!is_one) return false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (active_.count(source) != 0)
      return base::fail(codes::upload_running, fmt::format("Upload {} is being read.",
                                                           static_cast<std::uint32_t>(source)));
  }
  SPIDER_TRY(remove(*known, "by hand"));
  const std::lock_guard<std::mutex> lock(mutex_);
  unstored_.erase(source);
  return true;
}

base::Result<void> Uploads::remove(const store::SourceInfo& source, const char* why) {
  SPIDER_TRY(writer_.purge(source.id));
  base::log(codes::upload_purged, "{} was removed {}: {} communications and all else of it.",
            named(source), why,
            source.upload ? fmt::to_string(source.upload->communications) : "its");
  return {};
}

base::Result<bool> Uploads::reclaim() {
  const std::lock_guard<std::mutex> one_at_a_time(purging_);
  return store_.reclaim(&stopping_);
}

}  // namespace spider::pipeline
