// Searches through heads and bodies: where they end, and what they say they have not searched.
#include "spider/query/search.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "spider/query/language.h"

#include "unit/query/known_store.h"

namespace spider::query {
namespace {

// Reads to the end.
[[nodiscard]] SearchProgress searched(test::KnownStore& known, std::string_view text) {
  FilterVocabulary words;
  words.sources = known.store().sources();
  Filter filter;
  REQUIRE(narrow(filter, text, words));
  auto search = Search::begin(known.store().reader().snapshot(), filter, 1'000'000);
  REQUIRE(search);
  std::vector<CommunicationRow> hits;
  while (!(*search)->progress().done) REQUIRE((*search)->step(base::Duration{0}, hits));
  return (*search)->progress();
}

TEST_CASE("a search ends at its limit, and says what it has not looked at", "[language]") {
  test::KnownStore known(7);
  const std::shared_ptr<const store::StoreSnapshot> snapshot = known.store().reader().snapshot();
  FilterVocabulary words;
  words.sources = known.store().sources();
  Filter filter;
  REQUIRE(narrow(filter, "header:host", words));
  auto search = Search::begin(snapshot, filter, 5);
  REQUIRE(search);
  std::vector<CommunicationRow> hits;
  while (!(*search)->progress().done) REQUIRE((*search)->step(base::Duration{0}, hits));
  CHECK(hits.size() == 5);
  CHECK((*search)->progress().blocks_done < (*search)->progress().blocks);
  // Work that was done within a block counts, too.
  CHECK((*search)->progress().rows_looked > 0);
  CHECK((*search)->progress().rows_looked < (*search)->progress().rows_total);
}

TEST_CASE("a search says of how many a body is there, and of how many none is saved",
          "[language]") {
  for (const bool save : {true, false}) {
    test::RecordShape shape;
    shape.save_bodies = save;
    test::KnownStore known(7, 12, shape);
    const auto search = [&](std::string_view text) { return searched(known, text); };
    const auto bodies = static_cast<std::uint64_t>(
        std::count_if(known.known().begin(), known.known().end(),
                      [](const test::KnownCommunication& k) { return !k.response_body.empty(); }));
    REQUIRE(bodies > 0);
    REQUIRE(bodies < known.known().size());
    // The second asks twice, and counts once.
    for (const char* text : {"body:zzzz", "(body:zzzz OR body:zzz)"}) {
      const SearchProgress all = search(text);
      CHECK(all.candidates == known.known().size());
      CHECK(all.bodies_saved == (save ? bodies : 0));
      CHECK(all.bodies_unsaved == (save ? 0 : bodies));
      CHECK(all.unsaved.has_value() != save);
    }
    CHECK(search("request.body:zzzz").bodies_unsaved == 0);
    CHECK(search("header:host").bodies_saved + search("header:host").bodies_unsaved == 0);
  }
}

TEST_CASE("a search says of how many a body was searched in part, and nothing found in it",
          "[language]") {
  test::RecordShape shape;
  shape.saved_bytes_max = 100;
  test::KnownStore known(7, 12, shape);
  const auto search = [&](std::string_view text) { return searched(known, text); };
  const auto count = [&](auto&& holds) {
    return static_cast<std::uint64_t>(
        std::count_if(known.known().begin(), known.known().end(), holds));
  };
  const auto cut = [](const test::KnownCommunication& k) { return k.response_body.size() > 100; };
  // What is found was found, whatever more there is.
  const auto found = [](const test::KnownCommunication& k) {
    return k.response_body.substr(0, 100).find("ab") != std::string::npos;
  };
  const std::uint64_t cut_all = count(cut);
  const std::uint64_t cut_found = count([&](const auto& k) { return cut(k) && found(k); });
  REQUIRE(cut_found > 0);
  REQUIRE(cut_found < cut_all);
  REQUIRE(cut_all < known.known().size());
  for (const char* text : {"body:zzzz", "(body:zzzz OR body:zzz)", "NOT body:zzzz"})
    CHECK(search(text).bodies_partial == cut_all);
  const SearchProgress some = search("body:ab");
  CHECK(some.hits == count(found));
  CHECK(some.bodies_partial == cut_all - cut_found);
  CHECK(search("request.body:zzzz").bodies_partial == 0);
  CHECK(search("body:*").bodies_partial == 0);  // that there is one is known
  CHECK(search("header:host").bodies_partial == 0);
}

}  // namespace
}  // namespace spider::query
