#pragma once
// LiveSource: a network interface through libpcap, as a PacketSource.
//
// libpcap's ring (TPACKET_V3) hands over a block of packets when it is full or 100 ms old;
// immediate mode is left off, since it falls back to TPACKET_V2 and loses packets at half the rate.
// The handle is non-blocking and waited for with poll(2): libpcap's own wait may last until the
// next packet.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "spider/capture/packet_source.h"

#include "capture/intake.h"

struct pcap;

namespace spider::capture {

class LiveSource final : public PacketSource {
 public:
  static base::Result<std::unique_ptr<LiveSource>> open(const model::WhispererConfig& whisperer,
                                                        const CaptureConfig& config);
  ~LiveSource() override;
  LiveSource(const LiveSource&) = delete;
  LiveSource& operator=(const LiveSource&) = delete;

  base::Result<PollOutcome> poll(model::PacketSink& sink, model::QualityLog& quality) override;
  void finish(model::QualityLog& quality) override;
  [[nodiscard]] base::Time clock() const noexcept override;
  [[nodiscard]] std::uint64_t bytes_read() const noexcept override { return bytes_; }
  [[nodiscard]] std::uint64_t bytes_total() const noexcept override { return 0; }

  // Joins a fan-out group, or makes a new one. Returns the group; 0 is as good a number as any.
  base::Result<std::uint16_t> join_fanout(std::optional<std::uint16_t> group);
  // Packets up to now do not count: before the group was whole, several sources saw the same ones.
  void begin_now() noexcept { begin_ = base::Time::now(); }
  // Another source of the group books what is true of the interface as a whole: that somebody
  // listens, and what the interface dropped.
  void leave_interface_to_another() noexcept { books_interface_ = false; }

 private:
  struct Burst;
  LiveSource(pcap* handle, const model::WhispererConfig& whisperer, const CaptureConfig& config);
  base::Result<void> configure(const model::WhispererConfig& whisperer);
  base::Result<void> set_filter(const std::string& expression);
  [[nodiscard]] base::Result<int> dispatch(model::PacketSink& sink, model::QualityLog& quality);
  // Books what the kernel and the interface have dropped since the last time.
  void book_drops(model::QualityLog& quality);
  void book_listening(base::Time now, model::QualityLog& quality);
  [[nodiscard]] bool vanished() const;
  [[nodiscard]] bool is_down() const;
  [[nodiscard]] base::Error gone() const;

  pcap* handle_;
  std::string interface_;
  unsigned interface_index_;  // 0 for `any`
  std::uint32_t link_type_ = 0;
  bool nanoseconds_ = false;
  Intake intake_;
  std::uint64_t bytes_ = 0;
  base::Time begin_ = base::Time::min();
  bool idle_ = false;
  bool books_interface_ = true;
  base::Time next_stats_{};
  bool was_down_ = false;                          // when it was looked at last
  base::Time listened_until_ = base::Time::min();  // wall clock, as far as it is booked
  std::uint32_t kernel_dropped_ = 0;
  std::uint32_t interface_dropped_ = 0;
};

}  // namespace spider::capture
