// spider.toml of any bytes: a configuration or an error that says what to do. What was read is
// printed and read again as the same.

#include "spider/app/config.h"
#include "spider/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace spider;
  if (size > 16'384) return 0;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto config = app::parse_config(text, "fuzzed.toml");
  if (!config) {
    SPIDER_CHECK(!config.error().empty(), "what is refused is refused for a reason");
    for (const base::Error& error : config.error())
      SPIDER_CHECK(!error.detail.empty(), "an error says what it is");
    return 0;
  }
  const std::string printed = app::print_config(*config);
  const auto again = app::parse_config(printed, "printed.toml");
  SPIDER_CHECK(again.has_value(), "what is printed can be read");
  SPIDER_CHECK(app::print_config(*again) == printed, "and says the same");
  return 0;
}
