#pragma once
// The settings of whisperers as they are seen and changed while Spider runs: what spider.toml says,
// and over it what was changed by hand.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "spider/base/result.h"

namespace spider::model {

using OptionValue =
    std::variant<bool, std::int64_t, std::uint64_t, double, std::string, std::vector<std::string>>;

enum class SettingOrigin : std::uint8_t { standard, file, page };
[[nodiscard]] constexpr std::string_view name(SettingOrigin origin) noexcept {
  switch (origin) {
    case SettingOrigin::standard:
      return "default";
    case SettingOrigin::file:
      return "file";
    case SettingOrigin::page:
      return "page";
  }
  return "default";
}

// One setting of a whisperer in force.
struct WhispererSetting {
  std::string_view name;
  std::string_view group;  // identity (cannot be changed), capture or parsing
  OptionValue value;
  OptionValue default_value;
  std::optional<OptionValue> file_value;  // none when the file does not know the whisperer
  SettingOrigin origin = SettingOrigin::standard;
  std::string_view help;
  std::optional<OptionValue> min;
  std::optional<OptionValue> max;
  std::vector<std::string_view> choices;  // empty: not limited to some
};

// Values to be; none: back to what the file, or else the default, says.
using SettingChanges = std::map<std::string, std::optional<OptionValue>, std::less<>>;

struct SettingProblem {
  std::string setting;
  std::string reason;
};

enum class Refusal : std::uint8_t {
  missing,     // there is no such whisperer
  conflict,    // there is one already, or it is the file's
  impossible,  // the settings cannot be so
  failed,      // it could not be kept
  stopping,    // Spider ends; nothing was done
};

// Why a change was not made: all of it, or none.
struct ChangeRefused {
  Refusal why;
  base::Error error;
  std::vector<SettingProblem> settings;
};
using ChangeResult = tl::expected<void, ChangeRefused>;

}  // namespace spider::model
