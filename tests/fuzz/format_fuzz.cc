// Stored values of any content: decoding never crashes, never reads past the end, never costs more
// memory than its bounds; and what was decoded survives being encoded again.
//
// Input: a byte that chooses the decoder, two bytes of row count, then the value, which is placed
// so that it ends at a page that may not be read.

#include <cstring>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

#include "spider/base/check.h"

#include "store/format/detail.h"
#include "store/format/packs.h"
#include "store/format/status.h"
#include "store/format/summary.h"
#include "store/format/sums.h"
#include "store/format/texts.h"

namespace {

using namespace spider;
using namespace spider::store;
using namespace spider::store::format;

// Bytes at the end of a mapping whose next page is forbidden.
class Guarded {
 public:
  explicit Guarded(base::Bytes bytes) {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    size_ = (bytes.size() + page - 1) / page * page + page;
    at_ = static_cast<std::uint8_t*>(
        ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    SPIDER_CHECK(at_ != MAP_FAILED, "memory for the input");
    std::uint8_t* end = at_ + size_ - page;
    SPIDER_CHECK(::mprotect(end, page, PROT_NONE) == 0, "the page behind the input is closed");
    if (!bytes.empty()) std::memcpy(end - bytes.size(), bytes.data(), bytes.size());
    bytes_ = {end - bytes.size(), bytes.size()};
  }
  ~Guarded() { ::munmap(at_, size_); }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;
  [[nodiscard]] base::Bytes bytes() const noexcept { return bytes_; }

 private:
  std::uint8_t* at_;
  std::size_t size_;
  base::Bytes bytes_;
};

void numbers(base::Bytes bytes, std::size_t rows) {
  base::ByteReader in(bytes);
  std::vector<std::int64_t> run;
  if (!decode_numbers(in, rows, run)) return;
  SPIDER_CHECK(run.size() == rows, "as many numbers as asked for");
  std::string again;
  ByteWriter w(again);
  NumberEncoder().put(run, w);
  base::ByteReader in_again(base::as_bytes(again));
  std::vector<std::int64_t> back;
  SPIDER_CHECK(decode_numbers(in_again, rows, back) && back == run,
               "numbers survive being encoded again");
}

void texts(base::Bytes bytes, std::size_t rows) {
  base::ByteReader in(bytes);
  TextColumn column;
  if (!decode_texts(in, rows, column)) return;
  SPIDER_CHECK(column.rows() == rows, "as many texts as asked for");
  std::vector<std::string_view> views;
  for (std::size_t i = 0; i < rows; ++i) views.push_back(column.row(i));
  std::string again;
  ByteWriter w(again);
  NumberEncoder number_encoder;
  Compressor compressor;
  TextEncoder().put(views, Codec::lz4, number_encoder, compressor, w);
  base::ByteReader in_again(base::as_bytes(again));
  TextColumn back;
  SPIDER_CHECK(decode_texts(in_again, rows, back), "texts survive being encoded again");
  for (std::size_t i = 0; i < rows; ++i)
    SPIDER_CHECK(back.row(i) == views[i], "each text is the same");
}

void details(base::Bytes bytes, std::size_t rows) {
  DetailRows out;
  if (decode_detail(bytes, rows, out) != ValueState::ok) return;
  HttpDetail http;
  SessionDetail session;
  for (std::size_t i = 0; i < rows; ++i) {
    static_cast<void>(out.http(i, http));
    static_cast<void>(out.session(i, model::SourceId{1}, session));
  }
}

void packets(base::Bytes bytes, std::size_t only_session) {
  PacketIndex index;
  if (decode_packet_index(bytes, only_session, index) == ValueState::ok)
    SPIDER_CHECK(index.rows() == 0 || index.links.size() == index.rows(), "columns of one length");
  PacketIndexHead head;
  static_cast<void>(decode_packet_index_head(bytes, head));
}

void sums(base::Bytes bytes) {
  std::vector<RollupCell> cells;
  if (decode_rollup(bytes, cells) == ValueState::ok)
    for (const RollupCell& c : cells)
      SPIDER_CHECK(c.status_class < kStatusClasses, "a known status class");
  model::QualityCounts counts;
  static_cast<void>(decode_quality(bytes, counts));
  SourceInfo source;
  static_cast<void>(decode_source(bytes, source));
  NextIds ids;
  static_cast<void>(decode_ids(bytes, ids));
  std::vector<std::string> methods;
  if (decode_methods(bytes, methods) == ValueState::ok)
    SPIDER_CHECK(methods.size() <= kMethodsMax, "a bounded table");
  std::string setting;
  static_cast<void>(decode_setting(bytes, setting));
  model::StatePeriod period;
  if (decode_state(bytes, period) == ValueState::ok) static_cast<void>(encode_state(period));
  model::SavingChange change;
  static_cast<void>(decode_saving(bytes, change));
  model::Observation observation;
  if (decode_observation(bytes, observation) == ValueState::ok)
    static_cast<void>(encode_observation(observation));
  base::Time alive;
  static_cast<void>(decode_alive(bytes, alive));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const Guarded guarded({data + 3, size - 3});
  const base::Bytes bytes = guarded.bytes();
  const std::size_t rows = (data[1] | static_cast<std::size_t>(data[2]) << 8U) % 5'000;
  switch (data[0] % 7) {
    case 0:
      numbers(bytes, rows);
      break;
    case 1:
      texts(bytes, rows);
      break;
    case 2:
      details(bytes, rows);
      break;
    case 3:
      packets(bytes, rows % 4);
      break;
    case 4:
      sums(bytes);
      break;
    case 5: {
      std::vector<char> out;
      if (decode_segment(bytes, out) == ValueState::ok)
        SPIDER_CHECK(out.size() <= kSegmentBytes, "a segment within its bound");
      break;
    }
    default: {
      BlockInfo block;
      if (decode_summary({}, bytes, block) == ValueState::ok) {
        SPIDER_CHECK(block.rows > 0 && block.rows <= kRowsMax, "rows within their bound");
        SPIDER_CHECK(block.end_max >= block.start_min, "a block ends after it begins");
      }
    }
  }
  return 0;
}
