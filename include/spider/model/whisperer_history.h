#pragma once
// What becomes of a whisperer over time, as it is kept: its states, what it saved, what it cost.
// Plain data; times are those of the system's clock, not of packets.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "spider/base/time.h"

namespace spider::model {

// Stored: numbers are never reused.
enum class WhispererState : std::uint8_t {
  not_started,
  starting,
  capturing,
  stopped,
  wrong_configuration,
};
[[nodiscard]] constexpr std::string_view name(WhispererState state) noexcept {
  switch (state) {
    case WhispererState::not_started:
      return "not_started";
    case WhispererState::starting:
      return "starting";
    case WhispererState::capturing:
      return "capturing";
    case WhispererState::stopped:
      return "stopped";
    case WhispererState::wrong_configuration:
      return "wrong_configuration";
  }
  return "stopped";
}

// One state from its beginning to its end. Where no period lies, Spider did not run, or nothing is
// known.
struct StatePeriod {
  base::Time from;
  base::Time until = base::Time::max();  // max(): it lasts
  WhispererState state = WhispererState::not_started;
  std::string reason;  // empty: there is none to tell
  // Spider ended without a word: `until` is its last sign of life, the end was not seen.
  bool unseen = false;
  friend bool operator==(const StatePeriod&, const StatePeriod&) noexcept = default;
};

struct SavingOptions {
  bool packets = false;
  bool sessions = true;
  bool parsing = true;
  bool bodies = true;
  friend bool operator==(const SavingOptions&, const SavingOptions&) noexcept = default;
};

// These options are in force from here on.
struct SavingChange {
  base::Time at;
  SavingOptions options;
  bool first = false;  // nothing had been captured before
  friend bool operator==(const SavingChange&, const SavingChange&) noexcept = default;
};

enum class Saved : std::uint8_t { packets, sessions, parsing, bodies };
[[nodiscard]] constexpr std::string_view name(Saved what) noexcept {
  switch (what) {
    case Saved::packets:
      return "packets";
    case Saved::sessions:
      return "sessions";
    case Saved::parsing:
      return "parsing";
    case Saved::bodies:
      return "bodies";
  }
  return "packets";
}
[[nodiscard]] constexpr bool saves(const SavingOptions& options, Saved what) noexcept {
  switch (what) {
    case Saved::packets:
      return options.packets;
    case Saved::sessions:
      return options.sessions;
    case Saved::parsing:
      return options.parsing;
    case Saved::bodies:
      return options.bodies;
  }
  return false;
}

// Whether something was saved at an instant, and if not, since when: as far as it is known.
struct SavingAnswer {
  enum class Known : std::uint8_t { unknown, on, off };
  Known known = Known::unknown;
  // off: since when; min() when even the first that is known was off and something had been
  // captured before: `at_least` is then what is known.
  base::Time since = base::Time::min();
  base::Time at_least = base::Time::min();
};
// `changes` by time. `at` null: the time of the capture is not known; what was so all the time is
// still told.
[[nodiscard]] SavingAnswer saving_at(const std::vector<SavingChange>& changes, Saved what,
                                     const base::Time* at);

// ---- what Spider itself costs

struct ThreadTime {
  std::string name;
  std::uint64_t cpu_us = 0;
  friend bool operator==(const ThreadTime&, const ThreadTime&) noexcept = default;
};
struct CodeCount {
  std::uint16_t code = 0;
  std::uint64_t records = 0;  // communications and sessions that carry it
  std::uint64_t notes = 0;    // lines of parse logs, kept or not
  friend bool operator==(const CodeCount&, const CodeCount&) noexcept = default;
};
// Bytes now and the highest that was seen.
struct Gauge {
  std::uint64_t sum = 0;  // over all looks; the mean is sum / looks
  std::uint64_t max = 0;
  void look(std::uint64_t value) noexcept {
    sum += value;
    max = value > max ? value : max;
  }
  Gauge& operator+=(const Gauge& other) noexcept {
    sum += other.sum;
    max = other.max > max ? other.max : max;
    return *this;
  }
  friend bool operator==(const Gauge&, const Gauge&) noexcept = default;
};

// A minute of a whisperer, or of what all whisperers share (shards, writer, store: source 0).
struct Observation {
  std::int64_t minute = 0;          // since 1970
  std::uint32_t looks = 0;          // one a second
  std::vector<ThreadTime> threads;  // processor time spent in the minute
  Gauge flows;                      // TCP flows in the tables
  Gauge flow_bytes;                 // of the flow tables and early bytes
  Gauge parse_bytes;                // of the parsers
  Gauge ring_bytes;                 // filled of the packet rings
  std::uint64_t ring_capacity = 0;  // of the rings, the highest
  Gauge resident_bytes;             // source 0: of the process
  Gauge store_bytes;                // source 0: memtables and caches of the store
  std::vector<CodeCount> codes;     // by their numbers

  Observation& operator+=(const Observation& other);
  friend bool operator==(const Observation&, const Observation&) noexcept = default;
};

}  // namespace spider::model
