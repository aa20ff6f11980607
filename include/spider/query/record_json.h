#pragma once
// Records as JSON: the same objects in listings, details, exports and on the page. Fields only; the
// caller opens and closes the object, so that it may add links or details.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "spider/base/code.h"
#include "spider/model/quality.h"
#include "spider/query/json_writer.h"
#include "spider/query/records.h"
#include "spider/store/host_book.h"
#include "spider/store/store.h"

namespace spider::query {

// Words for stored numbers: names of whisperers and of codes. Built once per answer (names) and
// once per process (codes).
class Names {
 public:
  // `codes`: the rows of every floor.
  explicit Names(std::span<const base::CodeInfo> codes);
  void set_sources(const std::vector<store::SourceInfo>& sources);
  // Names of addresses, which outlive this. Without them none is told: what was captured stays the
  // same, what its ends are called does not.
  void set_hosts(const store::HostBook* hosts) noexcept { hosts_ = hosts; }

  [[nodiscard]] std::string whisperer(model::SourceId id) const;  // its number when unknown
  // Whether the source is an upload's; its id is the upload's then.
  [[nodiscard]] bool is_upload(model::SourceId id) const;
  [[nodiscard]] std::optional<store::HostName> host(const model::IpAddress& address,
                                                    base::Time time) const;
  [[nodiscard]] std::string code(std::uint16_t number) const;  // "code_4711" when unknown
  [[nodiscard]] const base::CodeInfo* code_info(std::uint16_t number) const;

 private:
  std::map<std::uint16_t, base::CodeInfo> codes_;
  struct Source {
    std::string whisperer;
    bool is_upload = false;
  };
  std::map<model::SourceId, Source> sources_;
  const store::HostBook* hosts_ = nullptr;
};

// Calls visit(name) for each model::MessageFlag that is set.
void each_flag(std::uint16_t bits, const std::function<void(std::string_view)>& visit);

// How instants are written: both forms side by side, or one.
enum class TimeForm : std::uint8_t { both, iso, us };

// "start": ISO text and "start_us": integer, as `form` says.
// [{offset, length}]; null: bytes are missing, and nobody knows where (stored before holes were).
void write_holes(JsonWriter& json, const store::MessageDetail& message);
void write_time(JsonWriter& json, const std::string& name, base::Time time, TimeForm form);

void write_communication(JsonWriter& json, const CommunicationRow& row, const Names& names,
                         TimeForm form);
void write_session(JsonWriter& json, const SessionRow& row, const Names& names, TimeForm form);

// Every counter by name.
void write_books(JsonWriter& json, const model::QualityCounts& books);
// The value (an object) that says how complete the data of a range is: packets seen and lost by
// cause, communications whole and partial, and the shares.
// `more` writes further fields of it.
void write_completeness(JsonWriter& json, base::Time from, base::Time to,
                        const model::QualityCounts& books,
                        const std::function<void()>& more = nullptr);

[[nodiscard]] std::string_view name(model::CloseReason reason) noexcept;

}  // namespace spider::query
