#include "pipeline/uploads.h"

#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "spider/base/log.h"
#include "spider/base/patience.h"
#include "spider/pipeline/codes.h"
#include "spider/store/codes.h"
#include "spider/store/store_reader.h"

namespace spider::pipeline {
namespace {

using std::chrono::steady_clock;
constexpr auto kLookEvery = std::chrono::minutes(1);
constexpr const char* kSeen = "uploads/clock";  // microseconds, by the system's clock
constexpr base::Duration kSeenEvery = base::Duration::from_s(600);
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

}  // namespace

void Uploads::start() {
  const base::Time now = base::Time::now();
  for (const store::SourceInfo& source : store_.sources()) {
    if (!source.upload || source.upload->state != store::UploadState::running) continue;
    store::UploadInfo info = *source.upload;
    info.state = store::UploadState::cut;
    info.ended = now;
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
    if (const auto done = store_.set_upload(source.id, info); !done) base::log(done.error());
  }
  if (const auto seen = store_.setting(kSeen); seen && *seen) {
    std::int64_t us = 0;
    const std::string& text = **seen;
    if (std::from_chars(text.data(), text.data() + text.size(), us).ec == std::errc())
      ages_.seen_before(base::Time::from_us(us));
  }
  thread_ = base::Thread("uploads", [this](const std::stop_token& stop) { look_after(stop); });
}

void Uploads::stop() {
  thread_.request_stop();
  woken_.notify_all();
  thread_.join();
}

void Uploads::look_after(const std::stop_token& stop) {
  base::wake_patiently();
  while (!stop.stop_requested()) {
    remove_old(stop);
    if (const auto done = reclaim(); !done) base::log(done.error());
    std::unique_lock<std::mutex> lock(sleep_);
    woken_.wait_for(lock, stop, kLookEvery, [] { return false; });
  }
}

void Uploads::remove_old(const std::stop_token& stop) {
  const base::Time now = base::Time::now();
  const auto seen = store_.setting(kSeen);
  const std::string text = fmt::to_string(now.us());
  const auto look = ages_.look(now, steady_clock::now());
  if (look.leap.ns != 0)
    base::log(
        codes::clock_leapt,
        "The system's clock is {:.1f} hours ahead of where it was to be: no upload is removed "
        "for its age before an hour has passed.",
        static_cast<double>(look.leap.ns) / 3.6e12);
  std::int64_t us = 0;
  if (seen && *seen) std::from_chars((*seen)->data(), (*seen)->data() + (*seen)->size(), us);
  if (base::Time::from_us(us) + kSeenEvery <= now || now < base::Time::from_us(us))
    if (const auto done = store_.set_setting(kSeen, text); !done) base::log(done.error());
  if (!look.trusted || !ages_.removes()) return;
  for (const store::SourceInfo& source : store_.sources()) {
    if (stop.stop_requested()) return;
    if (!source.upload || !ages_.is_old(*source.upload, now)) continue;
    const std::lock_guard<std::mutex> one_at_a_time(purging_);
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
  info.ended = base::Time::now();
  info.bytes = upload.bytes;
  info.state = store::UploadState::complete;
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
  const bool lossy = !result && result.error().code == codes::import_lossy;
  const bool stopped = upload.cut || lossy ||
                       (trouble != nullptr && (trouble->code == codes::import_interrupted ||
                                               trouble->code == codes::import_stopped));
  if (stopped) info.state = store::UploadState::cut;
  if (upload.cancelled) info.state = store::UploadState::cancelled;
  // Not a capture: there is nothing that could be looked at.
  const bool nothing = !result && result.error().code != codes::import_lossy;
  if (info.state == store::UploadState::complete && !nothing) info.content = content();
  // In one step for whoever asks: it is being read, or it has ended in the store as well.
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto done = nothing ? writer_.purge(upload.source) : store_.set_upload(upload.source, info);
  if (!done) base::log(done.error());
  active_.erase(upload.source);
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

base::Result<bool> Uploads::purge(model::SourceId source) {
  {
    const std::lock_guard<std::mutex> one_at_a_time(purging_);
    const auto known = store_.find_source(source);
    const auto id = static_cast<std::uint32_t>(source);
    const bool is_one =
        known && (known->upload || (known->type == "UPLOAD" && known->runs > known->runs_purged));
    if (!is_one)
      return base::fail(codes::upload_unknown, fmt::format("There is no upload {}.", id));
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (active_.count(source) != 0)
        return base::fail(codes::upload_running, fmt::format("Upload {} is being read.", id));
    }
    SPIDER_TRY(remove(*known, "by hand"));
  }
  return reclaim();
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
  return store_.reclaim();
}

}  // namespace spider::pipeline
