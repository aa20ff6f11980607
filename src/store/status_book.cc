#include "spider/store/status_book.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "spider/base/log.h"
#include "spider/store/codes.h"

#include "store/database.h"
#include "store/format/keys.h"
#include "store/format/status.h"

namespace spider::store {
namespace {

using format::StatusKind;
constexpr std::int64_t kEarliest = std::numeric_limits<std::int64_t>::min();

// Behind every row of the kind.
std::string end_of(model::SourceId source, StatusKind kind) {
  return format::status_key(source, static_cast<StatusKind>(static_cast<std::uint8_t>(kind) + 1),
                            kEarliest);
}
std::string begin_of(model::SourceId source, StatusKind kind) {
  return format::status_key(source, kind, kEarliest);
}

}  // namespace

// ---- rows

void StatusBook::write(bool lasting) {
  if (pending_.empty()) return;
  rocksdb::WriteBatch batch;
  for (const auto& [key, value] : pending_) {
    if (value) {
      database_.put(batch, Family::status, key, *value);
    } else {
      batch.Delete(database_.handle(Family::status), key);
    }
  }
  const auto done = database_.write_quietly(batch);
  if (!done) {
    if (!std::exchange(refused_, true)) base::log(done.error());
    while (pending_.size() > kPendingMax) pending_.erase(pending_.begin());
    return;
  }
  refused_ = false;
  pending_.clear();
  if (lasting) database_.sync_log_soon();
}

base::Result<StatusBook::Rows> StatusBook::rows(const std::string& first,
                                                const std::string& end) const {
  Rows out;
  // First what waits: what is written meanwhile is found twice, and the same.
  std::map<std::string, std::optional<std::string>, std::less<>> waiting;
  {
    const base::Lock lock(mutex_);
    waiting.insert(pending_.lower_bound(first), pending_.lower_bound(end));
  }
  const rocksdb::Slice bound(end);
  const auto it = database_.iterate(Family::status, nullptr, &bound);
  for (it->Seek(first); it->Valid(); it->Next()) {
    // A damaged row is one that is not known; the rest is.
    if (const auto value = Database::value(Family::status, *it))
      out.emplace(it->key().ToString(), base::as_text(*value));
  }
  if (!it->status().ok()) return read_error(it->status());
  for (const auto& [key, value] : waiting) {
    if (value) {
      out[key] = *value;
    } else {
      out.erase(key);
    }
  }
  return out;
}

void StatusBook::trim(const std::string& first, const std::string& end, std::size_t& count,
                      std::size_t most) {
  if (count <= most) return;
  const rocksdb::Slice bound(end);
  const auto it = database_.iterate(Family::status, nullptr, &bound);
  for (it->Seek(first); it->Valid() && count > most; it->Next(), --count)
    pending_[it->key().ToString()] = std::nullopt;
}

base::Result<void> StatusBook::load() {
  const base::Lock lock(mutex_);
  std::size_t damaged = 0;
  std::map<model::SourceId, std::vector<model::StatePeriod>> cut;
  const auto it = database_.iterate(Family::status, nullptr);
  for (it->SeekToFirst(); it->Valid();) {
    const std::string name = it->key().ToString();
    const auto key = format::parse_status_key(name);
    if (key && key->kind == StatusKind::observation) {
      it->Seek(end_of(key->source, StatusKind::observation));
      continue;
    }
    const auto value = Database::value(Family::status, *it);
    it->Next();
    if (!key) continue;
    auto state = value ? format::ValueState::ok : format::ValueState::corrupt;
    if (value && key->kind == StatusKind::alive) state = format::decode_alive(*value, alive_);
    if (value && key->kind == StatusKind::state) {
      model::StatePeriod period;
      period.from = {key->at};
      state = format::decode_state(*value, period);
      ++open_[key->source].rows;
      if (state == format::ValueState::ok && period.until == base::Time::max())
        cut[key->source].push_back(std::move(period));
    }
    if (value && key->kind == StatusKind::saving) {
      model::SavingChange change;
      change.at = {key->at};
      state = format::decode_saving(*value, change);
      if (state == format::ValueState::ok) saving_[key->source].push_back(change);
    }
    if (state == format::ValueState::corrupt && damaged++ == 0)
      base::log(codes::store_corrupt, "{}",
                corrupt(Family::status, name, "the row is damaged and passed over").value().detail);
  }
  if (!it->status().ok()) return read_error(it->status());
  for (auto& [source, periods] : cut)
    for (model::StatePeriod& period : periods) {
      forget_states(source);
      period.until = std::max(period.from, alive_);
      period.unseen = true;
      pending_[format::status_key(source, StatusKind::state, period.from.ns)] =
          format::encode_state(period);
    }
  write(false);
  return {};
}

// ---- states

void StatusBook::close(model::SourceId source, Open& open, base::Time at, bool unseen) {
  if (!open.lasts) return;
  open.lasts = false;
  forget_states(source);
  open.period.until = std::max(open.period.from, at);  // the clock may have gone back
  open.period.unseen = unseen;
  pending_[format::status_key(source, StatusKind::state, open.period.from.ns)] =
      format::encode_state(open.period);
}

void StatusBook::note_state(model::SourceId source, model::WhispererState state,
                            const std::string& reason, base::Time at) {
  const base::Lock lock(mutex_);
  if (ended_) return;
  Open& open = open_[source];
  const std::string kept = reason.substr(0, format::kReasonBytesMax);
  if (open.lasts && open.period.state == state && open.period.reason == kept) return;
  const base::Time before = open.period.from;
  close(source, open, at, false);
  // Two in one instant stay two.
  if (open.rows > 0 && at == before) at = at + base::Duration{1};
  open.period = {at, base::Time::max(), state, kept, false};
  open.lasts = true;
  forget_states(source);
  pending_[format::status_key(source, StatusKind::state, at.ns)] =
      format::encode_state(open.period);
  ++open.rows;
  trim(begin_of(source, StatusKind::state), end_of(source, StatusKind::state), open.rows,
       kStatesMax);
  write(true);
}

void StatusBook::end_state(model::SourceId source, base::Time at) {
  const base::Lock lock(mutex_);
  const auto open = open_.find(source);
  if (ended_ || open == open_.end()) return;
  close(source, open->second, at, false);
  write(true);
}

void StatusBook::end(base::Time at) {
  const base::Lock lock(mutex_);
  if (std::exchange(ended_, true)) return;
  for (auto& [source, open] : open_) close(source, open, at, false);
  write(true);
}

void StatusBook::begin() {
  const base::Lock lock(mutex_);
  ended_ = false;
}

void StatusBook::mark_alive(base::Time at) {
  const base::Lock lock(mutex_);
  alive_ = at;
  pending_[format::status_key({}, StatusKind::alive, 0)] = format::encode_alive(at);
  write(false);
}

void StatusBook::forget_states(model::SourceId source) {
  known_states_.erase(source);
  ++states_changed_;
}

base::Result<StatusBook::Periods> StatusBook::states(model::SourceId source) const {
  std::uint64_t as_of = 0;
  {
    const base::Lock lock(mutex_);
    if (const auto at = known_states_.find(source); at != known_states_.end()) return at->second;
    as_of = states_changed_;
  }
  SPIDER_TRY_LET(all, rows(begin_of(source, StatusKind::state), end_of(source, StatusKind::state)));
  std::vector<model::StatePeriod> out;
  for (const auto& [name, value] : all) {
    model::StatePeriod period;
    period.from = {format::parse_status_key(name)->at};
    if (format::decode_state(base::as_bytes(value), period) == format::ValueState::ok)
      out.push_back(std::move(period));
  }
  auto periods = std::make_shared<const std::vector<model::StatePeriod>>(std::move(out));
  const base::Lock lock(mutex_);
  if (as_of == states_changed_) known_states_[source] = periods;
  return Periods(std::move(periods));
}

base::Result<std::vector<model::StatePeriod>> StatusBook::states(model::SourceId source,
                                                                 base::Time from,
                                                                 base::Time to) const {
  SPIDER_TRY_LET(all, states(source));
  std::vector<model::StatePeriod> out;
  for (const model::StatePeriod& period : *all)
    if (period.from < to && period.until >= from) out.push_back(period);
  return out;
}

base::Result<std::optional<base::Time>> StatusBook::states_known_since(
    model::SourceId source) const {
  SPIDER_TRY_LET(all, rows(begin_of(source, StatusKind::state), end_of(source, StatusKind::state)));
  std::optional<base::Time> out;
  if (!all.empty()) out = base::Time{format::parse_status_key(all.begin()->first)->at};
  return out;
}

// ---- what is saved

void StatusBook::note_saving(model::SourceId source, const model::SavingOptions& options,
                             base::Time at, bool first) {
  const base::Lock lock(mutex_);
  auto& known = saving_[source];
  if (!known.empty() && known.back().options == options) return;
  // By the order in which they were made, also when the clock went back.
  if (!known.empty()) at = std::max(at, known.back().at + base::Duration{1});
  const model::SavingChange& change =
      known.emplace_back(model::SavingChange{at, options, first && known.empty()});
  pending_[format::status_key(source, StatusKind::saving, at.ns)] = format::encode_saving(change);
  if (known.size() > kSavingMax) {
    pending_[format::status_key(source, StatusKind::saving, known.front().at.ns)] = std::nullopt;
    known.erase(known.begin());
  }
  write(true);
}

std::vector<model::SavingChange> StatusBook::saving(model::SourceId source) const {
  const base::Lock lock(mutex_);
  const auto at = saving_.find(source);
  return at == saving_.end() ? std::vector<model::SavingChange>{} : at->second;
}

// ---- observations

void StatusBook::put_observation(model::SourceId source, const model::Observation& observation) {
  const base::Lock lock(mutex_);
  pending_[format::status_key(source, StatusKind::observation, observation.minute)] =
      format::encode_observation(observation);
  const std::int64_t hour = observation.minute / 60;
  if (std::exchange(trimmed_[source], hour) != hour) {
    const std::string first = begin_of(source, StatusKind::observation);
    const std::string end =
        format::status_key(source, StatusKind::observation, observation.minute - kObservedMinutes);
    const rocksdb::Slice bound(end);
    const auto it = database_.iterate(Family::status, nullptr, &bound);
    it->Seek(first);
    if (it->Valid()) {
      rocksdb::WriteBatch batch;
      batch.DeleteRange(database_.handle(Family::status), first, end);
      static_cast<void>(database_.write_quietly(batch));  // the next hour tries again
    }
  }
  write(false);
}

std::optional<model::Observation> StatusBook::observation(model::SourceId source,
                                                          std::int64_t minute) const {
  const auto found = observations(source, minute, minute + 1);
  return found && !found->empty() ? std::optional(found->front()) : std::nullopt;
}

base::Result<std::vector<model::Observation>> StatusBook::observations(model::SourceId source,
                                                                       std::int64_t first,
                                                                       std::int64_t end) const {
  std::vector<model::Observation> out;
  if (first >= end) return out;
  SPIDER_TRY_LET(all, rows(format::status_key(source, StatusKind::observation, first),
                           format::status_key(source, StatusKind::observation, end)));
  for (const auto& [name, value] : all) {
    model::Observation o;
    o.minute = format::parse_status_key(name)->at;
    if (format::decode_observation(base::as_bytes(value), o) == format::ValueState::ok)
      out.push_back(std::move(o));
  }
  return out;
}

}  // namespace spider::store
