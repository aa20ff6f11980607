// Packets that come twice, in two files of one whisperer: two records, told apart for good.
#include <map>
#include <set>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "import_capture.h"

using namespace spider;

namespace {

constexpr int kShared = 40;

base::Time at_us(std::int64_t us) { return base::Time::from_us(1'700'000'000'000'000 + us); }

// The conversations [0, flows), two exchanges each. One file is the beginning of the other, so the
// packets that both hold have the same numbers in both.
std::filesystem::path capture_file(const test::TempFolder& folder, const std::string& name,
                                   int flows) {
  test::PcapWriter out;
  for (int i = 0; i < flows; ++i) {
    test::Talk talk(out, fmt::format("10.1.0.{}", i + 1), static_cast<std::uint16_t>(20'000 + i));
    const std::int64_t t = i * 10'000;
    talk.open(at_us(t));
    for (int round = 0; round < 2; ++round) {
      talk.say(true, at_us(t + 1'000 + round * 1'000),
               fmt::format("GET /{}/{} HTTP/1.1\r\nHost: h\r\n\r\n", i, round));
      talk.say(false, at_us(t + 1'500 + round * 1'000),
               fmt::format("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{:03}", i));
    }
    talk.close(at_us(t + 5'000));
  }
  const std::filesystem::path path = folder.path() / name;
  out.write(path);
  return path;
}

using Ids = std::vector<std::string>;

// All pages of `limit` rows, one behind the other.
template <class Ask>
Ids paged(std::size_t limit, const Ask& ask) {
  Ids out;
  std::string cursor;
  do {
    const auto page = ask(cursor, limit);
    REQUIRE(page);
    REQUIRE(page->rows.size() <= limit);
    for (const auto& row : page->rows) out.push_back(model::to_text(row.id));
    cursor = page->next;
  } while (!cursor.empty());
  return out;
}

template <class Ask>
void check_paging(std::size_t rows, const Ask& ask) {
  for (const auto order : {query::Order::oldest_first, query::Order::newest_first}) {
    const auto of_order = [&](const std::string& cursor, std::size_t limit) {
      return ask(order, cursor, limit);
    };
    const Ids all = paged(100'000, of_order);
    CHECK(all.size() == rows);
    CHECK(std::set<std::string>(all.begin(), all.end()).size() == rows);
    for (const std::size_t limit : {1U, 2U, 7U, 100U}) CHECK(paged(limit, of_order) == all);
  }
}

}  // namespace

TEST_CASE("records of packets that two files share have ids of their own", "[pipeline]") {
  test::TempFolder folder;
  const auto store_path = folder.path() / "store";
  const auto first = capture_file(folder, "first.pcap", kShared);
  const auto longer = capture_file(folder, "longer.pcap", kShared + 7);
  test::import_with_packets(store_path, first);
  test::import_with_packets(store_path, longer);
  test::import_with_packets(
      store_path, first);  // each time in a process of its own, as far as the store can tell
  const std::size_t sessions = 3 * kShared + 7;

  auto store = store::Store::open(test::store_at(store_path));
  REQUIRE(store);
  const auto snapshot = (*store)->reader().snapshot();
  const query::QueryEngine engine(*snapshot);
  check_paging(2 * sessions, [&](query::Order order, const std::string& cursor, std::size_t limit) {
    return engine.communications({}, order, cursor, limit);
  });
  check_paging(sessions, [&](query::Order order, const std::string& cursor, std::size_t limit) {
    return engine.sessions({}, order, cursor, limit);
  });

  // Every id opens its own record, and what hangs on it.
  const auto communications =
      engine.communications({}, query::Order::oldest_first, {}, 100'000).value();
  std::map<std::string, int> of_target;
  std::map<std::string, std::set<std::uint64_t>> packs;
  for (const query::CommunicationRow& row : communications.rows) {
    const auto found = engine.communication(row.id);
    REQUIRE(found);
    CHECK(model::to_text(found->first.id) == model::to_text(row.id));
    CHECK(found->first.target == row.target);
    ++of_target[row.target];
    REQUIRE(found->second.response.body.size() == 1);
    packs[row.target].insert(found->second.response.body[0].pack);
  }
  CHECK(of_target["/3/1"] == 3);
  CHECK(of_target[fmt::format("/{}/0", kShared + 2)] == 1);
  // Three imports left three bodies; the same detail shown thrice would name one pack.
  CHECK(packs["/3/1"].size() == 3);
  const auto all = engine.sessions({}, query::Order::oldest_first, {}, 100'000).value();
  for (const query::SessionRow& row : all.rows) {
    const auto found = engine.session(row.id);
    REQUIRE(found);
    CHECK(test::packets_of(*snapshot, found->second) == 10);
    query::Filter filter;
    filter.sources = {row.id.source};
    filter.session_number = row.id.number;
    CHECK(engine.communications(filter, query::Order::oldest_first, {}, 100)->rows.size() == 2);
  }
}

TEST_CASE("the same files read in the same order have the same ids in every store", "[pipeline]") {
  test::TempFolder folder;
  const auto first = capture_file(folder, "first.pcap", 5);
  const auto longer = capture_file(folder, "longer.pcap", 9);
  std::string texts[2];
  for (int i = 0; i < 2; ++i) {
    const auto path = folder.path() / fmt::format("store{}", i);
    test::import_with_packets(path, first);
    test::import_with_packets(path, longer);
    auto store = store::Store::open(test::store_at(path));
    REQUIRE(store);
    texts[i] = test::exported(**store);
  }
  CHECK(texts[0] == texts[1]);
  // The first file's ids are those that it has alone.
  const auto alone = test::import_into_store(first);
  std::string ids = test::exported(*alone->store);
  const auto id = ids.substr(0, ids.find(','));
  CHECK(id.find("\"id\"") != std::string::npos);
  CHECK(texts[0].find(id) != std::string::npos);
}
