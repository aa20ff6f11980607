#include "spider/parse/parser.h"

#include <vector>

#include "parse/decoder.h"
#include "parse/flow_parser.h"

namespace spider::parse {
namespace {
// Parsers of closed flows kept for the next ones.
constexpr std::size_t kFreeMax = 1'024;
}  // namespace

struct Parser::Impl final : RoomMaker {
  Impl(const ParseConfig& c, const model::WhispererConfig& w, model::CommunicationSink& sink,
       model::QualityLog& quality)
      : config(c), whisperer(w), meaning(config), lane{config,  whisperer, sink, quality,
                                                       meaning, *this,     0,    0} {
    lane.held_max = std::size_t{config.memory_mib} * 1024 * 1024 / model::kLanes;
    for (const DecoderInfo* info : decoder_table()) lanes.push_back(info->make(lane));
  }

  // A second chance for each: a hand goes round the open flows and takes those that were silent
  // since it came by last. Whoever holds much and says nothing pays for whoever says something, and
  // a round costs what a packet of each flow has paid for.
  void make_room(const FlowParser& asking) override {
    const std::size_t enough = lane.held_max - lane.held_max / 8;
    for (std::size_t left = 2 * open.size(); left > 0 && lane.held > enough; --left) {
      hand = hand + 1 < open.size() ? hand + 1 : 0;
      FlowParser& flow = *open[hand];
      if (&flow != &asking && !flow.heard() && flow.unfinished()) flow.out_of_memory();
    }
  }
  void add(FlowParser& flow) {
    flow.place = open.size();
    open.push_back(&flow);
  }
  void remove(const FlowParser& flow) {
    open.back()->place = flow.place;
    open[flow.place] = open.back();
    open.pop_back();
  }

  ParseConfig config;
  model::WhispererConfig whisperer;
  MeaningReader meaning;
  LaneContext lane;
  std::vector<std::unique_ptr<DecoderLane>> lanes;
  std::vector<std::unique_ptr<FlowParser>> free;
  std::vector<FlowParser*> open;
  std::size_t hand = 0;
};

Parser::Parser(const ParseConfig& config, const model::WhispererConfig& whisperer,
               model::CommunicationSink& sink, model::QualityLog& quality)
    : impl_(std::make_unique<Impl>(config, whisperer, sink, quality)) {}

Parser::~Parser() = default;

model::FlowObserver* Parser::open(const model::TcpSession& session) {
  Impl& i = *impl_;
  std::unique_ptr<FlowParser> parser;
  if (!i.free.empty()) {
    parser = std::move(i.free.back());
    i.free.pop_back();
  } else {
    parser = std::make_unique<FlowParser>(i.lane, DecoderLanes(i.lanes));
  }
  i.add(*parser);
  parser->begin(session);
  // The flow table carries it until close().
  return parser.release();
}

void Parser::close(model::FlowObserver* observer, model::TcpSession& session) {
  Impl& i = *impl_;
  if (observer == nullptr) {
    i.lane.sink.on_session(session, {}, 0, {});
    return;
  }
  std::unique_ptr<FlowParser> parser(static_cast<FlowParser*>(observer));
  parser->finish(session);
  i.remove(*parser);
  if (i.free.size() < kFreeMax) i.free.push_back(std::move(parser));
}

std::size_t Parser::bytes_held() const noexcept {
  return impl_->lane.held + (impl_->open.size() + impl_->free.size()) * sizeof(FlowParser);
}

}  // namespace spider::parse
