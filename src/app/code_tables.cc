#include "spider/app/code_tables.h"

#include <algorithm>
#include <vector>

#include "spider/api/codes.h"
#include "spider/app/codes.h"
#include "spider/base/codes.h"
#include "spider/capture/codes.h"
#include "spider/parse/codes.h"
#include "spider/pipeline/codes.h"
#include "spider/query/codes.h"
#include "spider/reassembly/codes.h"
#include "spider/store/codes.h"

namespace spider::app {

std::span<const base::CodeInfo> all_codes() {
  static const std::vector<base::CodeInfo> rows = [] {
    std::vector<base::CodeInfo> all;
    for (const std::span<const base::CodeInfo> floor :
         {std::span<const base::CodeInfo>(base::codes::kRows),
          std::span<const base::CodeInfo>(capture::codes::kRows),
          std::span<const base::CodeInfo>(reassembly::codes::kRows),
          std::span<const base::CodeInfo>(parse::codes::kRows),
          std::span<const base::CodeInfo>(store::codes::kRows),
          std::span<const base::CodeInfo>(pipeline::codes::kRows),
          std::span<const base::CodeInfo>(query::codes::kRows),
          std::span<const base::CodeInfo>(api::codes::kRows),
          std::span<const base::CodeInfo>(codes::kRows)})
      all.insert(all.end(), floor.begin(), floor.end());
    std::sort(all.begin(), all.end(),
              [](const auto& a, const auto& b) { return a.number < b.number; });
    return all;
  }();
  return rows;
}

}  // namespace spider::app
