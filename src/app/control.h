#pragma once
// AppControl: what the API may ask of the running capture; joins the pipeline and the
// configuration. Any thread.

#include <memory>
#include <string>
#include <vector>

#include "spider/app/config.h"
#include "spider/model/control.h"
#include "spider/pipeline/pipeline.h"

namespace spider::app {

class AppControl final : public model::Control {
 public:
  // Both outlive it.
  AppControl(pipeline::Pipeline& pipeline, const AppConfig& config)
      : pipeline_(pipeline), config_(config) {}

  [[nodiscard]] std::vector<model::WhispererStatus> whisperers() const override {
    return pipeline_.whisperers();
  }
  [[nodiscard]] model::PipelineTotals totals() const override;
  [[nodiscard]] std::vector<model::ConfigOption> config() const override;
  [[nodiscard]] model::FilterAnswer try_filter(const std::string& expression,
                                               const model::Endpoint& client,
                                               const model::Endpoint& server) const override;
  [[nodiscard]] base::Result<std::unique_ptr<model::Import>> start_import(
      const std::string& whisperer, const std::string& name) override;

 private:
  pipeline::Pipeline& pipeline_;
  const AppConfig& config_;
};

}  // namespace spider::app
