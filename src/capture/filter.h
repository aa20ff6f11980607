#pragma once
// Filter: BPF filters as in tcpdump, compiled by libpcap once per link type.
//
// The same expression means other code on other link types, and may mean nothing on some ("vlan" on
// raw IP). An expression that compiles for none is filter_invalid, with libpcap's words; on an
// interface whose link type it cannot apply to, no packet matches.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "spider/base/result.h"

#include "capture/intake.h"

namespace spider::capture {

class Filter {
 public:
  // An empty expression matches everything.
  [[nodiscard]] static base::Result<Filter> make(std::string expression);
  Filter();
  ~Filter();
  Filter(Filter&& other) noexcept;
  Filter& operator=(Filter&& other) noexcept;

  [[nodiscard]] bool empty() const noexcept { return expression_.empty(); }
  [[nodiscard]] bool matches(const RawPacket& packet);
  // False when the expression means nothing on the link type: no packet of it matches.
  [[nodiscard]] bool usable_on(std::uint32_t link_type);

 private:
  struct Program;
  [[nodiscard]] const Program& program_for(std::uint32_t link_type);

  std::string expression_;
  std::vector<std::unique_ptr<Program>> programs_;
  const Program* latest_ = nullptr;
};

// libpcap's DLT_ number of a LINKTYPE_, and back; they differ for a few.
[[nodiscard]] int dlt_of(std::uint32_t link_type) noexcept;
[[nodiscard]] std::uint32_t link_type_of(int dlt) noexcept;

}  // namespace spider::capture
