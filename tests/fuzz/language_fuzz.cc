// Any text as one of the filter language: understood or refused, never more; what is understood has
// a normal form that is understood too, and asks a small store the same.
//
// Input: two bytes of a place that is completed, then the text.

#include <string>

#include "spider/base/check.h"
#include "spider/query/completion.h"
#include "spider/query/engine.h"
#include "spider/query/language.h"
#include "spider/store/codes.h"

#include "support/small_store.h"

namespace {

using namespace spider;

struct World : test::SmallStore {
  World() {
    words = {store->sources(), store::codes::kRows};
    snapshot = store->reader().snapshot();
  }

  [[nodiscard]] std::vector<model::CommunicationId> ask(const query::ParsedFilter& parsed) const {
    query::Filter filter;
    query::narrow(filter, parsed.tree);
    const auto page =
        query::QueryEngine(*snapshot).communications(filter, query::Order::oldest_first, "", 100);
    SPIDER_CHECK(page.has_value(), "whatever was understood can be asked");
    std::vector<model::CommunicationId> out;
    for (const query::CommunicationRow& row : page->rows) out.push_back(row.id);
    return out;
  }

  query::FilterVocabulary words;
  std::unique_ptr<store::StoreSnapshot> snapshot;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  if (size < 2 || size > 8'192) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t place = (data[0] | std::size_t{data[1]} << 8U) % (text.size() + 1);
  const query::CompletionPlace completed = query::complete(text, place, world.words);
  SPIDER_CHECK(completed.begin <= completed.end && completed.end <= text.size(),
               "what is completed lies in the text");
  const query::ParsedFilter parsed = query::parse_filter(text, world.words);
  std::size_t at = 0;
  for (const query::FilterToken& token : parsed.tokens) {
    SPIDER_CHECK(token.offset >= at && token.length > 0, "tokens are in order");
    at = token.offset + token.length;
  }
  SPIDER_CHECK(at <= text.size(), "tokens lie in the text");
  if (parsed.problem) {
    SPIDER_CHECK(!query::problem_text(*parsed.problem, text).empty(), "a problem says what it is");
    SPIDER_CHECK(parsed.problem->offset + parsed.problem->length <= text.size(),
                 "a problem lies in the text");
    static_cast<void>(query::problem_caret(*parsed.problem, text));
    return 0;
  }
  const query::ParsedFilter again = query::parse_filter(parsed.normal, world.words);
  // Escapes and brackets may make it longer than a text may be, or deeper.
  const bool bounded = again.problem && (parsed.normal.size() > query::kFilterBytesMax ||
                                         again.problem->message.starts_with("More than"));
  if (bounded) return 0;
  SPIDER_CHECK(!again.problem.has_value(), "a normal form is understood");
  SPIDER_CHECK(again.normal == parsed.normal, "a normal form is its own");
  SPIDER_CHECK(world.ask(parsed) == world.ask(again), "a normal form asks the same");
  return 0;
}
