#include "spider/store/host_book.h"

#include <algorithm>
#include <iterator>
#include <thread>
#include <utility>

namespace spider::store {
namespace {

constexpr std::size_t kHostNameMax = 253;    // RFC 1035 2.3.4, without the lengths and the end
constexpr std::size_t kAddressesLeast = 16;  // for which there is memory
constexpr std::size_t kWantedMax = 1'024;
// Nodes of the maps and sets that an address is in, and a name beside its text.
constexpr std::size_t kAddressBytes = 192;
constexpr std::size_t kNameBytes = sizeof(HostName) + 32;

[[nodiscard]] std::size_t bytes_of(const std::vector<HostName>& names) noexcept {
  std::size_t out = kAddressBytes;
  for (const HostName& n : names)
    out += kNameBytes + n.name.capacity() + n.tellers.capacity() * sizeof(HostTeller);
  return out;
}

[[nodiscard]] base::Time latest(const std::vector<HostName>& names) noexcept {
  base::Time out = base::Time::min();
  for (const HostName& n : names) out = std::max(out, n.last);
  return out;
}

[[nodiscard]] bool more_recent(const HostName& a, const HostName& b) noexcept {
  return a.last != b.last ? a.last > b.last : a.name < b.name;
}

// Whether `a` is the better name at an instant: seen last at or before it, else first after it.
[[nodiscard]] bool nearer(const HostName& a, const HostName& b, base::Time time) noexcept {
  const bool a_before = a.first <= time;
  const bool b_before = b.first <= time;
  if (a_before != b_before) return a_before;
  if (!a_before) return a.first != b.first ? a.first < b.first : a.name < b.name;
  const base::Time a_seen = std::min(a.last, time);
  const base::Time b_seen = std::min(b.last, time);
  if (a_seen != b_seen) return a_seen > b_seen;
  return a.first != b.first ? a.first > b.first : a.name < b.name;
}

[[nodiscard]] bool earlier(const HostTeller& a, const HostTeller& b) noexcept {
  return a.last != b.last ? a.last < b.last : a.source > b.source;
}

// Whether something is new.
bool note_teller(HostName& name, const model::HostNote& note, model::SourceId source) {
  const auto known = std::find_if(name.tellers.begin(), name.tellers.end(),
                                  [&](const HostTeller& t) { return t.source == source; });
  if (known != name.tellers.end()) {
    if (known->first <= note.time && note.time < known->last) return false;
    // At the same time the first stays: a file that is read twice names nothing anew.
    if (note.time > known->last) known->told_by = note.told_by;
    known->first = std::min(known->first, note.time);
    known->last = std::max(known->last, note.time);
    return true;
  }
  const HostTeller fresh{source, note.time, note.time, note.told_by};
  if (name.tellers.size() < HostBook::kTellersMax) {
    name.tellers.push_back(fresh);
    return true;
  }
  const auto oldest = std::min_element(name.tellers.begin(), name.tellers.end(), earlier);
  if (earlier(*oldest, fresh)) *oldest = fresh;
  return true;
}

// What a source told before an instant is told by it no more. Whether anything changed.
bool take_away(std::vector<HostName>& names, model::SourceId source, base::Time before) {
  bool any = false;
  for (HostName& n : names) {
    const auto gone = std::erase_if(
        n.tellers, [&](const HostTeller& t) { return t.source == source && t.last < before; });
    if (gone == 0) continue;
    any = true;
    if (n.tellers.empty()) continue;
    const HostTeller& latest = *std::max_element(n.tellers.begin(), n.tellers.end(), earlier);
    n.last = latest.last;
    n.told_by = latest.told_by;
    n.whisperer = latest.source;
    n.first = n.last;
    for (const HostTeller& t : n.tellers) n.first = std::min(n.first, t.first);
  }
  std::erase_if(names, [](const HostName& n) { return n.tellers.empty(); });
  return any;
}

[[nodiscard]] HostName given(const std::string& name, HostSource source) {
  HostName out;
  out.name = name;
  out.source = source;
  return out;
}

}  // namespace

std::string_view name(HostSource source) noexcept {
  switch (source) {
    case HostSource::configuration:
      return "configuration";
    case HostSource::dns:
      return "dns";
    case HostSource::etc_hosts:
      return "etc_hosts";
    case HostSource::reverse:
      break;
  }
  return "reverse";
}

bool may_be_host_name(std::string_view name) noexcept {
  if (name.empty() || name.size() > kHostNameMax) return false;
  std::size_t label = 0;
  for (const char c : name) {
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
      continue;
    }
    const bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (!good || ++label > 63) return false;
  }
  return label != 0;
}

// ---- what was seen

std::size_t HostBook::note(std::span<const model::HostNote> notes, model::SourceId whisperer) {
  std::size_t forgotten = 0;
  const base::Lock lock(mutex_);
  for (const model::HostNote& one : notes) forgotten += note_one(one, whisperer);
  return forgotten;
}

std::size_t HostBook::note_one(const model::HostNote& note, model::SourceId whisperer) {
  if (addresses_max_ == 0) return 0;
  const auto [at, fresh] = seen_.try_emplace(note.address);
  Seen& seen = at->second;
  if (fresh) {
    seen.stored = gone_.erase(note.address) != 0;
    seen.last = note.time;
    ages_.emplace(seen.last, note.address);
  }
  const base::Time before = seen.last;
  const auto known = std::find_if(seen.names.begin(), seen.names.end(),
                                  [&](const HostName& n) { return n.name == note.name; });
  std::size_t forgotten = 0;
  if (known != seen.names.end()) {
    if (!note_teller(*known, note, whisperer)) return 0;
    if (note.time > known->last) {
      known->told_by = note.told_by;
      known->whisperer = whisperer;
    }
    known->first = std::min(known->first, note.time);
    known->last = std::max(known->last, note.time);
  } else {
    HostName& fresh_name = seen.names.emplace_back();
    fresh_name.name = note.name;
    fresh_name.first = note.time;
    fresh_name.last = note.time;
    fresh_name.told_by = note.told_by;
    fresh_name.whisperer = whisperer;
    static_cast<void>(note_teller(fresh_name, note, whisperer));
    if (seen.names.size() > kNamesMax) {
      seen.names.erase(std::max_element(seen.names.begin(), seen.names.end(), more_recent));
      ++forgotten;
    }
  }
  changed_.insert(note.address);
  settle(at, before);
  return forgotten + make_room();
}

void HostBook::settle(SeenMap::iterator at, base::Time last_before) {
  Seen& seen = at->second;
  seen.last = latest(seen.names);
  if (seen.last != last_before) {
    ages_.erase({last_before, at->first});
    ages_.emplace(seen.last, at->first);
  }
  const std::size_t bytes = bytes_of(seen.names);
  bytes_ = bytes_ - seen.bytes + bytes;
  seen.bytes = bytes;
}

void HostBook::drop(SeenMap::iterator at) {
  const model::IpAddress address = at->first;
  bytes_ -= at->second.bytes;
  ages_.erase({at->second.last, address});
  changed_.erase(address);
  if (at->second.stored) gone_.insert(address);
  seen_.erase(at);
}

std::size_t HostBook::make_room() {
  // One address with the longest names fits in any case.
  const std::size_t bytes_max = std::max(addresses_max_, kAddressesLeast) * kHostBytesEach;
  std::size_t forgotten = 0;
  while (seen_.size() > addresses_max_ || bytes_ > bytes_max) {
    const auto oldest = seen_.find(ages_.begin()->second);
    forgotten += oldest->second.names.size();
    drop(oldest);
  }
  return forgotten;
}

void HostBook::without(model::SourceId whisperer, base::Time before, const Put& put) const {
  const base::Lock lock(mutex_);
  for (const auto& [address, seen] : seen_) {
    std::vector<HostName> names = seen.names;
    if (take_away(names, whisperer, before)) put(address, names.empty() ? nullptr : &names);
  }
}

void HostBook::forget(model::SourceId whisperer, base::Time before) {
  const base::Lock lock(mutex_);
  for (auto at = seen_.begin(); at != seen_.end();) {
    const auto here = at++;
    if (!take_away(here->second.names, whisperer, before)) continue;
    if (here->second.names.empty()) {
      const model::IpAddress address = here->first;
      drop(here);
      gone_.erase(address);
    } else {
      here->second.stored = true;
      settle(here, here->second.last);
    }
  }
}

void HostBook::restore(const model::IpAddress& address, std::vector<HostName> names) {
  const base::Lock lock(mutex_);
  const auto [at, fresh] = seen_.try_emplace(address);
  if (!fresh || names.empty()) return;
  at->second.names = std::move(names);
  at->second.stored = true;
  at->second.last = latest(at->second.names);
  ages_.emplace(at->second.last, address);
  settle(at, at->second.last);
  static_cast<void>(make_room());
}

void HostBook::restore_damaged(const model::IpAddress& address) {
  const base::Lock lock(mutex_);
  if (seen_.find(address) == seen_.end()) gone_.insert(address);
}

void HostBook::take_changes(const Put& put) {
  const base::Lock lock(mutex_);
  for (const model::IpAddress& address : gone_) put(address, nullptr);
  for (const model::IpAddress& address : changed_) {
    Seen& seen = seen_.at(address);
    put(address, &seen.names);
    seen.stored = true;
  }
  gone_.clear();
  changed_.clear();
}

// ---- what is given

void HostBook::give(HostSource source, const std::vector<GivenHost>& hosts) {
  std::map<model::IpAddress, std::vector<std::string>> layer;
  std::size_t left = kGivenMax;
  for (const GivenHost& host : hosts) {
    if (left-- == 0) break;
    std::vector<std::string>& names = layer[host.address];
    if (std::find(names.begin(), names.end(), host.name) == names.end()) names.push_back(host.name);
  }
  const base::Lock lock(mutex_);
  given_[source == HostSource::configuration ? 0 : 1] = std::move(layer);
}

void HostBook::want_reverse(bool wanted) {
  const base::Lock lock(mutex_);
  want_reverse_ = wanted;
  wanted_.clear();
}

std::optional<model::IpAddress> HostBook::wanted() {
  const base::Lock lock(mutex_);
  if (wanted_.empty()) return std::nullopt;
  const model::IpAddress out = *wanted_.begin();
  wanted_.erase(wanted_.begin());
  return out;
}

void HostBook::answer(const model::IpAddress& address, std::string name) {
  const base::Lock lock(mutex_);
  wanted_.erase(address);
  if (!reverse_.insert_or_assign(address, std::move(name)).second) return;
  if (answered_.size() < kReverseMax) {
    answered_.push_back(address);
    return;
  }
  reverse_.erase(std::exchange(answered_[oldest_answer_], address));
  oldest_answer_ = (oldest_answer_ + 1) % kReverseMax;
}

// ---- reading

std::optional<HostName> HostBook::name_at(const model::IpAddress& address, base::Time time) const {
  const base::Lock lock(mutex_);
  if (const auto at = given_[0].find(address); at != given_[0].end())
    return given(at->second.front(), HostSource::configuration);
  const auto seen = [&]() SPIDER_REQUIRES(mutex_) -> std::optional<HostName> {
    const auto at = seen_.find(address);
    if (at == seen_.end()) return std::nullopt;
    return *std::min_element(
        at->second.names.begin(), at->second.names.end(),
        [&](const HostName& a, const HostName& b) { return nearer(a, b, time); });
  };
  const bool own = model::is_loopback(address);
  if (!own)
    if (auto name = seen()) return name;
  if (const auto at = given_[1].find(address); at != given_[1].end())
    return given(at->second.front(), HostSource::etc_hosts);
  if (own)
    if (auto name = seen()) return name;
  if (const auto at = reverse_.find(address); at != reverse_.end()) {
    if (at->second.empty()) return std::nullopt;
    return given(at->second, HostSource::reverse);
  }
  if (want_reverse_ && wanted_.size() < kWantedMax) wanted_.insert(address);
  return std::nullopt;
}

void HostBook::append(const model::IpAddress& address, std::vector<HostName>& out) const {
  const auto all = [&](const auto& layer, HostSource source) {
    if (const auto at = layer.find(address); at != layer.end())
      for (const std::string& name : at->second) out.push_back(given(name, source));
  };
  all(given_[0], HostSource::configuration);
  const bool own = model::is_loopback(address);
  if (own) all(given_[1], HostSource::etc_hosts);
  if (const auto at = seen_.find(address); at != seen_.end()) {
    out.insert(out.end(), at->second.names.begin(), at->second.names.end());
    std::sort(out.end() - static_cast<std::ptrdiff_t>(at->second.names.size()), out.end(),
              more_recent);
  }
  if (!own) all(given_[1], HostSource::etc_hosts);
  if (const auto at = reverse_.find(address); at != reverse_.end() && !at->second.empty())
    out.push_back(given(at->second, HostSource::reverse));
}

std::vector<HostName> HostBook::names(const model::IpAddress& address) const {
  std::vector<HostName> out;
  const base::Lock lock(mutex_);
  append(address, out);
  return out;
}

std::optional<model::IpAddress> HostBook::next(const std::optional<model::IpAddress>& after) const {
  std::optional<model::IpAddress> out;
  const auto look = [&](const auto& layer) {
    const auto at = after ? layer.upper_bound(*after) : layer.begin();
    if (at != layer.end() && (!out || at->first < *out)) out = at->first;
  };
  look(seen_);
  look(given_[0]);
  look(given_[1]);
  look(reverse_);
  return out;
}

// Walks on until visit() returns false; where it stands, or nothing at the end.
std::optional<model::IpAddress> HostBook::visit(std::optional<model::IpAddress> after,
                                                const std::function<bool(Host&)>& visit) const {
  for (;;) {
    std::this_thread::yield();  // between two pieces: the writer waits for no list
    const base::Lock lock(mutex_);
    for (std::size_t i = 0; i < kPieceMax; ++i) {
      after = next(after);
      if (!after) return std::nullopt;
      Host host{*after, {}};
      append(*after, host.names);
      if (!host.names.empty() && !visit(host)) return after;
    }
  }
}

std::vector<Host> HostBook::hosts(const std::optional<model::IpAddress>& after, std::size_t limit,
                                  const Fits& fits) const {
  std::vector<Host> out;
  if (limit == 0) return out;
  static_cast<void>(visit(after, [&](Host& host) {
    if (fits(host)) out.push_back(std::move(host));
    return out.size() < limit;
  }));
  return out;
}

std::vector<model::IpAddress> HostBook::addresses(
    const std::function<bool(std::string_view)>& fits) const {
  std::vector<model::IpAddress> out;
  static_cast<void>(visit(std::nullopt, [&](Host& host) {
    if (std::any_of(host.names.begin(), host.names.end(),
                    [&](const HostName& n) { return fits(n.name); }))
      out.push_back(host.address);
    return true;
  }));
  return out;
}

std::size_t HostBook::seen() const {
  const base::Lock lock(mutex_);
  return seen_.size();
}

std::size_t HostBook::bytes() const {
  const base::Lock lock(mutex_);
  return bytes_;
}

}  // namespace spider::store
