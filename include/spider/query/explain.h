#pragma once
// Why is it missing? Given who talked with whom and when, each whisperer is asked in turn: is it
// here, did it fail, was it filtered, dropped, never seen, not captured, expired, not saved?
//
// gather() reads what the store knows, bounded: at most kExplainRange of time, kExplainRecords
// records of a kind, the books of these minutes and of a day on both sides. judge() is a pure
// function of that: it claims as certain only what the records prove; everything else is possible,
// with its evidence. Any thread. Errors: those of the store.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spider/base/result.h"
#include "spider/model/control.h"
#include "spider/query/records.h"
#include "spider/store/store.h"
#include "spider/store/store_reader.h"

namespace spider::query {

inline constexpr base::Duration kExplainRange = base::Duration::from_s(24 * 3'600);
inline constexpr std::size_t kExplainRecords = 20;

// Two ends of a TCP connection, in either order, as far as they are known.
struct ExplainQuestion {
  std::optional<model::IpAddress> client;
  std::optional<model::IpAddress> server;
  std::optional<std::uint16_t> client_port;
  std::optional<std::uint16_t> server_port;
  base::Time from;  // [from, to)
  base::Time to;

  [[nodiscard]] bool whole() const noexcept {
    return client && server && client_port && server_port;
  }
};

// A time without capture, by the states of an INTERFACE; whole, also where it leaves the range.
struct CaptureGap {
  base::Time from;  // of a process that was cut off: what was stored last, its last sign of life
  base::Time to;
  base::Time sure_from;  // until here it may have captured what was never stored
  bool lasts = false;    // `to` is only now
};

// What the store knows of one whisperer about the question.
struct ExplainFindings {
  std::vector<CommunicationRow> communications;  // oldest first
  std::vector<SessionRow> sessions;
  std::vector<std::uint16_t> session_codes;  // of the parse logs of sessions without communications
  model::QualityCounts books;                // of the minutes that touch the range
  std::optional<base::Time> before;          // end of the last minute before with anything in it
  std::optional<base::Time> after;           // begin of the first such minute behind
  std::optional<base::Time> first_life;      // the first minute of the range with anything in it
  base::Time purged_before = base::Time::min();
  std::vector<CaptureGap> gaps;  // those that touch the range, by time; not from gather()
};

enum class Verdict : std::uint8_t {
  here,           // stored
  failed,         // its session is there, but not (all of) its communications
  expired,        // the range lies before what is kept
  not_capturing,  // the whisperer did not look
  filtered,       // left out on purpose
  dropped,        // packets or records were lost in these minutes
  under_way,      // connections that are open are not told yet
  not_saved,      // the whisperer does not keep what would show it
  never_seen,     // nothing of it came by
};
[[nodiscard]] std::string_view name(Verdict verdict) noexcept;

struct Finding {
  Verdict verdict{};
  bool certain = false;
  std::string text;
  std::string rule;                    // filtered, not_saved: what decided
  std::string counter;                 // dropped, under_way: name of the counter
  std::uint64_t count = 0;             // its value
  std::optional<double> share;         // of what it is a part of
  std::vector<std::uint16_t> codes;    // failed
  std::optional<base::Time> earliest;  // expired, not_capturing: what is known around
  std::optional<base::Time> latest;
  bool shows_records = false;  // the records of ExplainFindings belong to it
};

// `sources`: all of one whisperer, at least one.
[[nodiscard]] base::Result<ExplainFindings> gather(const store::StoreSnapshot& snapshot,
                                                   const std::vector<store::SourceInfo>& sources,
                                                   const ExplainQuestion& question);

// Ordered: what is certain first. Never empty. `configured`: the whisperer is in the configuration.
[[nodiscard]] std::vector<Finding> judge(const ExplainQuestion& question,
                                         const ExplainFindings& findings,
                                         const model::WhispererStatus& whisperer, bool configured,
                                         const model::FilterAnswer& filter, base::Time now);

}  // namespace spider::query
