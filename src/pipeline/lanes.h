#pragma once
// Lanes: one shard's part of one run: for each of its lanes a flow table and a parser, and the one
// builder that all of them write to. Owned by the shard's thread.

#include <array>
#include <memory>

#include "spider/model/packet.h"
#include "spider/parse/dns.h"
#include "spider/parse/parser.h"
#include "spider/reassembly/flow_table.h"

#include "pipeline/record_builder.h"
#include "pipeline/run.h"

namespace spider::pipeline {

struct FloorConfigs {
  reassembly::ReassemblyConfig reassembly;
  parse::ParseConfig parse;
};

class Lanes {
 public:
  // Takes the lanes with lane % shards == shard.
  Lanes(Run& run, std::size_t shard, std::size_t shards, const FloorConfigs& config,
        store::Store& store, BatchExchange& exchange);

  void on_batch(model::PacketBatch& batch);
  // Everything that is held is delivered, every flow closed, the last batch handed over.
  void finish();
  // Hands over what has gathered.
  void flush() {
    builder_.flush(quality_, false);
    measure();
  }
  // See FlowTable::rest().
  void rest();

 private:
  struct Lane {
    Lane(Run& run, const FloorConfigs& config, RecordBuilder& builder, model::QualityLog& quality)
        : parser(config.parse, run.whisperer, builder, quality),
          flows(config.reassembly, run.source, parser, quality, run.number) {}
    parse::Parser parser;
    reassembly::FlowTable flows;
  };

  // Tells the run's meter what the tables hold.
  void measure();
  void on_packet(const model::PacketBatch& batch, const model::Packet& packet);
  void on_name_server(const model::Packet& packet, base::Bytes payload);

  Run& run_;
  RunMeter& meter_;
  model::QualityLog quality_;
  RecordBuilder builder_;
  parse::DnsAnswer answer_;
  std::array<std::unique_ptr<Lane>, model::kLanes> lanes_;
};

}  // namespace spider::pipeline
