// A block of the day of `./dev bench --queries`: encoding its rows, reading its columns, and
// finding rows in them as filters do.

#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "queries/day.h"
#include "store/block_encoder.h"
#include "store/format/matches.h"
#include "store/format/numbers.h"
#include "store/format/summary.h"

namespace {

using namespace spider;
using store::ColumnId;

constexpr std::uint32_t kRows = 4'096;

// Rows of the day as the store buffers them.
const store::RowBuffer& day_rows() {
  static const store::RowBuffer kFilled = [] {
    store::RowBuffer rows;
    bench::Day day(2026, kRows, base::Time::from_us(1'760'054'400'000'000));
    bench::Exchange e;
    while (day.next(e)) {
      const std::string host = bench::host_name(e.host);
      model::Communication c;
      c.session = {model::SourceId{1}, e.connection_start, e.connection};
      c.ordinal = e.ordinal;
      c.client = {model::IpAddress::v4(0x0A00'0000U + e.client), e.client_port};
      c.server = {model::IpAddress::v4(0x0A80'0000U + e.host % bench::kServers), 80};
      c.start = e.start;
      c.end = e.end;
      c.method = bench::kMethods[e.method];
      c.target = e.target;
      c.host = host;
      c.status = e.status;
      c.response_type = bench::kTypes[e.type];
      c.request.present = c.response.present = true;
      c.request.head = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
      c.response.head = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
      rows.add(c);
    }
    return rows;
  }();
  return kFilled;
}

const store::EncodedBlock& encoded() {
  static const store::EncodedBlock kBlock = [] {
    store::BlockEncoder encoder;
    store::EncodedBlock out;
    encoder.encode(day_rows(), model::SourceId{1}, store::RecordKind::http, 7, 0, day_rows().rows(),
                   out);
    return out;
  }();
  return kBlock;
}

// The column's run.
base::ByteReader column(ColumnId id) {
  return base::ByteReader(base::as_bytes(encoded().part(static_cast<std::size_t>(id)).substr(2)));
}
void per_row(benchmark::State& state) { state.SetItemsProcessed(state.iterations() * kRows); }

void encode_block(benchmark::State& state) {
  store::BlockEncoder encoder;
  store::EncodedBlock out;
  for (auto _ : state)
    encoder.encode(day_rows(), model::SourceId{1}, store::RecordKind::http, 7, 0, day_rows().rows(),
                   out);
  per_row(state);
  state.counters["bytes_per_row"] = static_cast<double>(out.parts.bytes.size()) / kRows;
}
BENCHMARK(encode_block)->Unit(benchmark::kMicrosecond);

void decode_summary(benchmark::State& state) {
  const std::string value = store::format::encode_summary(encoded().info);
  const store::format::BlockKey key = store::format::key_of(encoded().info);
  for (auto _ : state) {
    store::BlockInfo out;
    if (store::format::decode_summary(key, base::as_bytes(value), out) !=
        store::format::ValueState::ok)
      state.SkipWithError("damaged");
    benchmark::DoNotOptimize(out);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(decode_summary);

void decode_numbers(benchmark::State& state) {
  const auto id = static_cast<ColumnId>(state.range(0));
  std::vector<std::int64_t> out;
  for (auto _ : state) {
    base::ByteReader in = column(id);
    if (!store::format::decode_numbers(in, kRows, out)) state.SkipWithError("damaged");
    benchmark::DoNotOptimize(out.data());
  }
  per_row(state);
}
BENCHMARK(decode_numbers)
    ->ArgName("column")
    ->Arg(static_cast<int>(ColumnId::start))
    ->Arg(static_cast<int>(ColumnId::duration))
    ->Arg(static_cast<int>(ColumnId::status));

// What the cache of columns makes of statuses.
void narrow_numbers(benchmark::State& state) {
  std::string out;
  for (auto _ : state) {
    if (!store::format::narrow_numbers(column(ColumnId::status), kRows, out))
      state.SkipWithError("not narrowed");
    benchmark::DoNotOptimize(out.data());
  }
  per_row(state);
}
BENCHMARK(narrow_numbers);

void decode_texts(benchmark::State& state) {
  const auto id = static_cast<ColumnId>(state.range(0));
  store::TextColumn out;
  for (auto _ : state) {
    base::ByteReader in = column(id);
    if (!store::format::decode_texts(in, kRows, out)) state.SkipWithError("damaged");
    benchmark::DoNotOptimize(out.bytes.data());
  }
  per_row(state);
}
BENCHMARK(decode_texts)
    ->ArgName("column")
    ->Arg(static_cast<int>(ColumnId::host))
    ->Arg(static_cast<int>(ColumnId::target));

// All rows against a range, on the packed codes.
void scan_numbers(benchmark::State& state) {
  std::vector<std::uint32_t> rows;
  for (auto _ : state) {
    base::ByteReader in = column(ColumnId::status);
    if (!store::format::match_numbers(in, kRows, 404, 404, rows)) state.SkipWithError("damaged");
    benchmark::DoNotOptimize(rows.data());
  }
  per_row(state);
}
BENCHMARK(scan_numbers);

// The rows that a first filter left, one in `left`.
void scan_some_numbers(benchmark::State& state) {
  std::vector<std::uint32_t> some;
  for (std::uint32_t row = 0; row < kRows; row += static_cast<std::uint32_t>(state.range(0)))
    some.push_back(row);
  std::vector<std::uint32_t> rows;
  for (auto _ : state) {
    rows = some;
    base::ByteReader in = column(ColumnId::status);
    if (!store::format::keep_matches(in, kRows, 404, 404, rows)) state.SkipWithError("damaged");
    benchmark::DoNotOptimize(rows.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(some.size()));
}
BENCHMARK(scan_some_numbers)->ArgName("left")->Arg(8)->Arg(100);

}  // namespace
