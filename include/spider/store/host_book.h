#pragma once
// HostBook: names of addresses, each with where it is from: written down by the user, seen in DNS
// answers, read from /etc/hosts, asked for in reverse. Any thread; the writer's thread alone notes
// what was seen and takes what goes to the disk (rows `host/` of the family meta).
//
// What was seen is a claim of whoever sent the answer, and told as such: name server, whisperer,
// first and last time. It knows packet time only, so an import leaves the same names every time.
// Of a loopback address, which is each machine's own, what this machine's /etc/hosts says goes
// before. A name goes when the last source that told it does.
//
// Bounds: addresses_max addresses seen, kHostBytesEach bytes for each of them on average (for 16 at
// least), kNamesMax names of one, kTellersMax sources of a name; the least recently seen goes (of
// equals the lower address, the later name, the later source). kReverseMax addresses asked for,
// kGivenMax names of a file or of the configuration. Nothing waits for the disk; a lock is held for
// a look-up, or for kPieceMax of a list.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "spider/base/mutex.h"
#include "spider/base/time.h"
#include "spider/model/address.h"
#include "spider/model/ids.h"
#include "spider/model/record_batch.h"

namespace spider::store {

// In order of precedence; of a loopback address etc_hosts goes before dns.
enum class HostSource : std::uint8_t { configuration, dns, etc_hosts, reverse };
[[nodiscard]] std::string_view name(HostSource source) noexcept;

// A source that saw a name told: a whisperer's own, or an upload.
struct HostTeller {
  model::SourceId source{};
  base::Time first;
  base::Time last;
  model::IpAddress told_by;  // the name server of its latest answer
  friend bool operator==(const HostTeller&, const HostTeller&) noexcept = default;
};

struct HostName {
  std::string name;
  HostSource source = HostSource::dns;
  // Of dns alone:
  base::Time first;
  base::Time last;
  model::IpAddress told_by;           // the name server of the latest answer
  model::SourceId whisperer{};        // that saw it
  std::vector<HostTeller> tellers{};  // all that saw it, or the latest kTellersMax of them
  friend bool operator==(const HostName&, const HostName&) noexcept = default;
};

struct Host {
  model::IpAddress address;
  std::vector<HostName> names;  // the one that is shown first
};

struct GivenHost {
  model::IpAddress address;
  std::string name;
};

// What may be the name of a host: letters in lower case, digits, "-", "_", dots between labels; 253
// bytes at most.
[[nodiscard]] bool may_be_host_name(std::string_view name) noexcept;

class HostBook {
 public:
  static constexpr std::size_t kNamesMax = 8;
  static constexpr std::size_t kTellersMax = 8;
  static constexpr std::size_t kHostBytesEach = 512;
  static constexpr std::size_t kGivenMax = 65'536;
  static constexpr std::size_t kReverseMax = 4'096;
  static constexpr std::size_t kPieceMax = 256;

  explicit HostBook(std::size_t addresses_max) : addresses_max_(addresses_max) {}

  // ---- the writer's thread

  // How many names made room for these, or found none.
  std::size_t note(std::span<const model::HostNote> notes, model::SourceId whisperer);
  // What the source told before this instant and not later is no more told by it; a name that no
  // other source told goes. First without() gives the rows as they will be, as take_changes()
  // does and behind it; forget() when they are written.
  using Put = std::function<void(const model::IpAddress&, const std::vector<HostName>*)>;
  void without(model::SourceId whisperer, base::Time before, const Put& put) const;
  void forget(model::SourceId whisperer, base::Time before);
  // As the disk has it, before anything else.
  void restore(const model::IpAddress& address, std::vector<HostName> names);
  // A row that cannot be read: it goes with the next changes.
  void restore_damaged(const model::IpAddress& address);
  // Calls put(address, names) for every row that changed since the last call; null: it is gone.
  void take_changes(const Put& put);

  // ---- names that are given

  // All names of configuration or etc_hosts, instead of those before.
  void give(HostSource source, const std::vector<GivenHost>& hosts);
  // The answer to what was wanted; an empty name: there is none.
  void answer(const model::IpAddress& address, std::string name);
  // From now on addresses without a name that are looked up are wanted().
  void want_reverse(bool wanted);
  [[nodiscard]] std::optional<model::IpAddress> wanted();

  // ---- reading

  // The name to show at an instant: by precedence; of several seen ones the one seen last at or
  // before it, else the one seen first after it.
  [[nodiscard]] std::optional<HostName> name_at(const model::IpAddress& address,
                                                base::Time time) const;
  // All of them; of those seen, the latest first.
  [[nodiscard]] std::vector<HostName> names(const model::IpAddress& address) const;
  // The next `limit` hosts behind `after` that fit, in the order of their addresses; fewer: no
  // more. `fits` is called under the lock.
  using Fits = std::function<bool(const Host&)>;
  [[nodiscard]] std::vector<Host> hosts(const std::optional<model::IpAddress>& after,
                                        std::size_t limit, const Fits& fits) const;
  // Addresses of which some name fits, ascending.
  [[nodiscard]] std::vector<model::IpAddress> addresses(
      const std::function<bool(std::string_view)>& fits) const;
  // Seen addresses, and the memory that they are reckoned to take.
  [[nodiscard]] std::size_t seen() const;
  [[nodiscard]] std::size_t bytes() const;

 private:
  struct Seen {
    std::vector<HostName> names;
    base::Time last;  // of them all
    std::size_t bytes = 0;
    bool stored = false;  // a row of the disk, or of a batch on the way to it
  };
  using SeenMap = std::map<model::IpAddress, Seen>;

  std::size_t note_one(const model::HostNote& note, model::SourceId whisperer)
      SPIDER_REQUIRES(mutex_);
  // Sums of an entry whose names changed.
  void settle(SeenMap::iterator at, base::Time last_before) SPIDER_REQUIRES(mutex_);
  void drop(SeenMap::iterator at) SPIDER_REQUIRES(mutex_);
  std::size_t make_room() SPIDER_REQUIRES(mutex_);
  void append(const model::IpAddress& address, std::vector<HostName>& out) const
      SPIDER_REQUIRES(mutex_);
  [[nodiscard]] std::optional<model::IpAddress> next(
      const std::optional<model::IpAddress>& after) const SPIDER_REQUIRES(mutex_);
  [[nodiscard]] std::optional<model::IpAddress> visit(
      std::optional<model::IpAddress> after, const std::function<bool(Host&)>& visit) const;

  const std::size_t addresses_max_;
  mutable base::Mutex mutex_;
  SeenMap seen_ SPIDER_GUARDED_BY(mutex_);
  std::set<std::pair<base::Time, model::IpAddress>> ages_ SPIDER_GUARDED_BY(mutex_);
  std::size_t bytes_ SPIDER_GUARDED_BY(mutex_) = 0;
  std::set<model::IpAddress> changed_ SPIDER_GUARDED_BY(mutex_);  // in seen_
  std::set<model::IpAddress> gone_ SPIDER_GUARDED_BY(mutex_);     // on the disk, not in seen_
  std::array<std::map<model::IpAddress, std::vector<std::string>>, 2> given_
      SPIDER_GUARDED_BY(mutex_);  // configuration, etc_hosts
  std::map<model::IpAddress, std::string> reverse_ SPIDER_GUARDED_BY(mutex_);
  std::vector<model::IpAddress> answered_ SPIDER_GUARDED_BY(mutex_);  // a ring of reverse_'s keys
  std::size_t oldest_answer_ SPIDER_GUARDED_BY(mutex_) = 0;
  mutable std::set<model::IpAddress> wanted_ SPIDER_GUARDED_BY(mutex_);
  bool want_reverse_ SPIDER_GUARDED_BY(mutex_) = false;
};

}  // namespace spider::store
