#include "capture/filter.h"

#include <algorithm>

#include <fmt/format.h>
#include <pcap/pcap.h>

#include "spider/capture/codes.h"

#include "capture/record_reader.h"

namespace spider::capture {
namespace {

// Link types on which a filter is tried before the first packet is seen: if it compiles for any,
// its words are right. Ethernet first, since its error message is the one people know.
constexpr std::uint32_t kTrial[] = {1, 113, 101, 127, 0};

struct PcapCloser {
  void operator()(pcap_t* p) const noexcept { pcap_close(p); }
};

}  // namespace

int dlt_of(std::uint32_t link_type) noexcept {
  switch (link_type) {
    case 100:
      return DLT_ATM_RFC1483;
    case 101:
      return DLT_RAW;
    case 104:
      return DLT_C_HDLC;
    case 14:
      return DLT_RAW;  // OpenBSD's number for it
    default:
      return static_cast<int>(link_type);
  }
}

std::uint32_t link_type_of(int dlt) noexcept {
  switch (dlt) {
    case DLT_RAW:
      return 101;
    case DLT_ATM_RFC1483:
      return 100;
    case DLT_PPP_BSDOS:
      return 9;
    default:
      return static_cast<std::uint32_t>(dlt);
  }
}

struct Filter::Program {
  std::uint32_t link_type = 0;
  bool usable = false;
  bpf_program code{};
  std::string problem;

  Program(std::uint32_t type, const std::string& expression) : link_type(type) {
    const std::unique_ptr<pcap_t, PcapCloser> dead(
        pcap_open_dead(dlt_of(type), static_cast<int>(kFrameMax)));
    if (dead == nullptr) return;
    usable = pcap_compile(dead.get(), &code, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (!usable) problem = pcap_geterr(dead.get());
  }
  ~Program() {
    if (usable) pcap_freecode(&code);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
};

Filter::Filter() = default;
Filter::~Filter() = default;
Filter::Filter(Filter&& other) noexcept = default;
Filter& Filter::operator=(Filter&& other) noexcept = default;

base::Result<Filter> Filter::make(std::string expression) {
  Filter out;
  out.expression_ = std::move(expression);
  if (out.empty()) return out;
  std::string first_problem;
  for (const std::uint32_t type : kTrial) {
    Program trial(type, out.expression_);
    if (trial.usable) return out;
    if (first_problem.empty()) first_problem = trial.problem;
  }
  return base::fail(codes::filter_invalid,
                    fmt::format("The filter \"{}\" does not compile: {}. See man pcap-filter.",
                                out.expression_, first_problem));
}

const Filter::Program& Filter::program_for(std::uint32_t link_type) {
  const auto known = std::find_if(programs_.begin(), programs_.end(),
                                  [&](const auto& p) { return p->link_type == link_type; });
  if (known != programs_.end()) return **known;
  // At most one per link type of the file, which are 16 bits; real files have one or two.
  return *programs_.emplace_back(std::make_unique<Program>(link_type, expression_));
}

bool Filter::usable_on(std::uint32_t link_type) { return empty() || program_for(link_type).usable; }

bool Filter::matches(const RawPacket& packet) {
  if (empty()) return true;
  if (latest_ == nullptr || latest_->link_type != packet.link_type)
    latest_ = &program_for(packet.link_type);
  if (!latest_->usable) return false;
  const auto captured = static_cast<bpf_u_int32>(packet.frame.size());
  const pcap_pkthdr header{{}, captured, std::max(captured, packet.wire_bytes)};
  return pcap_offline_filter(&latest_->code, &header, packet.frame.data()) != 0;
}

}  // namespace spider::capture
