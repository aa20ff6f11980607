#include "capture/live_source.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "spider/base/log.h"
#include "spider/capture/codes.h"

#include "capture/empty_segments.h"
#include "capture/filter.h"
#include "capture/interfaces.h"

namespace spider::capture {

using model::Quality;

namespace {

// How long the kernel may keep a packet before it shows it, and how long one poll() waits.
constexpr int kTimeoutMs = 100;
// Packets of one poll(), so that the caller sees its stop token.
constexpr int kBurst = 4'096;
// A silent line's clock stays this far behind the wall clock: kTimeoutMs plus room to be scheduled.
constexpr base::Duration kIdleMargin = base::Duration::from_ms(500);
constexpr base::Duration kStatsEvery = base::Duration::from_s(1);
// No poll takes longer; a greater step is the clock's, not ours.
constexpr base::Duration kListeningMost = base::Duration::from_s(60);

base::Error open_error(int status, pcap_t* handle, const std::string& interface) {
  const char* words = pcap_geterr(handle);
  switch (status) {
    case PCAP_ERROR_NO_SUCH_DEVICE:
      return no_such_interface(interface);
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
      return {
          codes::no_right_to_capture,
          fmt::format("This process has no right to capture on {}. Run `{}` and start it again, or "
                      "start it as root.",
                      interface, right_command())};
    case PCAP_ERROR_IFACE_NOT_UP:
      return {codes::capture_failed,
              fmt::format("The interface {0} is down; bring it up with `ip link set {0} up`.",
                          interface)};
    default:
      return {codes::capture_failed,
              fmt::format("{} cannot be opened: {}{}.", interface, pcap_statustostr(status),
                          *words != '\0' ? std::string(", ") + words : std::string())};
  }
}

// As one word of a shell, whatever is in it.
std::string quoted(const std::string& path) {
  constexpr const char* kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._+-";
  if (path.find_first_not_of(kPlain) == std::string::npos) return path;
  std::string out = "'";
  for (const char c : path) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

}  // namespace

std::string right_command() {
  std::error_code unknown;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", unknown);
  return "sudo setcap cap_net_raw,cap_net_admin+ep " +
         (unknown ? std::string("/path/of/spider") : quoted(self.string()));
}

struct LiveSource::Burst {
  LiveSource* source;
  model::PacketSink* sink;
  model::QualityLog* quality;

  static void take(u_char* user, const pcap_pkthdr* header, const u_char* bytes) {
    const Burst& b = *reinterpret_cast<const Burst*>(user);
    // With nanosecond precision tv_usec holds nanoseconds.
    const std::int64_t unit = b.source->nanoseconds_ ? 1 : 1'000;
    const RawPacket raw{base::Time{header->ts.tv_sec * 1'000'000'000 + header->ts.tv_usec * unit},
                        {bytes, header->caplen},
                        header->len,
                        b.source->link_type_};
    if (raw.time < b.source->begin_) [[unlikely]]
      return;
    b.source->bytes_ += header->caplen;
    b.source->intake_.take(raw, *b.sink, *b.quality);
  }
};

LiveSource::LiveSource(pcap* handle, const model::WhispererConfig& whisperer,
                       const CaptureConfig& config)
    : handle_(handle),
      interface_(whisperer.interface),
      interface_index_(if_nametoindex(whisperer.interface.c_str())),
      intake_(config, whisperer.skip_empty_packets) {}

LiveSource::~LiveSource() { pcap_close(handle_); }

base::Result<std::unique_ptr<LiveSource>> LiveSource::open(const model::WhispererConfig& whisperer,
                                                           const CaptureConfig& config) {
  char words[PCAP_ERRBUF_SIZE] = {};
  pcap_t* handle = pcap_create(whisperer.interface.c_str(), words);
  if (handle == nullptr)
    return base::fail(codes::capture_failed,
                      fmt::format("{} cannot be opened: {}.", whisperer.interface, words));
  std::unique_ptr<LiveSource> source(new LiveSource(handle, whisperer, config));
  SPIDER_TRY(source->configure(whisperer));
  return source;
}

base::Result<void> LiveSource::configure(const model::WhispererConfig& whisperer) {
  pcap_set_snaplen(handle_, static_cast<int>(whisperer.snaplen));
  pcap_set_promisc(handle_, whisperer.promiscuous ? 1 : 0);
  pcap_set_timeout(handle_, kTimeoutMs);
  pcap_set_buffer_size(handle_, static_cast<int>(whisperer.buffer_mib << 20U));
  pcap_set_tstamp_precision(handle_, PCAP_TSTAMP_PRECISION_NANO);
  if (const int status = pcap_activate(handle_); status < 0)
    return tl::unexpected(open_error(status, handle_, interface_));
  nanoseconds_ = pcap_get_tstamp_precision(handle_) == PCAP_TSTAMP_PRECISION_NANO;
  link_type_ = link_type_of(pcap_datalink(handle_));

  char words[PCAP_ERRBUF_SIZE] = {};
  if (pcap_setnonblock(handle_, 1, words) != 0)
    return base::fail(codes::capture_failed, fmt::format("{}: {}.", interface_, words));
  if (whisperer.direction != "both") {
    const pcap_direction_t direction = whisperer.direction == "in" ? PCAP_D_IN : PCAP_D_OUT;
    if (pcap_setdirection(handle_, direction) != 0)
      return base::fail(codes::capture_failed,
                        fmt::format("{}: direction {} cannot be set: {}.", interface_,
                                    whisperer.direction, pcap_geterr(handle_)));
  }
  SPIDER_TRY(set_filter(whisperer.filter));  // what is wrong with it is said of it alone
  if (const std::string all = whisperer.packet_filter(); all != whisperer.filter)
    SPIDER_TRY(set_filter(all));
  if (whisperer.skip_empty_packets &&
      !drop_empty_segments(pcap_fileno(handle_), pcap_datalink(handle_)))
    base::log(codes::skipped_late,
              "Empty segments on {} are left out by Spider, not by the kernel, which costs more.",
              interface_);
  return {};
}

base::Result<void> LiveSource::set_filter(const std::string& expression) {
  if (expression.empty()) return {};
  bpf_program code{};
  if (pcap_compile(handle_, &code, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0)
    return base::fail(
        codes::filter_invalid,
        fmt::format("The filter \"{}\" does not compile for {}: {}. See man pcap-filter.",
                    expression, interface_, pcap_geterr(handle_)));
  const int status = pcap_setfilter(handle_, &code);
  pcap_freecode(&code);
  if (status != 0)
    return base::fail(codes::filter_invalid,
                      fmt::format("The filter \"{}\" cannot be set on {}: {}.", expression,
                                  interface_, pcap_geterr(handle_)));
  return {};
}

base::Result<std::uint16_t> LiveSource::join_fanout(std::optional<std::uint16_t> group) {
  const int fd = pcap_fileno(handle_);
  constexpr unsigned kHow = PACKET_FANOUT_HASH | PACKET_FANOUT_FLAG_DEFRAG;
  const unsigned flags = group ? kHow : kHow | PACKET_FANOUT_FLAG_UNIQUEID;
  int value = static_cast<int>(flags << 16U | group.value_or(0));
  socklen_t size = sizeof(value);
  if (setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &value, size) != 0 ||
      getsockopt(fd, SOL_PACKET, PACKET_FANOUT, &value, &size) != 0)
    return base::fail(codes::capture_failed,
                      fmt::format("The kernel does not spread {} over several threads: {}. Set "
                                  "threads = 1.",
                                  interface_, std::generic_category().message(errno)));
  return static_cast<std::uint16_t>(static_cast<unsigned>(value) & 0xFFFFU);
}

bool LiveSource::vanished() const {
  return interface_index_ != 0 && if_nametoindex(interface_.c_str()) != interface_index_;
}

// libpcap keeps silent about it as long as the device is there.
bool LiveSource::is_down() const {
  if (interface_index_ == 0 || interface_.size() >= IFNAMSIZ) return false;
  ifreq request{};
  interface_.copy(request.ifr_name, IFNAMSIZ - 1);
  return ioctl(pcap_fileno(handle_), SIOCGIFFLAGS, &request) == 0 &&
         (request.ifr_flags & IFF_UP) == 0;
}

base::Error LiveSource::gone() const {
  return {
      codes::interface_vanished,
      fmt::format("The interface {} went away while capturing; it is opened again when it is back.",
                  interface_)};
}

base::Result<int> LiveSource::dispatch(model::PacketSink& sink, model::QualityLog& quality) {
  Burst burst{this, &sink, &quality};
  const int packets =
      pcap_dispatch(handle_, kBurst, Burst::take, reinterpret_cast<u_char*>(&burst));
  if (packets >= 0) return packets;
  const std::string words = pcap_geterr(handle_);
  // libpcap says in words only that the device is down or gone (ENETDOWN, ENXIO).
  if (vanished() || words.find("disappeared") != std::string::npos ||
      words.find("went down") != std::string::npos)
    return tl::unexpected(gone());
  return base::fail(codes::capture_failed, fmt::format("{}: {}.", interface_, words));
}

base::Result<PollOutcome> LiveSource::poll(model::PacketSink& sink, model::QualityLog& quality) {
  SPIDER_TRY_LET(packets, dispatch(sink, quality));
  if (packets == 0) {
    pollfd waiting{pcap_get_selectable_fd(handle_), POLLIN, 0};
    ::poll(&waiting, 1, kTimeoutMs);
    SPIDER_TRY_LET(more, dispatch(sink, quality));
    packets = more;
  }
  idle_ = packets == 0;
  intake_.expire(quality);
  const base::Time now = base::Time::now();
  // What came before the group was whole lies ahead of the rest. Behind it nothing may be left out:
  // a clock that is set back would make all that follows look older.
  if (begin_ != base::Time::min() &&
      (bytes_ > 0 || now < begin_ || (idle_ && now - begin_ > kStatsEvery)))
    begin_ = base::Time::min();
  if (now >= next_stats_) {
    next_stats_ = now + kStatsEvery;
    book_listening(now, quality);
    book_drops(quality);
    // A device that was deleted and made again under its old name gives no error, only silence.
    if (vanished()) return tl::unexpected(gone());
    // Told at the second look that finds nothing in the ring: what came before is read first.
    if (!is_down()) {
      was_down_ = false;
    } else if (packets == 0 && std::exchange(was_down_, true)) {
      return base::fail(codes::interface_down,
                        fmt::format("The interface {} was set down while capturing; it is opened "
                                    "again when it is up.",
                                    interface_));
    }
  }
  return packets == 0 ? PollOutcome::idle : PollOutcome::packets;
}

void LiveSource::book_drops(model::QualityLog& quality) {
  pcap_stat now{};
  if (pcap_stats(handle_, &now) != 0) return;
  // The counters are 32 bits and wrap; differences do not mind.
  const std::uint32_t kernel = now.ps_drop - kernel_dropped_;
  const std::uint32_t interface = now.ps_ifdrop - interface_dropped_;
  kernel_dropped_ = now.ps_drop;
  interface_dropped_ = now.ps_ifdrop;
  const base::Time when = base::Time::now();
  if (kernel != 0) quality.add(when, Quality::kernel_dropped, kernel);
  if (interface != 0 && books_interface_) quality.add(when, Quality::interface_dropped, interface);
}

// Proof that somebody listened, for the minutes in which nothing came. What lies before the minute
// of `now` goes to the minutes that it was.
void LiveSource::book_listening(base::Time now, model::QualityLog& quality) {
  if (!books_interface_) return;
  constexpr std::int64_t kMinuteNs = 60'000'000'000;
  if (listened_until_ == base::Time::min() || now - listened_until_ > kListeningMost ||
      listened_until_ > now)
    listened_until_ = now;  // the first time, or the clock was set
  while (now > listened_until_) {
    const base::Time minute_end{(model::minute_of(listened_until_) + 1) * kMinuteNs};
    const base::Time until = std::min(now, minute_end);
    const auto ms = static_cast<std::uint64_t>((until - listened_until_).ms());
    if (ms == 0 && until == now) return;  // the rest is booked with what follows
    if (ms != 0) quality.add(listened_until_, Quality::listening_ms, ms);
    listened_until_ =
        until == minute_end
            ? until
            : listened_until_ + base::Duration::from_ms(static_cast<std::int64_t>(ms));
  }
}

void LiveSource::finish(model::QualityLog& quality) {
  book_listening(base::Time::now(), quality);
  book_drops(quality);
  intake_.finish(quality);
}

base::Time LiveSource::clock() const noexcept {
  const base::Time last = intake_.last_time();
  if (!idle_) return last;
  const base::Time wall = base::Time::now() - kIdleMargin;
  return wall > last ? wall : last;
}

base::Result<std::vector<std::unique_ptr<PacketSource>>> open_live(
    const model::WhispererConfig& whisperer, const CaptureConfig& config) {
  std::vector<std::unique_ptr<LiveSource>> group_of;
  std::optional<std::uint16_t> group;
  for (std::uint32_t i = 0; i < whisperer.threads; ++i) {
    SPIDER_TRY_LET(source, LiveSource::open(whisperer, config));
    if (whisperer.threads > 1) {
      SPIDER_TRY_LET(joined, source->join_fanout(group));
      group = joined;
    }
    group_of.push_back(std::move(source));
  }
  std::vector<std::unique_ptr<PacketSource>> out;
  for (std::unique_ptr<LiveSource>& source : group_of) {
    if (whisperer.threads > 1) source->begin_now();
    if (!out.empty()) source->leave_interface_to_another();
    out.push_back(std::move(source));
  }
  return out;
}

}  // namespace spider::capture
