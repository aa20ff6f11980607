#include "query/block_filter.h"

#include <algorithm>
#include <numeric>

#include "spider/store/value_filter.h"

#include "query/find_text.h"
#include "query/judge_text.h"

namespace spider::query {
namespace {

using store::BlockInfo;
using store::ColumnId;

[[nodiscard]] bool status_matches(const std::vector<StatusRange>& ranges, std::int64_t status) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const StatusRange& r) { return status >= r.first && status <= r.last; });
}

[[nodiscard]] std::string_view text_of(const model::IpAddress& ip) {
  return {reinterpret_cast<const char*>(ip.bytes.data()), ip.bytes.size()};
}

// Could a number of this column lie in [low, high]?
[[nodiscard]] bool in_summary(const BlockInfo& block, ColumnId id, std::int64_t low,
                              std::int64_t high) {
  const store::ColumnSummary* c = block.column(id);
  return c == nullptr || (c->min <= high && c->max >= low);
}

// Could a text of this column satisfy `keep`?
template <class Keep>
[[nodiscard]] bool any_value(const BlockInfo& block, ColumnId id, Keep&& keep) {
  const store::ColumnSummary* c = block.column(id);
  return c == nullptr || !c->values_known || std::any_of(c->values.begin(), c->values.end(), keep);
}

template <class T>
[[nodiscard]] bool contains(const std::vector<T>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// Rows that do not hold are dropped, the others stay in order. Without a branch per row: which way
// it would go is anybody's guess.
template <class Hold>
void keep_rows(std::vector<std::uint32_t>& rows, Hold&& hold) {
  std::size_t kept = 0;
  for (const std::uint32_t row : rows) {
    rows[kept] = row;
    kept += hold(row) ? 1U : 0U;
  }
  rows.resize(kept);
}

[[nodiscard]] bool has_star(const std::string& pattern) {
  return pattern.find('*') != std::string::npos;
}

[[nodiscard]] bool host_matches(const Filter& filter, std::string_view host) {
  return std::any_of(filter.hosts.begin(), filter.hosts.end(),
                     [&](const std::string& pattern) { return matches_pattern(host, pattern); });
}

// The same, when no host of the filter has a star: few texts are even as long.
[[nodiscard]] bool host_equals(const Filter& filter, std::string_view host) {
  return std::any_of(filter.hosts.begin(), filter.hosts.end(), [&](const std::string& text) {
    return text.size() == host.size() && matches_pattern(host, text);
  });
}

[[nodiscard]] bool code_matches(const Filter& filter, std::string_view codes) {
  for (std::size_t i = 0; i + 1 < codes.size(); i += 2) {
    const auto number = static_cast<std::uint16_t>(static_cast<unsigned char>(codes[i]) << 8U |
                                                   static_cast<unsigned char>(codes[i + 1]));
    if (contains(filter.codes, number)) return true;
  }
  return false;
}

[[nodiscard]] bool any_pattern(const std::vector<std::string>& patterns, std::string_view text) {
  return !text.empty() &&
         std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return matches_pattern(text, pattern); });
}

// A list of "name=value" lines: the pattern may name the entry or only its value.
[[nodiscard]] bool any_entry(const std::vector<std::string>& patterns, std::string_view list) {
  while (!list.empty()) {
    const std::string_view entry = list.substr(0, list.find('\n'));
    list.remove_prefix(std::min(entry.size() + 1, list.size()));
    if (any_pattern(patterns, entry)) return true;
    const std::size_t equals = entry.find('=');
    if (equals != std::string_view::npos && any_pattern(patterns, entry.substr(equals + 1)))
      return true;
  }
  return false;
}

// What stands for "the column is one of these": their lengths keep two lists apart.
[[nodiscard]] std::string question_text(std::string_view what,
                                        const std::vector<std::string>& patterns) {
  std::string out(what);
  for (const std::string& pattern : patterns) {
    out += ' ';
    out += std::to_string(pattern.size());
    out += ' ';
    out += pattern;
  }
  return out;
}

[[nodiscard]] std::vector<std::string> texts_of(const std::vector<model::IpAddress>& addresses) {
  std::vector<std::string> out;
  for (const auto& ip : addresses) out.emplace_back(text_of(ip));
  return out;
}

struct TextQuestion {
  ColumnId column;
  const std::vector<std::string> Filter::*patterns;
  bool list;

  [[nodiscard]] bool asked(const Filter& filter) const { return !(filter.*patterns).empty(); }
  [[nodiscard]] bool matches(const Filter& filter, std::string_view text) const {
    return list ? any_entry(filter.*patterns, text) : any_pattern(filter.*patterns, text);
  }
};
constexpr TextQuestion kMeaningQuestions[] = {
    {ColumnId::origin, &Filter::origins, false},
    {ColumnId::via, &Filter::vias, false},
    {ColumnId::identity, &Filter::identities, false},
    {ColumnId::claims, &Filter::claims, true},
    {ColumnId::correlation, &Filter::correlations, true},
    {ColumnId::location, &Filter::locations, false},
};

// The columns are sparse: a block without one has no row with a value.
[[nodiscard]] bool meaning_may_match(const Filter& filter, const BlockInfo& block) {
  if (!filter.identity_kinds.empty() && block.column(ColumnId::identity_kind) == nullptr)
    return false;
  return std::all_of(std::begin(kMeaningQuestions), std::end(kMeaningQuestions),
                     [&](const TextQuestion& q) {
                       if (!q.asked(filter)) return true;
                       return block.column(q.column) != nullptr &&
                              any_value(block, q.column,
                                        [&](const std::string& v) { return q.matches(filter, v); });
                     });
}

}  // namespace

BlockFilter::BlockFilter(const store::StoreSnapshot& snapshot, const Filter& filter,
                         const Executor& executor)
    : snapshot_(snapshot), filter_(filter), tree_(snapshot, filter.tree, executor) {
  const auto texts = [&](ColumnId column, const std::vector<std::string>& patterns) {
    if (patterns.empty() || std::any_of(patterns.begin(), patterns.end(), has_star)) return;
    Exact& exact = exact_.emplace_back();
    exact.column = column;
    for (const std::string& text : patterns) exact.marks.push_back(store::value_mark(text));
  };
  const auto ips = [&](ColumnId column, const std::vector<model::IpAddress>& wanted) {
    if (wanted.empty()) return;
    Exact& exact = exact_.emplace_back();
    exact.column = column;
    for (const auto& ip : wanted) exact.marks.push_back(store::value_mark(text_of(ip)));
  };
  name_questions();
  texts(ColumnId::host, filter.hosts);
  ips(ColumnId::client_ip, filter.client_ips);
  ips(ColumnId::server_ip, filter.server_ips);
  texts(ColumnId::origin, filter.origins);
  texts(ColumnId::identity, filter.identities);
}

void BlockFilter::name_questions() {
  const auto name = [&](ColumnId column, const std::vector<std::string>& asked) {
    if (asked.empty()) return;
    const std::string what = "filter " + std::to_string(static_cast<unsigned>(column));
    asked_[static_cast<std::size_t>(column)] = snapshot_.asked_before(question_text(what, asked));
  };
  if (filter_.status.size() == 1)
    name(ColumnId::status, {std::to_string(filter_.status.front().first),
                            std::to_string(filter_.status.front().last)});
  name(ColumnId::method, filter_.methods);
  name(ColumnId::host, filter_.hosts);
  if (!filter_.uri_part.empty()) name(ColumnId::target, {filter_.uri_part});
  name(ColumnId::client_ip, texts_of(filter_.client_ips));
  name(ColumnId::server_ip, texts_of(filter_.server_ips));
  for (const TextQuestion& question : kMeaningQuestions)
    name(question.column, filter_.*question.patterns);
  std::size_t questions = 0;
  const std::string all = name_of_all(questions);
  if (questions >= 2 && !all.empty()) asked_all_ = snapshot_.asked_before(all);
}

std::string BlockFilter::name() const {
  std::size_t questions = 0;
  std::string out = name_of_all(questions);
  if (questions == 0 || filter_.found) out.clear();
  return out;
}

std::string BlockFilter::name_or_all() const {
  std::size_t questions = 0;
  return filter_.found ? std::string() : name_of_all(questions);
}

store::StoreSnapshot::Judge BlockFilter::judge_of_hosts() const {
  const bool whole = std::none_of(filter_.hosts.begin(), filter_.hosts.end(), has_star);
  return [this, whole](const store::TextColumn& values, std::vector<char>& verdicts) {
    for (std::size_t i = 0; i < verdicts.size(); ++i)
      verdicts[i] =
          (whole ? host_equals(filter_, values.value(i)) : host_matches(filter_, values.value(i)))
              ? 1
              : 0;
  };
}

std::optional<TreeScan::OnlyText> BlockFilter::only_text() {
  std::size_t questions = 0;
  static_cast<void>(name_of_all(questions));
  if (questions != 1 || filter_.found) return std::nullopt;
  if (!filter_.hosts.empty()) return TreeScan::OnlyText{ColumnId::host, judge_of_hosts()};
  return tree_.only_text();
}

std::string BlockFilter::name_of_all(std::size_t& questions) const {
  std::string out = "all";
  const auto texts = [&](std::string_view what, const std::vector<std::string>& asked) {
    if (asked.empty()) return;
    out += question_text(what, asked);
    ++questions;
  };
  const auto numbers = [&](std::string_view what, const auto& asked) {
    std::vector<std::string> all;
    for (const auto number : asked) all.push_back(std::to_string(static_cast<unsigned>(number)));
    texts(what, all);
  };
  std::vector<std::string> status;
  for (const StatusRange& range : filter_.status)
    status.push_back(std::to_string(range.first) + '-' + std::to_string(range.last));
  texts(" status", status);
  texts(" method", filter_.methods);
  texts(" host", filter_.hosts);
  if (!filter_.uri_part.empty()) texts(" uri", {filter_.uri_part});
  texts(" client", texts_of(filter_.client_ips));
  texts(" server", texts_of(filter_.server_ips));
  numbers(" client_port", filter_.client_ports);
  numbers(" server_port", filter_.server_ports);
  numbers(" state", filter_.states);
  numbers(" code", filter_.codes);
  numbers(" identity_kind", filter_.identity_kinds);
  for (const TextQuestion& question : kMeaningQuestions)
    texts(" meaning" + std::to_string(static_cast<unsigned>(question.column)),
          filter_.*question.patterns);
  if (filter_.duration_min) texts(" shortest", {std::to_string(filter_.duration_min->ns)});
  if (filter_.duration_max) texts(" longest", {std::to_string(filter_.duration_max->ns)});
  if (filter_.session_number) texts(" session", {std::to_string(*filter_.session_number)});
  questions += filter_.tree.size();
  return tree_.append_name(out) ? out : std::string();
}

bool BlockFilter::may_hold_exact(const BlockInfo& block) const {
  return std::all_of(exact_.begin(), exact_.end(), [&](const Exact& exact) {
    const store::ColumnSummary* column = block.column(exact.column);
    return std::any_of(exact.marks.begin(), exact.marks.end(),
                       [&](std::uint64_t mark) { return store::may_hold(column, mark); });
  });
}

bool BlockFilter::may_match(const BlockInfo& block) const {
  if (filter_.found) return filter_.found->count(block.id) != 0;
  if (block.start_min >= filter_.to || block.end_max < filter_.from) return false;
  const bool status =
      filter_.status.empty() ||
      std::any_of(filter_.status.begin(), filter_.status.end(), [&](const StatusRange& r) {
        return in_summary(block, ColumnId::status, r.first, r.last);
      });
  const std::int64_t longest =
      filter_.duration_max ? filter_.duration_max->ns : std::numeric_limits<std::int64_t>::max();
  const std::int64_t shortest = filter_.duration_min ? filter_.duration_min->ns : 0;
  if (!status || !in_summary(block, ColumnId::duration, shortest, longest)) return false;
  if (filter_.session_number) {
    const auto number = static_cast<std::int64_t>(*filter_.session_number);
    if (!in_summary(block, ColumnId::session_number, number, number)) return false;
  }
  if (!filter_.methods.empty() && !any_value(block, ColumnId::method, [&](const std::string& v) {
        return contains(filter_.methods, v);
      }))
    return false;
  if (filter_.meaning() && !meaning_may_match(filter_, block)) return false;
  if (!may_hold_exact(block)) return false;
  if (filter_.with_communications &&
      !in_summary(block, ColumnId::communications, *filter_.with_communications ? 1 : 0,
                  *filter_.with_communications ? std::numeric_limits<std::int64_t>::max() : 0))
    return false;
  if (tree_.verdict(block) == Coverage::no) return false;
  return filter_.hosts.empty() || any_value(block, ColumnId::host, [&](const std::string& v) {
           return host_matches(filter_, v);
         });
}

base::Result<const std::int64_t*> BlockFilter::numbers(const BlockInfo& block, ColumnId column,
                                                       const std::vector<std::uint32_t>& rows) {
  for (std::size_t i = 0; i < held_count_; ++i)
    if (held_[i].column == column) return held_[i].values.data();
  if (held_count_ == held_.size()) --held_count_;
  Held& held = held_[held_count_];
  SPIDER_TRY(snapshot_.numbers_at(block, column, rows, held.values));
  held.column = column;
  ++held_count_;
  return held.values.data();
}

template <class Keep>
base::Result<void> BlockFilter::keep_numbers(const BlockInfo& block, ColumnId column,
                                             std::vector<std::uint32_t>& rows, Keep&& keep) {
  if (rows.empty()) return {};
  SPIDER_TRY_LET(values, numbers(block, column, rows));
  keep_rows(rows, [&, at = values](std::uint32_t row) { return keep(at[row]); });
  return {};
}

template <class Keep>
base::Result<void> BlockFilter::keep_text(const BlockInfo& block, ColumnId column,
                                          std::vector<std::uint32_t>& rows, Keep&& keep) {
  if (rows.empty()) return {};
  const auto judge = [&](const store::TextColumn& values, std::vector<char>& verdicts) {
    for (std::size_t i = 0; i < verdicts.size(); ++i) verdicts[i] = keep(values.value(i)) ? 1 : 0;
  };
  return snapshot_.keep_texts(block, column, judge, asked_[static_cast<std::size_t>(column)], rows);
}

base::Result<void> BlockFilter::uri_part(const BlockInfo& block, std::vector<std::uint32_t>& rows) {
  if (rows.empty()) return {};
  const auto judge = [&](const store::TextColumn& values, std::vector<char>& verdicts) {
    judge_parts(values, filter_.uri_part, find_text, verdicts);
  };
  return snapshot_.keep_texts(block, ColumnId::target, judge,
                              asked_[static_cast<std::size_t>(ColumnId::target)], rows);
}

base::Result<void> BlockFilter::window(const BlockInfo& block, std::vector<std::uint32_t>& rows) {
  if (block.start_max < filter_.to && block.end_min >= filter_.from) return {};  // all of them
  SPIDER_TRY_LET(starts, numbers(block, ColumnId::start, rows));
  SPIDER_TRY_LET(durations, numbers(block, ColumnId::duration, rows));
  keep_rows(rows, [&](std::uint32_t row) {
    const base::Time start{starts[row]};
    return start < filter_.to && start + base::Duration{durations[row]} >= filter_.from;
  });
  return {};
}

base::Result<void> BlockFilter::endpoints(const BlockInfo& block,
                                          std::vector<std::uint32_t>& rows) {
  const auto ips = [&](ColumnId column,
                       const std::vector<model::IpAddress>& wanted) -> base::Result<void> {
    if (wanted.empty()) return {};
    return keep_text(block, column, rows, [&](std::string_view v) {
      return std::any_of(wanted.begin(), wanted.end(),
                         [&](const auto& ip) { return text_of(ip) == v; });
    });
  };
  const auto ports = [&](ColumnId column,
                         const std::vector<std::uint16_t>& wanted) -> base::Result<void> {
    if (wanted.empty()) return {};
    return keep_numbers(block, column, rows, [&](std::int64_t v) {
      return contains(wanted, static_cast<std::uint16_t>(v));
    });
  };
  SPIDER_TRY(ips(ColumnId::client_ip, filter_.client_ips));
  SPIDER_TRY(ips(ColumnId::server_ip, filter_.server_ips));
  SPIDER_TRY(ports(ColumnId::client_port, filter_.client_ports));
  return ports(ColumnId::server_port, filter_.server_ports);
}

base::Result<void> BlockFilter::meaning(const BlockInfo& block, std::vector<std::uint32_t>& rows) {
  if (!filter_.identity_kinds.empty())
    SPIDER_TRY(keep_numbers(block, ColumnId::identity_kind, rows, [&](std::int64_t v) {
      return v != store::kNone &&
             contains(filter_.identity_kinds, static_cast<model::IdentityKind>(v));
    }));
  for (const TextQuestion& question : kMeaningQuestions)
    if (question.asked(filter_))
      SPIDER_TRY(keep_text(block, question.column, rows,
                           [&](std::string_view v) { return question.matches(filter_, v); }));
  return {};
}

base::Result<void> BlockFilter::codes(const BlockInfo& block, std::vector<std::uint32_t>& rows) {
  if (filter_.codes.empty()) return {};
  return keep_text(block, ColumnId::codes, rows,
                   [&](std::string_view v) { return code_matches(filter_, v); });
}

base::Result<void> BlockFilter::session(const BlockInfo& block, std::vector<std::uint32_t>& rows) {
  if (filter_.with_communications)
    SPIDER_TRY(keep_numbers(block, ColumnId::communications, rows, [&](std::int64_t v) {
      return (v > 0) == *filter_.with_communications;
    }));
  return codes(block, rows);
}

base::Result<void> BlockFilter::http(const BlockInfo& block, std::vector<std::uint32_t>& rows) {
  if (filter_.status.size() == 1 && !rows.empty()) {
    const StatusRange only = filter_.status.front();
    SPIDER_TRY(snapshot_.keep_numbers(block, ColumnId::status, only.first, only.last,
                                      asked_[static_cast<std::size_t>(ColumnId::status)], rows));
  } else if (!filter_.status.empty()) {
    SPIDER_TRY(keep_numbers(block, ColumnId::status, rows,
                            [&](std::int64_t v) { return status_matches(filter_.status, v); }));
  }
  if (!filter_.states.empty())
    SPIDER_TRY(keep_numbers(block, ColumnId::state, rows, [&](std::int64_t v) {
      return contains(filter_.states, static_cast<model::CommunicationState>(v));
    }));
  if (!filter_.methods.empty())
    SPIDER_TRY(keep_text(block, ColumnId::method, rows, [&](std::string_view v) {
      return contains(filter_.methods, std::string(v));
    }));
  if (!filter_.hosts.empty())
    SPIDER_TRY(snapshot_.keep_texts(block, ColumnId::host, judge_of_hosts(),
                                    asked_[static_cast<std::size_t>(ColumnId::host)], rows));
  if (!filter_.uri_part.empty()) SPIDER_TRY(uri_part(block, rows));
  SPIDER_TRY(codes(block, rows));
  if (filter_.meaning()) return meaning(block, rows);
  return {};
}

base::Result<void> BlockFilter::rows(const BlockInfo& block, std::vector<std::uint32_t>& out) {
  held_count_ = 0;
  if (filter_.found) {
    const auto found = filter_.found->find(block.id);
    if (found == filter_.found->end()) {
      out.clear();
    } else {
      out = found->second;
    }
    return {};
  }
  if (all_.size() < block.rows) {
    all_.resize(block.rows);
    std::iota(all_.begin(), all_.end(), 0U);
  }
  out.assign(all_.begin(), all_.begin() + block.rows);
  SPIDER_TRY(window(block, out));
  if (asked_all_ == 0 || block.kind != store::RecordKind::http) return besides_window(block, out);
  return snapshot_.keep_asked(
      block, asked_all_,
      [&](std::vector<std::uint32_t>& rows) { return besides_window(block, rows); }, out);
}

base::Result<void> BlockFilter::besides_window(const BlockInfo& block,
                                               std::vector<std::uint32_t>& out) {
  if (filter_.duration_min)
    SPIDER_TRY(keep_numbers(block, ColumnId::duration, out,
                            [&](std::int64_t v) { return v >= filter_.duration_min->ns; }));
  if (filter_.duration_max)
    SPIDER_TRY(keep_numbers(block, ColumnId::duration, out,
                            [&](std::int64_t v) { return v <= filter_.duration_max->ns; }));
  if (filter_.session_number)
    SPIDER_TRY(keep_numbers(block, ColumnId::session_number, out, [&](std::int64_t v) {
      return static_cast<std::uint64_t>(v) == *filter_.session_number;
    }));
  SPIDER_TRY(endpoints(block, out));
  const bool http_rows = block.kind == store::RecordKind::http;
  SPIDER_TRY(http_rows ? http(block, out) : session(block, out));
  return tree_.keep(block, out);
}

}  // namespace spider::query
