#pragma once
// Parser: follows the flows of one lane of one source, recognises their protocol by content, and
// turns their bytes into communications. Owned by the shard's thread.

#include <memory>

#include "spider/model/quality.h"
#include "spider/model/sinks.h"
#include "spider/model/whisperer.h"
#include "spider/parse/config.h"

namespace spider::parse {

class Parser final : public model::StreamSink {
 public:
  // `whisperer` gives the saving options. `sink` and `quality` outlive it.
  Parser(const ParseConfig& config, const model::WhispererConfig& whisperer,
         model::CommunicationSink& sink, model::QualityLog& quality);
  ~Parser() override;
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  model::FlowObserver* open(const model::TcpSession& session) override;
  void close(model::FlowObserver* observer, model::TcpSession& session) override;

  [[nodiscard]] std::size_t bytes_held() const noexcept;  // memory fed by the network

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace spider::parse
