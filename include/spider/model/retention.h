#pragma once
// How long what was captured is kept: the texts of spider.toml ("30d", "20GiB") and the limits they
// stand for. Plain functions; any thread. What is wrong with a text is told in words.
//
// Limits are per whisperer and per kind of data; [retention] says what holds for all of them,
// [[whisperer]] what differs. UPLOAD whisperers are asked for none of it: an
// upload goes whole, by hand or by its age.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "spider/base/config_fields.h"
#include "spider/base/result.h"
#include "spider/base/time.h"
#include "spider/model/whisperer.h"

namespace spider::model {

enum class KeptKind : std::uint8_t { communications, bodies, sessions, packets, quality };
inline constexpr std::size_t kKeptKinds = 5;
[[nodiscard]] std::string_view name(KeptKind kind) noexcept;

struct RetentionLimits {
  std::array<std::optional<base::Duration>, kKeptKinds> age;  // none: kept for ever
  std::uint64_t bytes_max = 0;                                // 0: as many as there are

  [[nodiscard]] std::optional<base::Duration> of(KeptKind kind) const noexcept {
    return age[static_cast<std::size_t>(kind)];
  }
  [[nodiscard]] bool any() const noexcept {
    for (const auto& a : age)
      if (a) return true;
    return bytes_max != 0;
  }
  friend bool operator==(const RetentionLimits&, const RetentionLimits&) = default;
};

inline constexpr std::string_view kForever = "forever";
inline constexpr std::string_view kUnlimited = "unlimited";

// spider.toml's [retention].
struct RetentionConfig {
  std::string keep_communications{kForever};
  std::string keep_bodies{kForever};
  std::string keep_sessions{kForever};
  std::string keep_packets{kForever};
  std::string keep_quality{kForever};
  std::string max_size{kUnlimited};
  std::uint32_t every_s = 60;
  std::uint32_t settle_s = 600;

  static auto fields() {
    using C = RetentionConfig;
    using base::field;
    return std::tuple{
        field("keep_communications", &C::keep_communications,
              "How long INTERFACE and FILE whisperers keep communications and their counts: a "
              "number and s, min, h, d or w, such as 30d, or forever. By packet time."),
        field("keep_bodies", &C::keep_bodies,
              "The same for bodies; they go with their communications at the latest."),
        field("keep_sessions", &C::keep_sessions, "The same for records of TCP sessions."),
        field("keep_packets", &C::keep_packets, "The same for saved packets."),
        field("keep_quality", &C::keep_quality,
              "The same for the books of each minute: what was received, lost and why."),
        field("max_size", &C::max_size,
              "Bytes that each INTERFACE or FILE whisperer may keep, such as 20GiB or 500MB, or "
              "unlimited. Beyond it the oldest goes first; the books stay."),
        field("every_s", &C::every_s, "How often it is looked what is to go.", 1U, 86'400U),
        field("settle_s", &C::settle_s,
              "How long the system's clock must have run without a jump before anything goes by "
              "age. Bodies that came less than so long ago never go.",
              1U, 86'400U),
    };
  }
};

// "90s", "15min", "36h", "30d", "4w"; none for "forever". An error is a sentence.
[[nodiscard]] tl::expected<std::optional<base::Duration>, std::string> parse_age(
    std::string_view text);
// "500MB", "20GiB", "1048576"; 0 for "unlimited". At least 1 MiB.
[[nodiscard]] tl::expected<std::uint64_t, std::string> parse_size(std::string_view text);
// "30d", "36h", "90s": the largest unit that says it exactly.
[[nodiscard]] std::string age_text(base::Duration age);

// What is wrong with one of the texts, by its key; an empty text is good for a whisperer alone.
struct RetentionProblem {
  std::string_view key;
  std::string reason;
};
[[nodiscard]] std::vector<RetentionProblem> check_retention(const RetentionConfig& config);
[[nodiscard]] std::vector<RetentionProblem> check_retention(const WhispererConfig& whisperer);

// What holds for a whisperer. Texts that are wrong stand for no limit: nothing goes by mistake.
[[nodiscard]] RetentionLimits limits_of(const WhispererConfig& whisperer,
                                        const RetentionConfig& all);

// What `from` says of retention, and nothing else.
void copy_retention(const WhispererConfig& from, WhispererConfig& to);
// The whisperer with nothing said of retention: what its capture needs to know.
[[nodiscard]] WhispererConfig without_retention(WhispererConfig whisperer);

}  // namespace spider::model
