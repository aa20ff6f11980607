#include "store/format/sums.h"

namespace spider::store::format {
namespace {

enum RollupTag : std::uint32_t { kCells = 1, kCellsLost = 2 };
enum QualityTag : std::uint32_t { kCounts = 1, kCountsLost = 2 };
enum SourceTag : std::uint32_t {
  kName = 1,
  kType,
  kCreated,
  kPurgedBefore,
  kRuns,
  kRunsPurged,
  kUploadState,  // from here on: of uploads
  kFile,
  kBytes,
  kBytesKnown,
  kContent,
  kBegan,
  kEnded,
  kSpan,
  kPackets,
  kCommunications,
  kSessions,
  kTrouble,
  kKeptFrom,  // the last of them
  // What was removed of the kinds behind communications: tag + number of the kind.
  kBodiesBelow = 32,
  kRemovedBefore = kBodiesBelow,
};
enum IdsTag : std::uint32_t { kBlock = 1, kPack = 2 };
enum MethodsTag : std::uint32_t { kMethod = 1 };
enum SettingTag : std::uint32_t { kText = 1 };

constexpr std::uint8_t kRunsFrom = 4;  // the first version of sources that count their runs

// Opens the value and walks its fields.
template <class Visit>
ValueState decode(base::Bytes value, Visit&& visit) {
  base::ByteReader in(value);
  const ValueState state = open_value(in);
  if (state != ValueState::ok) return state;
  return for_each_field(in, visit) ? ValueState::ok : ValueState::corrupt;
}

}  // namespace

std::string encode_rollup(const std::vector<RollupCell>& cells, Past past) {
  std::string payload;
  ByteWriter p(payload);
  p.varint(cells.size());
  for (const RollupCell& c : cells) {
    p.u8(c.status_class);
    p.varint(c.method);
    p.varint(c.opened);
    p.varint(c.closed);
  }
  std::string out;
  FieldWriter w(out);
  w.field(kCells, payload);
  w.number(kCellsLost, past == Past::lost ? 1 : 0);
  return out;
}

ValueState decode_rollup(base::Bytes value, std::vector<RollupCell>& out, Past* past) {
  out.clear();
  if (past != nullptr) *past = Past::whole;
  return decode(value, [&](std::uint64_t tag, base::ByteReader& f) {
    if (tag == kCellsLost && f.varint() != 0 && past != nullptr) *past = Past::lost;
    if (tag != kCells) return;
    const std::uint64_t count = f.varint();
    if (count > f.remaining() / 4) return f.fail();  // a cell takes four bytes at least
    out.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) {
      RollupCell c;
      c.status_class = f.u8();
      const std::uint64_t method = f.varint();
      c.opened = f.varint();
      c.closed = f.varint();
      if (c.status_class >= kStatusClasses || method >= kMethodsMax) return f.fail();
      c.method = static_cast<MethodId>(method);
      out.push_back(c);
    }
  });
}

std::string encode_quality(const model::QualityCounts& counts, Past past) {
  std::string payload;
  ByteWriter p(payload);
  p.varint(counts.values.size());
  for (const std::uint64_t v : counts.values) p.varint(v);
  std::string out;
  FieldWriter w(out);
  w.field(kCounts, payload);
  w.number(kCountsLost, past == Past::lost ? 1 : 0);
  return out;
}

ValueState decode_quality(base::Bytes value, model::QualityCounts& out, Past* past) {
  out = {};
  if (past != nullptr) *past = Past::whole;
  return decode(value, [&](std::uint64_t tag, base::ByteReader& f) {
    if (tag == kCountsLost && f.varint() != 0 && past != nullptr) *past = Past::lost;
    if (tag != kCounts) return;
    const std::uint64_t count = f.varint();
    // A newer version may have more counters; the order never changes.
    for (std::uint64_t i = 0; i < count && !f.failed(); ++i) {
      const std::uint64_t v = f.varint();
      if (i < out.values.size()) out.values[i] = v;
    }
  });
}

namespace {

void put_upload(FieldWriter& w, const UploadInfo& upload) {
  w.number(kUploadState, static_cast<std::uint64_t>(upload.state));
  w.text(kFile, upload.file);
  w.number(kBytes, upload.bytes);
  w.number(kBytesKnown, upload.bytes_known);
  w.text(kContent, upload.content);
  w.number(kBegan, static_cast<std::uint64_t>(upload.began.ns));
  if (upload.ended != base::Time::min())
    w.number(kEnded, static_cast<std::uint64_t>(upload.ended.ns));
  if (upload.first <= upload.last) {
    std::string span;
    ByteWriter bytes(span);
    bytes.svarint(upload.first.ns);
    bytes.svarint(upload.last.ns);
    w.field(kSpan, span);
  }
  w.number(kPackets, upload.packets);
  w.number(kCommunications, upload.communications);
  w.number(kSessions, upload.sessions);
  w.text(kTrouble, upload.trouble);
  if (upload.kept_from != base::Time::min())
    w.number(kKeptFrom, static_cast<std::uint64_t>(upload.kept_from.ns));
}

void take_upload(std::uint64_t tag, base::ByteReader& f, SourceInfo& out) {
  if (!out.upload) out.upload.emplace();
  UploadInfo& u = *out.upload;
  switch (tag) {
    case kUploadState: {
      const std::uint64_t state = f.varint();
      if (state < 1 || state > static_cast<std::uint64_t>(UploadState::cancelled)) return f.fail();
      u.state = static_cast<UploadState>(state);
      return;
    }
    case kFile:
      u.file = base::as_text(f.rest());
      return;
    case kBytes:
      u.bytes = f.varint();
      return;
    case kBytesKnown:
      u.bytes_known = f.varint();
      return;
    case kContent:
      u.content = base::as_text(f.rest());
      return;
    case kBegan:
      u.began = {static_cast<std::int64_t>(f.varint())};
      return;
    case kEnded:
      u.ended = {static_cast<std::int64_t>(f.varint())};
      return;
    case kSpan:
      u.first = {f.svarint()};
      u.last = {f.svarint()};
      return;
    case kPackets:
      u.packets = f.varint();
      return;
    case kCommunications:
      u.communications = f.varint();
      return;
    case kSessions:
      u.sessions = f.varint();
      return;
    case kTrouble:
      u.trouble = base::as_text(f.rest());
      return;
    case kKeptFrom:
      u.kept_from = {static_cast<std::int64_t>(f.varint())};
      return;
    default:
      return;
  }
}

}  // namespace

std::string encode_source(const SourceInfo& source) {
  std::string out;
  FieldWriter w(out);
  w.text(kName, source.name);
  w.text(kType, source.type);
  w.number(kCreated, static_cast<std::uint64_t>(source.created.ns));
  if (source.purged_before != base::Time::min())
    w.number(kPurgedBefore, static_cast<std::uint64_t>(source.purged_before.ns));
  w.number(kRuns, source.runs);
  w.number(kRunsPurged, source.runs_purged);
  if (source.upload) put_upload(w, *source.upload);
  w.number(kBodiesBelow, source.bodies_below);
  for (std::uint32_t i = 1; i < model::kKeptKinds; ++i)
    if (source.removed_before[i] != base::Time::min())
      w.number(kRemovedBefore + i, static_cast<std::uint64_t>(source.removed_before[i].ns));
  return out;
}

ValueState decode_source(base::Bytes value, SourceInfo& out) {
  out = {};
  // Before runs were counted all of them had the number 0.
  if (!value.empty() && value[0] < kRunsFrom) out.runs = 1;
  return decode(value, [&](std::uint64_t tag, base::ByteReader& f) {
    if (tag == kName) out.name = base::as_text(f.rest());
    if (tag == kType) out.type = base::as_text(f.rest());
    if (tag == kCreated) out.created = {static_cast<std::int64_t>(f.varint())};
    if (tag == kPurgedBefore) {
      out.purged_before = {static_cast<std::int64_t>(f.varint())};
      out.removed_before[0] = out.purged_before;
    }
    if (tag == kBodiesBelow) out.bodies_below = f.varint();
    if (tag > kRemovedBefore && tag < kRemovedBefore + model::kKeptKinds)
      out.removed_before[tag - kRemovedBefore] = {static_cast<std::int64_t>(f.varint())};
    if (tag == kRuns) out.runs = static_cast<std::uint32_t>(f.varint());
    if (tag == kRunsPurged) out.runs_purged = static_cast<std::uint32_t>(f.varint());
    if (tag >= kUploadState && tag <= kKeptFrom) take_upload(tag, f, out);
  });
}

std::string encode_ids(const NextIds& ids) {
  std::string out;
  FieldWriter w(out);
  w.number(kBlock, ids.block);
  w.number(kPack, ids.pack);
  return out;
}

ValueState decode_ids(base::Bytes value, NextIds& out) {
  out = {};
  return decode(value, [&](std::uint64_t tag, base::ByteReader& f) {
    if (tag == kBlock) out.block = f.varint();
    if (tag == kPack) out.pack = f.varint();
  });
}

std::string encode_methods(const std::vector<std::string>& methods) {
  std::string out;
  FieldWriter w(out);
  for (const std::string& m : methods) w.field(kMethod, m);
  return out;
}

ValueState decode_methods(base::Bytes value, std::vector<std::string>& out) {
  out.clear();
  return decode(value, [&](std::uint64_t tag, base::ByteReader& f) {
    if (tag != kMethod) return;
    if (out.size() == kMethodsMax) return f.fail();
    out.emplace_back(base::as_text(f.rest()));
  });
}

std::string encode_setting(std::string_view value) {
  std::string out;
  FieldWriter(out).text(kText, value);
  return out;
}

ValueState decode_setting(base::Bytes value, std::string& out) {
  out.clear();
  return decode(value, [&](std::uint64_t tag, base::ByteReader& f) {
    if (tag == kText) out = base::as_text(f.rest());
  });
}

}  // namespace spider::store::format
