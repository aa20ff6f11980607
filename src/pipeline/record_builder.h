#pragma once
// RecordBuilder: the shard's side of a run's output. Copies what the parsers hand over into
// RecordBatches, applies the saving options, and gives full batches to the writer. Owned by the
// shard's thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "spider/model/record_batch.h"
#include "spider/model/sinks.h"
#include "spider/model/whisperer.h"
#include "spider/store/pack_encoder.h"
#include "spider/store/store.h"

#include "pipeline/meters.h"

namespace spider::pipeline {

// A batch is handed over at this many records, so the writer never waits long for its share.
inline constexpr std::size_t kRecordsMax = 256;
inline constexpr std::size_t kPacketsMax = 8'192;

// Where batches come from and go to: the shard's exchange with the writer.
class BatchExchange {
 public:
  virtual ~BatchExchange() = default;
  virtual model::RecordBatch* take() = 0;                 // waits for the writer when none is free
  virtual void hand_over(model::RecordBatch* batch) = 0;  // a batch of this run is ready
};

class RecordBuilder final : public model::CommunicationSink {
 public:
  RecordBuilder(model::SourceId source, const model::WhispererConfig& whisperer,
                store::Store& store, BatchExchange& exchange, model::QualityLog& quality,
                CodeMeter& codes)
      : source_(source),
        whisperer_(whisperer),
        store_(store),
        exchange_(exchange),
        quality_(quality),
        codes_(codes) {}

  model::BodyExtent save_body(base::Bytes bytes) override;
  void on_communication(const model::Communication& communication) override;
  void on_session(const model::TcpSession& session, std::string_view decoder,
                  std::uint32_t communications, std::span<const model::ParseNote> notes) override;

  void on_note(std::uint16_t code) override { codes_.note(code); }

  // What lay around the first packet of a session, which is live.
  void note_outer(std::uint64_t session_number, std::string outer);
  // Keeps a packet (whisperers that save packets only). `first`: of its session, which the parser
  // hears of later, when there is something to deliver.
  void save_packet(const model::Packet& packet, base::Bytes frame, std::uint64_t session_number,
                   bool first);

  // A DNS answer: the addresses of a name.
  void on_names(const model::Packet& packet, std::string_view name,
                std::span<const model::IpAddress> addresses);

  // Hands over what has gathered, the books included; `end` marks the last of the run.
  void flush(model::QualityLog& quality, bool end);
  [[nodiscard]] bool idle() const noexcept { return batch_ == nullptr; }

 private:
  [[nodiscard]] model::RecordBatch& batch();
  void hand_over();
  [[nodiscard]] model::RecordBatch& with_text_room(std::size_t bytes);

  model::SourceId source_;
  const model::WhispererConfig& whisperer_;
  store::Store& store_;
  BatchExchange& exchange_;
  model::QualityLog& quality_;
  CodeMeter& codes_;
  store::PackEncoder packs_;
  model::RecordBatch* batch_ = nullptr;
  // Live sessions only, so there are never more than flows.
  std::unordered_map<std::uint64_t, std::uint64_t> first_packet_pack_;
  std::unordered_map<std::uint64_t, std::string> outer_;  // that have one; some 300 bytes at most
};

}  // namespace spider::pipeline
