#include "query/tree_scan.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "spider/model/http_head.h"
#include "spider/query/content.h"
#include "spider/query/messages.h"
#include "spider/store/codes.h"
#include "spider/store/value_filter.h"

#include "query/find_folded.h"
#include "query/going_on.h"
#include "query/judge_text.h"
#include "query/questions.h"

namespace spider::query {
namespace {

using store::BlockInfo;
using store::ColumnId;
using Kind = Question::Kind;

// Of a body that is searched: as saved, and decoded.
constexpr std::uint64_t kBodyBytesMax = 16U << 20U;

[[nodiscard]] std::string_view text_of(const model::IpAddress& ip) {
  return {reinterpret_cast<const char*>(ip.bytes.data()), ip.bytes.size()};
}

[[nodiscard]] Coverage verdict_of(bool all, bool any) noexcept {
  return all ? Coverage::all : any ? Coverage::some : Coverage::no;
}

[[nodiscard]] Coverage opposite(Coverage v) noexcept {
  return v == Coverage::all ? Coverage::no : v == Coverage::no ? Coverage::all : Coverage::some;
}

[[nodiscard]] std::int64_t plus(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t out = 0;
  if (!__builtin_add_overflow(a, b, &out)) return out;
  return a > 0 ? std::numeric_limits<std::int64_t>::max()
               : std::numeric_limits<std::int64_t>::min() + 1;
}

// Of numbers that all lie in `range`.
[[nodiscard]] Coverage verdict_of_range(const Question& q, const NumberSpan& range) noexcept {
  bool any = false;
  for (const NumberSpan& span : q.spans) {
    if (span.low <= range.low && span.high >= range.high) return Coverage::all;
    any = any || (span.low <= range.high && span.high >= range.low);
  }
  return verdict_of(false, any);
}

[[nodiscard]] Coverage number_verdict(const Question& q, const BlockInfo& block) {
  NumberSpan range;
  bool some_none = false;
  for (const ColumnId id : {q.column, q.second}) {
    const bool second = id == q.second && q.sum;
    if (id == q.second && !q.sum) break;
    const store::ColumnSummary* c = block.column(id);
    if (c == nullptr) return store::is_sparse(id) ? Coverage::no : Coverage::some;
    if (c->min > c->max) return c->has_none ? Coverage::no : Coverage::some;
    some_none = some_none || c->has_none;
    range = second ? NumberSpan{plus(range.low, c->min), plus(range.high, c->max)}
                   : NumberSpan{c->min, c->max};
  }
  const Coverage of_values = verdict_of_range(q, range);
  return of_values == Coverage::all && some_none ? Coverage::some : of_values;
}

// False when the question names whole values, and the column's filter knows none of them.
[[nodiscard]] bool may_hold_exact(const Question& q, const store::ColumnSummary* column) {
  if (q.present || q.part != TextPart::whole || q.kind == Kind::code) return true;
  const bool addresses = q.kind == Kind::address;
  if (addresses && (!q.patterns.empty() || q.networks.empty())) return true;
  const bool held = std::any_of(q.networks.begin(), q.networks.end(), [&](const Network& n) {
    return n.bits < 128 || store::may_hold(column, store::value_mark(text_of(n.address)));
  });
  return held || std::any_of(q.patterns.begin(), q.patterns.end(), [&](const TextPattern& p) {
           return !p.whole_text() || store::may_hold(column, store::value_mark(p.exact()));
         });
}

[[nodiscard]] Coverage text_verdict(const Question& q, const BlockInfo& block) {
  const store::ColumnSummary* c = block.column(q.column);
  if (c == nullptr) {
    if (!store::is_sparse(q.column)) return Coverage::some;
    return text_holds(q, {}) ? Coverage::all : Coverage::no;
  }
  if (!c->values_known) return may_hold_exact(q, c) ? Coverage::some : Coverage::no;
  bool all = true;
  bool any = false;
  for (const std::string& value : c->values) {
    const bool holds = text_holds(q, value);
    all = all && holds;
    any = any || holds;
  }
  return verdict_of(all, any);
}

[[nodiscard]] Coverage bits_verdict(const Question& q, const BlockInfo& block) {
  const store::ColumnSummary* c = block.column(q.column);
  return c != nullptr && c->min == 0 && c->max == 0 ? Coverage::no : Coverage::some;
}

[[nodiscard]] Coverage question_verdict(const Question& q, const BlockInfo& block) {
  switch (q.kind) {
    case Kind::number:
      return number_verdict(q, block);
    case Kind::bits:
      return bits_verdict(q, block);
    case Kind::text:
    case Kind::address:
    case Kind::code:
      return text_verdict(q, block);
    case Kind::source: {
      const bool of_it = q.present || std::find(q.sources.begin(), q.sources.end(), block.source) !=
                                          q.sources.end();
      return of_it ? Coverage::all : Coverage::no;
    }
    case Kind::heads:
    case Kind::bodies:
      break;
  }
  return Coverage::some;
}

// Of a group, from the verdicts of its children.
template <class Child>
[[nodiscard]] Coverage group_verdict(const Tree::Node& node, Child&& child) {
  bool all = true;
  bool none = true;
  for (const std::uint32_t index : node.children) {
    const Coverage v = child(index);
    all = all && v == Coverage::all;
    none = none && v == Coverage::no;
    if (node.kind == Tree::Kind::none_of) return opposite(v);
    if (node.kind == Tree::Kind::all_of && v == Coverage::no) return Coverage::no;
    if (node.kind == Tree::Kind::any_of && v == Coverage::all) return Coverage::all;
  }
  return all ? Coverage::all : none ? Coverage::no : Coverage::some;
}

// Rows that do not hold are dropped; without a branch per row.
template <class Hold>
void keep_rows(std::vector<std::uint32_t>& rows, Hold&& hold) {
  std::size_t kept = 0;
  for (const std::uint32_t row : rows) {
    rows[kept] = row;
    kept += hold(row) ? 1U : 0U;
  }
  rows.resize(kept);
}

[[nodiscard]] std::vector<std::uint32_t> without(const std::vector<std::uint32_t>& rows,
                                                 const std::vector<std::uint32_t>& taken) {
  std::vector<std::uint32_t> out;
  out.reserve(rows.size() - std::min(rows.size(), taken.size()));
  std::set_difference(rows.begin(), rows.end(), taken.begin(), taken.end(),
                      std::back_inserter(out));
  return out;
}

[[nodiscard]] bool any_part_of_text(const Question& q) {
  return q.kind == Kind::text && q.part == TextPart::whole && !q.present &&
         std::all_of(q.patterns.begin(), q.patterns.end(),
                     [](const TextPattern& p) { return !p.only_part().empty(); });
}

// What stands for a question about one column; empty when nothing that short does (addresses may
// have names that change, and networks are few).
[[nodiscard]] std::string question_text(const Question& q) {
  std::string out = "tree " + std::to_string(static_cast<unsigned>(q.column));
  if (q.kind == Kind::number && !q.sum && q.spans.size() == 1)
    return out + " number " + std::to_string(q.spans.front().low) + ' ' +
           std::to_string(q.spans.front().high);
  if (q.kind != Kind::text) return {};
  out += " text " + std::to_string(static_cast<unsigned>(q.part)) + (q.present ? " any " : " ") +
         std::to_string(q.name.size()) + ' ' + q.name;
  for (const TextPattern& pattern : q.patterns) pattern.append_name(out);
  return out;
}

}  // namespace

void TreeScan::name_questions() {
  asked_.assign(tree_.size(), 0);
  for (std::uint32_t i = 0; i < tree_.size(); ++i) {
    if (tree_.node(i).kind != Tree::Kind::question) continue;
    const std::string text = question_text(tree_.node(i).question);
    if (!text.empty()) asked_[i] = snapshot_.asked_before(text);
  }
}

bool TreeScan::append_name(std::string& out) const {
  for (std::uint32_t i = 0; i < tree_.size(); ++i) {
    const Tree::Node& node = tree_.node(i);
    out += " node " + std::to_string(static_cast<unsigned>(node.kind));
    for (const std::uint32_t child : node.children) out += ' ' + std::to_string(child);
    if (node.kind != Tree::Kind::question) continue;
    const std::string text = question_text(node.question);
    if (text.empty()) return false;
    out += ' ' + std::to_string(text.size()) + ' ' + text;
  }
  return true;
}

Coverage TreeScan::verdict(const BlockInfo& block, std::uint32_t index,
                           std::vector<Coverage>* all) const {
  const Tree::Node& node = tree_.node(index);
  Coverage out = Coverage::some;
  if (node.kind == Tree::Kind::question) {
    out = question_verdict(node.question, block);
  } else if (all == nullptr) {
    out = group_verdict(node, [&](std::uint32_t child) { return verdict(block, child, nullptr); });
  } else {
    for (const std::uint32_t child : node.children) static_cast<void>(verdict(block, child, all));
    out = group_verdict(node, [&](std::uint32_t child) { return (*all)[child]; });
  }
  if (all != nullptr) (*all)[index] = out;
  return out;
}

Coverage TreeScan::verdict(const BlockInfo& block) const {
  return tree_.empty() ? Coverage::all : verdict(block, tree_.root(), nullptr);
}

base::Result<void> TreeScan::keep(const BlockInfo& block, std::vector<std::uint32_t>& rows) {
  if (tree_.empty() || rows.empty()) return {};
  verdicts_.assign(tree_.size(), Coverage::some);
  static_cast<void>(verdict(block, tree_.root(), &verdicts_));
  return keep(block, tree_.root(), rows);
}

base::Result<void> TreeScan::keep(const BlockInfo& block, std::uint32_t index, Rows& rows) {
  if (rows.empty() || verdicts_[index] == Coverage::all) return {};
  const Tree::Node& node = tree_.node(index);
  if (verdicts_[index] == Coverage::no) {
    rows.clear();
    return {};
  }
  switch (node.kind) {
    case Tree::Kind::question:
      return answer(block, node.question, asked_[index], rows);
    case Tree::Kind::any_of:
      return any_of(block, node, rows);
    case Tree::Kind::none_of: {
      Rows hits = rows;
      SPIDER_TRY(keep(block, node.children.front(), hits));
      rows = without(rows, hits);
      return {};
    }
    case Tree::Kind::all_of:
      break;
  }
  for (const std::uint32_t child : node.children) SPIDER_TRY(keep(block, child, rows));
  return {};
}

// Each child is asked about the rows that no child before it let in.
base::Result<void> TreeScan::any_of(const BlockInfo& block, const Tree::Node& node, Rows& rows) {
  Rows in;
  Rows merged;
  for (const std::uint32_t child : node.children) {
    if (rows.empty()) break;
    Rows hits = rows;
    SPIDER_TRY(keep(block, child, hits));
    if (hits.empty()) continue;
    rows = without(rows, hits);
    merged.clear();
    std::merge(in.begin(), in.end(), hits.begin(), hits.end(), std::back_inserter(merged));
    in.swap(merged);
  }
  rows.swap(in);
  return {};
}

base::Result<void> TreeScan::answer(const BlockInfo& block, const Question& question,
                                    std::uint64_t asked, Rows& rows) {
  switch (question.kind) {
    case Kind::number:
    case Kind::bits:
      return numbers(block, question, asked, rows);
    case Kind::text:
    case Kind::address:
    case Kind::code:
      return texts(block, question, asked, rows);
    case Kind::heads:
    case Kind::bodies:
      return messages(block, question, rows);
    case Kind::source:
      break;  // the block's verdict says it all
  }
  return {};
}

base::Result<void> TreeScan::numbers(const BlockInfo& block, const Question& question,
                                     std::uint64_t asked, Rows& rows) {
  if (question.kind == Kind::number && !question.sum && question.spans.size() == 1)
    return snapshot_.keep_numbers(block, question.column, question.spans.front().low,
                                  question.spans.front().high, asked, rows);
  SPIDER_TRY(snapshot_.numbers_at(block, question.column, rows, numbers_));
  if (question.kind == Kind::bits) {
    keep_rows(rows, [&](std::uint32_t row) {
      return numbers_[row] != store::kNone && (numbers_[row] & question.mask) != 0;
    });
    return {};
  }
  if (!question.sum) {
    keep_rows(rows, [&](std::uint32_t row) { return number_holds(question, numbers_[row]); });
    return {};
  }
  SPIDER_TRY(snapshot_.numbers_at(block, question.second, rows, second_));
  keep_rows(rows, [&](std::uint32_t row) {
    return numbers_[row] != store::kNone && second_[row] != store::kNone &&
           number_holds(question, plus(numbers_[row], second_[row]));
  });
  return {};
}

// The verdict on each distinct value decides for all rows that have it.
store::StoreSnapshot::Judge TreeScan::judge_of(const Question& question) {
  if (any_part_of_text(question))
    return [&question](const store::TextColumn& values, std::vector<char>& verdicts) {
      for (const TextPattern& pattern : question.patterns)
        judge_parts(values, pattern.only_part(), find_folded, verdicts);
    };
  return [this, &question](const store::TextColumn& values, std::vector<char>& verdicts) {
    for (std::size_t i = 0; i < verdicts.size(); ++i)
      verdicts[i] = text_holds(question, values.value(i), scratch_) ? 1 : 0;
  };
}

std::optional<TreeScan::OnlyText> TreeScan::only_text() {
  if (tree_.size() != 1) return std::nullopt;
  const Tree::Node& node = tree_.node(0);
  if (node.kind != Tree::Kind::question || node.question.kind != Kind::text) return std::nullopt;
  return OnlyText{node.question.column, judge_of(node.question)};
}

base::Result<void> TreeScan::texts(const BlockInfo& block, const Question& question,
                                   std::uint64_t asked, Rows& rows) {
  return snapshot_.keep_texts(block, question.column, judge_of(question), asked, rows);
}

base::Result<void> TreeScan::messages(const BlockInfo& block, const Question& question,
                                      Rows& rows) {
  Rows hits;
  SPIDER_TRY(snapshot_.http_details(
      block, rows, [&](std::uint32_t row, const store::HttpDetail& detail) -> base::Result<void> {
        if (auto may = may_go_on(executor_); !may) return may;
        if (bodies_ != nullptr && question.kind == Kind::bodies)
          note_bodies_of(row, question, detail);
        bool holds = false;
        bool whole = true;
        for (const Side side : {Side::request, Side::response}) {
          if (holds || (question.side != Side::either && question.side != side)) continue;
          const store::MessageDetail& message =
              side == Side::request ? detail.request : detail.response;
          if (!message.present) continue;
          if (question.kind == Kind::heads) {
            holds = head_holds(question, message.head, message.trailers);
          } else {
            SPIDER_TRY_LET(found, body_holds(block, question, message));
            holds = found.holds;
            whole = whole && found.whole;
          }
        }
        if (holds) hits.push_back(row);
        if (bodies_ != nullptr && !holds && !whole) bodies_->partial.push_back(row);
        return {};
      }));
  rows.swap(hits);
  return {};
}

void TreeScan::note_bodies_of(std::uint32_t row, const Question& question,
                              const store::HttpDetail& detail) {
  bool saved = false;
  bool unsaved = false;
  for (const Side side : {Side::request, Side::response}) {
    if (question.side != Side::either && question.side != side) continue;
    const store::MessageDetail& message = side == Side::request ? detail.request : detail.response;
    if (!message.present || message.body_bytes == 0) continue;
    (message.saved_body_bytes() > 0 ? saved : unsaved) = true;
  }
  if (saved) bodies_->saved.push_back(row);
  if (unsaved) bodies_->unsaved.push_back(row);
}

base::Result<TreeScan::Found> TreeScan::body_holds(const BlockInfo& block, const Question& question,
                                                   const store::MessageDetail& message) {
  const std::uint64_t saved = message.saved_body_bytes();
  if (saved == 0 || question.present) return Found{saved != 0};
  Found out;
  body_.clear();
  auto read =
      snapshot_.read_body(block.source, message.body, 0, std::min(saved, kBodyBytesMax), body_);
  // Bytes that retention took or that are damaged hold nothing; the rest is searched.
  if (!read && !store::is_absent(read.error()) && !snapshot_.pass_over(read.error()))
    return tl::unexpected(std::move(read).error());
  out.whole = read && body_.size() >= message.body_bytes && message.missing_bytes == 0;
  const std::string_view coding = model::find_header(message.head, "Content-Encoding");
  // Nobody sent what stands on both sides of a hole as one text.
  const auto runs_hold = [&] {
    out.holds = any_run(message, body_,
                        [&](base::Bytes run) { return bytes_hold(question, base::as_text(run)); });
    return out;
  };
  if (coding.empty()) return runs_hold();
  const std::uint64_t readable = std::min<std::uint64_t>(body_.size(), bytes_before_hole(message));
  const DecodedContent content =
      decode_content(base::Bytes(body_).first(static_cast<std::size_t>(readable)), coding,
                     static_cast<std::size_t>(kBodyBytesMax));
  if (content.outcome == ContentOutcome::unsupported) return runs_hold();
  out.holds = bytes_hold(question, base::as_text(content.bytes));
  out.whole = out.whole && content.outcome == ContentOutcome::whole;
  return out;
}

Coverage verdict_of_cell(const Tree& tree, std::int64_t first, std::int64_t last,
                         const std::string_view* method) {
  if (tree.empty()) return Coverage::all;
  std::vector<Coverage> verdicts(tree.size(), Coverage::some);
  for (std::uint32_t i = 0; i < tree.size(); ++i) {
    const Tree::Node& node = tree.node(i);
    if (node.kind != Tree::Kind::question) {
      verdicts[i] = group_verdict(node, [&](std::uint32_t child) { return verdicts[child]; });
    } else if (node.question.kind == Kind::number) {
      verdicts[i] = verdict_of_range(node.question, {first, last});
    } else if (method != nullptr) {
      verdicts[i] = text_holds(node.question, *method) ? Coverage::all : Coverage::no;
    }
  }
  return verdicts[tree.root()];
}

}  // namespace spider::query
