#include "query/block_filter.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "spider/query/engine.h"
#include "spider/store/value_filter.h"

#include "known_store.h"

namespace spider::query {
namespace {

using store::ColumnId;

std::string filter_over(const std::vector<std::string>& values) {
  return store::make_value_filter(std::vector<std::string_view>(values.begin(), values.end()));
}

std::string bytes_of(const model::IpAddress& ip) { return {ip.bytes.begin(), ip.bytes.end()}; }

// A block of whose hosts and clients only filters are known: h0.example to h99.example, 10.0.0.x.
store::BlockInfo filtered_block() {
  std::vector<std::string> hosts;
  std::vector<std::string> clients;
  for (std::uint32_t i = 0; i < 100; ++i) {
    hosts.push_back(fmt::format("h{}.example", i));
    clients.push_back(bytes_of(model::IpAddress::v4(0x0A00'0000U + i)));
  }
  store::BlockInfo block;
  block.rows = 1'000;
  block.columns = {{ColumnId::client_ip, 0, 0, false, false, {}, filter_over(clients)},
                   {ColumnId::host, 0, 0, false, false, {}, filter_over(hosts)}};
  return block;
}

TEST_CASE("a block is ruled out when its filter lacks every host or address asked for",
          "[query][filter]") {
  test::KnownStore store(1, 1);
  const auto snapshot = store.store().reader().snapshot();
  const store::BlockInfo block = filtered_block();
  const auto may = [&](const Filter& filter) {
    return BlockFilter(*snapshot, filter).may_match(block);
  };
  Filter filter;
  filter.hosts = {"h7.example"};
  CHECK(may(filter));
  filter.hosts = {"H99.Example"};
  CHECK(may(filter));
  filter.hosts = {"ledger.example"};
  CHECK_FALSE(may(filter));
  filter.hosts = {"ledger.example", "h7.example"};
  CHECK(may(filter));
  filter.hosts = {"ledger.*"};  // a pattern has no mark
  CHECK(may(filter));
  filter.hosts = {"ledger.example", "h7.*"};
  CHECK(may(filter));

  filter.hosts = {"h7.example"};
  filter.client_ips = {model::IpAddress::v4(0x0A00'0007U)};
  CHECK(may(filter));
  filter.client_ips = {model::IpAddress::v4(0x0B00'0007U)};
  CHECK_FALSE(may(filter));
  filter.client_ips.clear();
  filter.server_ips = {model::IpAddress::v4(0x0B00'0007U)};  // no such column in the summary
  CHECK(may(filter));
}

TEST_CASE("with so many hosts that a filter stands for them, each is still found",
          "[query][filter]") {
  test::TemporaryFolder folder;
  store::StoreConfig config;
  config.path = (folder.path() / "store").string();
  config.block_rows = 1'024;
  auto store = store::Store::open(config);
  REQUIRE(store);
  const auto source = (*store)->source("many", "UPLOAD");
  REQUIRE(source);
  constexpr int kRows = 3'000;
  constexpr int kHosts = 300;  // 300 in the first block, in the others 299
  model::RecordBatch batch(1U << 20U, 1U << 20U, 16);
  batch.source = *source;
  for (int i = 0; i < kRows; ++i) {
    model::Communication c;
    c.session = {*source, {i * 1'000}, static_cast<std::uint64_t>(i) + 1};
    c.start = {i * 1'000};
    c.end = {i * 1'000 + 500};
    c.method = "GET";
    c.target = "/";
    c.host = batch.text.put(fmt::format("Host{}.example", i == 5 ? kHosts - 1 : i % (kHosts - 1)));
    c.status = 200;
    batch.communications.push_back(c);
  }
  REQUIRE((*store)->writer().add(batch));
  REQUIRE((*store)->writer().flush());
  const auto snapshot = (*store)->reader().snapshot();
  const auto blocks =
      snapshot->blocks(store::RecordKind::http, {}, base::Time::min(), base::Time::max());
  REQUIRE(blocks);
  std::size_t filtered = 0;
  for (const auto& block : *blocks)
    filtered += block->column(ColumnId::host)->filter.empty() ? 0U : 1U;
  CHECK(filtered >= 2);
  for (int host = 0; host < kHosts; ++host) {
    Filter filter;
    filter.hosts = {fmt::format("host{}.EXAMPLE", host)};
    const auto page = QueryEngine(*snapshot).communications(filter, Order::oldest_first, {}, 100);
    REQUIRE(page);
    std::size_t expected = 0;
    for (int i = 0; i < kRows; ++i)
      expected += (i == 5 ? kHosts - 1 : i % (kHosts - 1)) == host ? 1U : 0U;
    CHECK(page->rows.size() == expected);
  }
}

}  // namespace
}  // namespace spider::query
