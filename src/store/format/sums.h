#pragma once
// Values of the families rollup, quality and meta.

#include <optional>
#include <string>
#include <vector>

#include "spider/model/quality.h"
#include "spider/store/schema.h"
#include "spider/store/store.h"

#include "store/format/fields.h"

namespace spider::store::format {

inline constexpr std::size_t kMethodsMax = 64;
inline constexpr std::size_t kMethodBytesMax = 32;

// A sum may have lost its past: the value that it was to be added to could not be read. It says so
// for good, since nobody can tell any more what is missing from it.
enum class Past : std::uint8_t { whole, lost };

[[nodiscard]] std::string encode_rollup(const std::vector<RollupCell>& cells,
                                        Past past = Past::whole);
[[nodiscard]] ValueState decode_rollup(base::Bytes value, std::vector<RollupCell>& out,
                                       Past* past = nullptr);

[[nodiscard]] std::string encode_quality(const model::QualityCounts& counts,
                                         Past past = Past::whole);
[[nodiscard]] ValueState decode_quality(base::Bytes value, model::QualityCounts& out,
                                        Past* past = nullptr);

[[nodiscard]] std::string encode_source(const SourceInfo& source);
[[nodiscard]] ValueState decode_source(base::Bytes value, SourceInfo& out);

// Lowest ids that were never used, as far as the disk knows.
struct NextIds {
  std::uint64_t block = 1;
  std::uint64_t pack = 1;
};
[[nodiscard]] std::string encode_ids(const NextIds& ids);
[[nodiscard]] ValueState decode_ids(base::Bytes value, NextIds& out);

[[nodiscard]] std::string encode_methods(const std::vector<std::string>& methods);
[[nodiscard]] ValueState decode_methods(base::Bytes value, std::vector<std::string>& out);

[[nodiscard]] std::string encode_setting(std::string_view value);
[[nodiscard]] ValueState decode_setting(base::Bytes value, std::string& out);

}  // namespace spider::store::format
