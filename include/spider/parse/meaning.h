#pragma once
// MeaningReader: tells from the heads of an exchange its origin, identification, correlation ids
// and absolute location (model::Meaning). A function of its arguments and the settings alone.
//
// Owned and called by one thread. Keeps its working memory, so steady traffic allocates nothing. A
// head is walked once, or not at all where its reader has marked the lines; lines whose first two
// letters belong to no wanted header cost a look at these. Bounds: the constants below; what is
// longer is not told. Whatever the bytes, the answer is a valid Meaning: no errors.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "spider/model/meaning.h"
#include "spider/parse/config.h"

namespace spider::parse {

inline constexpr std::size_t kIdentityBytesMax = 256;  // also of one claim and one correlation id
inline constexpr std::size_t kViaBytesMax = 1'024;
inline constexpr std::size_t kLocationBytesMax = 4'096;
inline constexpr std::size_t kTokenBytesMax = 16'384;  // of a bearer token that is looked into
inline constexpr std::size_t kMeaningEntriesMax = 16;  // of a list
inline constexpr std::size_t kMeaningListBytesMax = 2'048;
inline constexpr std::size_t kMeaningNamesMax = 16;      // in each of the three settings
inline constexpr std::size_t kMeaningNameBytesMax = 64;  // of one name in the settings

// What is wrong with a setting: more or longer names than the bounds, or names that no header and
// no claim can have.
struct BadSetting {
  std::string_view key;
  std::string reason;  // with the remedy
};
// The first of correlation_headers, api_key_headers and jwt_claims that cannot be used.
[[nodiscard]] std::optional<BadSetting> check_meaning(const ParseConfig& config);

namespace meaning {
class HeadMarks;
class Wanted;
}  // namespace meaning

class MeaningReader {
 public:
  explicit MeaningReader(const ParseConfig& config);
  ~MeaningReader();
  MeaningReader(const MeaningReader&) = delete;
  MeaningReader& operator=(const MeaningReader&) = delete;

  // Heads exactly as on the wire, start line first; empty for a message that was not seen. Of a
  // head that was cut, the last line is not believed. The views hold until the next call.
  [[nodiscard]] const model::Meaning& read(std::string_view request_head,
                                           std::string_view response_head);
  // The same; marks that do not tell of their head are not used.
  [[nodiscard]] const model::Meaning& read(std::string_view request_head,
                                           const meaning::HeadMarks& request_marks,
                                           std::string_view response_head,
                                           const meaning::HeadMarks& response_marks);
  // The lines to be marked, in heads of either kind.
  [[nodiscard]] const meaning::Wanted& wanted() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace spider::parse
