#include "spider/query/facets.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "spider/base/text_hash.h"
#include "spider/query/codes.h"
#include "spider/query/language.h"
#include "spider/query/record_json.h"

#include "query/block_filter.h"
#include "query/block_parts.h"
#include "query/group_fields.h"

namespace spider::query {
namespace {

using namespace std::chrono_literals;

// Always the same parts: what is told may not depend on the threads.
constexpr std::size_t kParts = 4;

// Of facets_within(): by how much a part must grow to be worth counting anew.
constexpr double kGrowthMin = 2;

// Counts by value of one field.
class Counts {
 public:
  void add(std::string_view value, std::uint64_t count) {
    counts_[std::string(value)] += count;
    if (counts_.size() > kMost) shrink();
  }
  // All of them before any goes: in which order a table gives them is chance.
  void merge(const Counts& other) {
    for (const auto& entry : other.counts_) counts_[entry.first] += entry.second;
    while (counts_.size() > kMost) shrink();
    rest_ += other.rest_;
    missed_max_ += other.missed_max_;
  }
  [[nodiscard]] Facet told(GroupField field, std::size_t limit) const {
    std::vector<std::pair<std::uint64_t, std::string_view>> ranked;
    for (const auto& entry : counts_) ranked.emplace_back(entry.second, entry.first);
    std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) {
      return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    Facet out;
    out.rest = rest_;
    out.missed_max = missed_max_;
    for (std::size_t i = 0; i < ranked.size(); ++i) {
      if (i < limit) {
        out.values.push_back({value_of_key(field, ranked[i].second), ranked[i].first});
      } else {
        out.rest += ranked[i].first;
      }
    }
    return out;
  }

 private:
  // The rarest half goes (lossy counting, as in group_table.h).
  void shrink() {
    std::vector<std::uint64_t> sizes;
    for (const auto& entry : counts_) sizes.push_back(entry.second);
    const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2);
    std::nth_element(sizes.begin(), middle, sizes.end());
    const std::uint64_t least = *middle;
    std::uint64_t moved = 0;
    for (auto at = counts_.begin(); at != counts_.end();) {
      if (at->second > least) {
        ++at;
        continue;
      }
      moved = std::max(moved, at->second);
      rest_ += at->second;
      at = counts_.erase(at);
    }
    missed_max_ += moved;
  }

  static constexpr std::size_t kMost = 2 * kFacetHeld;

  std::unordered_map<std::string, std::uint64_t, base::TextHash> counts_;
  std::uint64_t rest_ = 0;
  std::uint64_t missed_max_ = 0;
};

class FacetScan {
 public:
  FacetScan(const store::StoreSnapshot& snapshot, const Filter& filter,
            const std::vector<GroupField>& fields)
      : scan_(snapshot, filter), counts_(fields.size()) {
    for (const GroupField field : fields) readers_.emplace_back(snapshot, field);
  }

  [[nodiscard]] base::Result<void> block(const store::BlockInfo& block) {
    if (!scan_.may_match(block)) return {};
    SPIDER_TRY(scan_.rows(block, rows_));
    if (rows_.empty()) return {};
    for (std::size_t f = 0; f < readers_.size(); ++f) {
      FieldReader& reader = readers_[f];
      SPIDER_TRY(reader.read(block, scan_, rows_));
      of_code_.assign(reader.codes(), 0);
      for (const std::uint32_t row : rows_) ++of_code_[reader.code(row)];
      for (std::uint32_t code = 0; code < of_code_.size(); ++code)
        if (of_code_[code] != 0) counts_[f].add(reader.value(code), of_code_[code]);
    }
    communications_ += rows_.size();
    return {};
  }
  [[nodiscard]] const Counts& counts(std::size_t field) const { return counts_[field]; }
  [[nodiscard]] std::uint64_t communications() const { return communications_; }

 private:
  BlockFilter scan_;
  std::vector<FieldReader> readers_;
  std::vector<Counts> counts_;
  std::vector<std::uint32_t> rows_;
  std::vector<std::uint64_t> of_code_;
  std::uint64_t communications_ = 0;
};

// The newest blocks that may match, as many as are asked for; true when that is all of them.
[[nodiscard]] bool take_newest(const store::StoreSnapshot& snapshot, const Filter& filter,
                               const FacetsRequest& request, std::vector<store::BlockPtr>& blocks) {
  const std::size_t most = request.blocks_max;
  if (most == 0) return true;
  const BlockFilter scan(snapshot, filter);
  std::vector<store::BlockPtr> out;
  std::size_t rows = 0;
  for (auto at = blocks.rbegin(); at != blocks.rend(); ++at) {
    if (!scan.may_match(**at)) continue;
    if (out.size() == most || (request.rows_max > 0 && rows >= request.rows_max)) {
      blocks = std::move(out);
      return false;
    }
    rows += (*at)->rows;
    out.push_back(*at);
  }
  blocks = std::move(out);
  return true;
}

}  // namespace

base::Result<Facets> facets(const store::StoreSnapshot& snapshot, const FacetsRequest& request,
                            const Filter& filter, const Executor* executor) {
  if (request.fields.empty() || request.fields.size() > kFacetFieldsMax)
    return base::fail(codes::bad_query,
                      fmt::format("Facets go by one to {} fields.", kFacetFieldsMax));
  SPIDER_TRY_LET(blocks,
                 snapshot.blocks(store::RecordKind::http, filter.sources, filter.from, filter.to));
  Facets out;
  out.whole = take_newest(snapshot, filter, request, blocks);
  std::vector<FacetScan> parts;
  for (std::size_t i = 0; i < kParts; ++i) parts.emplace_back(snapshot, filter, request.fields);
  SPIDER_TRY(each_block<kParts>(
      snapshot, blocks, executor == nullptr ? caller_alone() : *executor,
      [&](std::size_t i, const store::BlockInfo& block) { return parts[i].block(block); }));
  for (const FacetScan& part : parts) out.communications += part.communications();
  for (std::size_t f = 0; f < request.fields.size(); ++f) {
    Counts all;
    for (const FacetScan& part : parts) all.merge(part.counts(f));
    out.facets.push_back(all.told(request.fields[f], request.values));
  }
  return out;
}

base::Result<Facets> facets_within(const store::StoreSnapshot& snapshot,
                                   const FacetsRequest& request, const Filter& filter,
                                   base::Duration budget, const Executor* executor) {
  SPIDER_TRY_LET(blocks,
                 snapshot.blocks(store::RecordKind::http, filter.sources, filter.from, filter.to));
  const BlockFilter scan(snapshot, filter);
  blocks.erase(std::remove_if(blocks.begin(), blocks.end(),
                              [&](const store::BlockPtr& b) { return !scan.may_match(*b); }),
               blocks.end());
  std::stable_sort(blocks.begin(), blocks.end(),
                   [](const auto& a, const auto& b) { return a->start_max > b->start_max; });
  const auto begun = std::chrono::steady_clock::now();
  const auto spent = [&] {
    return static_cast<double>((std::chrono::steady_clock::now() - begun) / 1ns);
  };
  for (auto wanted = static_cast<double>(request.first_rows);;) {
    double rows = 0;
    std::size_t taken = 0;
    // A part that begins where the range ends would be none.
    while (taken < blocks.size() &&
           (rows < wanted || blocks[taken]->start_max.ns + 1 >= filter.to.ns))
      rows += blocks[taken++]->rows;
    if (taken == blocks.size()) return facets(snapshot, request, filter, executor);
    Filter part = filter;
    part.from = std::max(filter.from, blocks[taken]->start_max + base::Duration{1});
    const double before = spent();
    SPIDER_TRY_LET(found, facets(snapshot, request, part, executor));
    const double after = spent();
    wanted = rows * (static_cast<double>(budget.ns) - after) / std::max(1.0, after - before);
    if (wanted < rows * kGrowthMin) {
      found.from = part.from;
      return found;
    }
  }
}

std::string filter_text(GroupField field, const GroupValue& value,
                        const std::vector<store::SourceInfo>& sources) {
  // The language's own name of the field.
  std::string name(query::name(field));
  bool whole = false;  // "=" asks for the whole text of a field that is searched for parts
  switch (field) {
    case GroupField::status_class:
      name = "status";
      break;
    case GroupField::target:
      name = "uri";
      whole = true;
      break;
    case GroupField::http_minor:
      name = "version";
      break;
    case GroupField::request_type:
    case GroupField::response_type:
    case GroupField::via:
      whole = true;
      break;
    case GroupField::response_encoding:
      name = "encoding";
      whole = true;
      break;
    default:
      break;
  }
  std::replace(name.begin(), name.end(), '_', '.');
  if (value.none) return name == "status" ? "status:none" : fmt::format("NOT {}:*", name);
  const auto number = [&] { return fmt::format("{}:{}", name, value.number); };
  switch (field) {
    case GroupField::status_class:
      return value.number > 5 ? "status:(<100 OR >=600)" : fmt::format("status:{}xx", value.number);
    case GroupField::status:
      return value.number < 100 || value.number > 599 ? fmt::format("status:{0}..{0}", value.number)
                                                      : number();
    case GroupField::state:
      return fmt::format("{}:{}", name,
                         query::name(static_cast<model::CommunicationState>(value.number)));
    case GroupField::identity_kind:
      return fmt::format("{}:{}", name,
                         query::name(static_cast<model::IdentityKind>(value.number)));
    case GroupField::http_minor:
      return value.number > 1 ? "NOT version:(1.0 OR 1.1)"
                              : fmt::format("{}:1.{}", name, value.number);
    case GroupField::whisperer:
      for (const store::SourceInfo& source : sources)
        if (static_cast<std::int64_t>(source.id) == value.number)
          return fmt::format("{}:{}", name, quoted_value(source.name));
      return "NOT whisperer:*";
    case GroupField::client_ip:
    case GroupField::server_ip:
      return fmt::format("{}:{}", name,
                         model::to_text(model::IpAddress::kept(base::as_bytes(value.text))));
    default:
      break;
  }
  if (is_number(field)) return number();
  return fmt::format("{}:{}{}", name, whole ? "=" : "", quoted_value(value.text));
}

std::optional<store::HostName> host_of(GroupField field, const GroupValue& value,
                                       const Names& names, base::Time time) {
  if (value.none || (field != GroupField::client_ip && field != GroupField::server_ip))
    return std::nullopt;
  return names.host(model::IpAddress::kept(base::as_bytes(value.text)), time);
}

}  // namespace spider::query
