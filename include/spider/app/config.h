#pragma once
// AppConfig: the whole of spider.toml. Every floor declares its own options once (its config.h);
// here they are put together, read, checked and printed.

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "spider/api/config.h"
#include "spider/base/config_fields.h"
#include "spider/base/result.h"
#include "spider/capture/config.h"
#include "spider/model/retention.h"
#include "spider/model/whisperer.h"
#include "spider/parse/config.h"
#include "spider/pipeline/config.h"
#include "spider/reassembly/config.h"
#include "spider/store/config.h"

namespace spider::app {

struct LogConfig {
  std::string level = "info";
  std::string format = "auto";

  static auto fields() {
    using C = LogConfig;
    using base::field;
    return std::tuple{
        field("level", &C::level, "The least that is logged: debug, info, warning or error."),
        field("format", &C::format,
              "json, pretty, or auto: pretty on a terminal, JSON lines elsewhere."),
    };
  }
};

struct ReloadConfig {
  std::uint32_t every_s = 120;

  static auto fields() {
    using C = ReloadConfig;
    using base::field;
    return std::tuple{
        field(
            "every_s", &C::every_s,
            "Seconds between two looks at the configuration file, which may have changed; 0: only "
            "on SIGHUP.",
            0U, 86'400U),
    };
  }
};

struct AppConfig {
  store::StoreConfig store;
  api::ApiConfig api;
  capture::CaptureConfig capture;
  reassembly::ReassemblyConfig reassembly;
  parse::ParseConfig parse;
  pipeline::PipelineConfig pipeline;
  LogConfig log;
  ReloadConfig reload;
  model::RetentionConfig retention;
  store::HostsConfig hosts;
  std::vector<model::WhispererConfig> whisperers;
  std::string text;  // of the file, as it was read
};

// Calls visit(section name, section of the config) for every table of spider.toml but
// [[whisperer]].
template <class Config, class Visit>
void for_each_section(Config& config, Visit&& visit) {
  visit("store", config.store);
  visit("api", config.api);
  visit("capture", config.capture);
  visit("reassembly", config.reassembly);
  visit("parse", config.parse);
  visit("pipeline", config.pipeline);
  visit("log", config.log);
  visit("reload", config.reload);
  visit("retention", config.retention);
  visit("hosts", config.hosts);
}

// Everything that is wrong, in the order of the file; each names file, line, key, value, reason and
// remedy.
using ConfigErrors = std::vector<base::Error>;

// An empty path gives the defaults. Relative paths in the file become absolute: they begin in its
// folder. parse_config leaves them as they are.
// Without an UPLOAD whisperer there is one named "upload", unless [api] listen is open to others.
[[nodiscard]] tl::expected<AppConfig, ConfigErrors> read_config(const std::string& path);
[[nodiscard]] tl::expected<AppConfig, ConfigErrors> parse_config(std::string_view text,
                                                                 const std::string& name);

// The effective configuration as TOML; values that are not the default say so.
[[nodiscard]] std::string print_config(const AppConfig& config);

}  // namespace spider::app
