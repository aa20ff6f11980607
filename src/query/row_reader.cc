#include "query/row_reader.h"

#include <algorithm>
#include <cstring>

namespace spider::query {
namespace {

using store::ColumnId;

[[nodiscard]] std::optional<base::Duration> duration(std::int64_t ns) {
  if (ns == store::kNone) return std::nullopt;
  return base::Duration{ns};
}

[[nodiscard]] model::IpAddress address(std::string_view sixteen) {
  return model::IpAddress::kept(base::as_bytes(sixteen));
}

[[nodiscard]] std::vector<std::uint16_t> codes(std::string_view bytes) {
  std::vector<std::uint16_t> out;
  base::ByteReader reader(base::as_bytes(bytes));
  while (reader.remaining() >= 2) out.push_back(reader.be16());
  return out;
}

}  // namespace

base::Result<const RowReader::Columns*> RowReader::columns(const store::BlockPtr& block) {
  for (auto it = kept_.begin(); it != kept_.end(); ++it) {
    if (it->block->id != block->id) continue;
    kept_.splice(kept_.begin(), kept_, it);
    return &kept_.front();
  }
  if (damaged_ == block->id) return tl::unexpected(damage_);
  if (kept_.size() >= kKept) kept_.pop_back();
  kept_.emplace_front();
  if (const auto done = read(block, kept_.front()); !done) {
    kept_.pop_front();
    damaged_ = block->id;
    damage_ = done.error();
    return tl::unexpected(damage_);
  }
  return &kept_.front();
}

void RowReader::expect(const std::vector<BlockMerge::Item>& items) {
  kept_.clear();
  expected_.clear();
  for (const BlockMerge::Item& item : items) expected_[item.block->id].push_back(item.row);
  for (auto& entry : expected_) std::sort(entry.second.begin(), entry.second.end());
}

void RowReader::expect(const store::RowRef& row) {
  kept_.clear();
  expected_.clear();
  expected_[row.block->id] = {row.row};
}

base::Result<void> RowReader::read_rows(const store::BlockPtr& block,
                                        const std::vector<std::uint32_t>& rows,
                                        Columns& out) const {
  for (const store::ColumnInfo& info : store::kColumns) {
    if (!store::has_column(kind_, info)) continue;
    const auto at = static_cast<std::size_t>(info.id);
    if (info.type == store::ColumnType::number) {
      SPIDER_TRY(snapshot_.pick_numbers(*block, info.id, rows, out.numbers[at]));
    } else {
      SPIDER_TRY(snapshot_.pick_texts(*block, info.id, rows, out.texts[at]));
    }
  }
  out.expected = rows;
  return {};
}

base::Result<void> RowReader::read(const store::BlockPtr& block, Columns& out) const {
  out.block = block;
  if (const auto rows = expected_.find(block->id); rows != expected_.end())
    return read_rows(block, rows->second, out);
  for (const store::ColumnInfo& info : store::kColumns) {
    if (!store::has_column(kind_, info)) continue;
    const auto at = static_cast<std::size_t>(info.id);
    if (info.type == store::ColumnType::number)
      SPIDER_TRY(snapshot_.numbers(*block, info.id, out.numbers[at]));
    else
      SPIDER_TRY(snapshot_.text(*block, info.id, out.texts[at]));
  }
  return {};
}

base::Result<CommunicationRow> RowReader::communication(const store::BlockPtr& block,
                                                        std::uint32_t row_in_block) {
  SPIDER_TRY_LET(c, columns(block));
  const std::uint32_t row = c->place(row_in_block);
  CommunicationRow out;
  const base::Time start{c->number(ColumnId::start, row)};
  out.id = {block->source, start, c->count(ColumnId::session_number, row),
            static_cast<std::uint32_t>(c->count(ColumnId::ordinal, row))};
  out.session = {block->source, {c->number(ColumnId::session_start, row)}, out.id.session_number};
  out.end = start + base::Duration{c->number(ColumnId::duration, row)};
  out.client = {address(c->text(ColumnId::client_ip, row)),
                static_cast<std::uint16_t>(c->number(ColumnId::client_port, row))};
  out.server = {address(c->text(ColumnId::server_ip, row)),
                static_cast<std::uint16_t>(c->number(ColumnId::server_port, row))};
  out.method = c->text(ColumnId::method, row);
  out.target = c->text(ColumnId::target, row);
  out.host = c->text(ColumnId::host, row);
  out.status = static_cast<std::uint16_t>(c->number(ColumnId::status, row));
  out.http_minor = static_cast<int>(c->number(ColumnId::http_minor, row));
  out.state = static_cast<model::CommunicationState>(c->number(ColumnId::state, row));
  const std::int64_t flags = c->number(ColumnId::flags, row);
  out.request_flags = static_cast<std::uint16_t>(flags);
  out.response_flags = static_cast<std::uint16_t>(flags >> 16);
  out.codes = codes(c->text(ColumnId::codes, row));
  out.request_type = c->text(ColumnId::request_type, row);
  out.response_type = c->text(ColumnId::response_type, row);
  out.response_encoding = c->text(ColumnId::response_encoding, row);
  out.meaning.origin_header =
      static_cast<model::OriginHeader>(c->count(ColumnId::origin_header, row));
  out.meaning.identity_kind =
      static_cast<model::IdentityKind>(c->count(ColumnId::identity_kind, row));
  out.meaning.origin = c->text(ColumnId::origin, row);
  out.meaning.via = c->text(ColumnId::via, row);
  out.meaning.identity = c->text(ColumnId::identity, row);
  out.meaning.claims = c->text(ColumnId::claims, row);
  out.meaning.correlation = c->text(ColumnId::correlation, row);
  out.meaning.location = c->text(ColumnId::location, row);
  out.request_body_bytes = c->count(ColumnId::request_body_bytes, row);
  out.response_body_bytes = c->count(ColumnId::response_body_bytes, row);
  out.request_wire_bytes = c->count(ColumnId::request_wire_bytes, row);
  out.response_wire_bytes = c->count(ColumnId::response_wire_bytes, row);
  out.missing_bytes = c->count(ColumnId::missing_bytes, row);
  out.retransmitted_bytes = c->count(ColumnId::retransmitted_bytes, row);
  out.connect = duration(c->number(ColumnId::connect, row));
  out.ended_after = duration(c->number(ColumnId::ended_after, row));
  out.request_transfer = duration(c->number(ColumnId::request_transfer, row));
  out.wait = duration(c->number(ColumnId::wait, row));
  out.response_transfer = duration(c->number(ColumnId::response_transfer, row));
  return out;
}

base::Result<SessionRow> RowReader::session(const store::BlockPtr& block,
                                            std::uint32_t row_in_block) {
  SPIDER_TRY_LET(c, columns(block));
  const std::uint32_t row = c->place(row_in_block);
  SessionRow out;
  const base::Time start{c->number(ColumnId::start, row)};
  out.id = {block->source, start, c->count(ColumnId::session_number, row)};
  out.end = start + base::Duration{c->number(ColumnId::duration, row)};
  out.client = {address(c->text(ColumnId::client_ip, row)),
                static_cast<std::uint16_t>(c->number(ColumnId::client_port, row))};
  out.server = {address(c->text(ColumnId::server_ip, row)),
                static_cast<std::uint16_t>(c->number(ColumnId::server_port, row))};
  out.close = static_cast<model::CloseReason>(c->number(ColumnId::close, row));
  out.mid_stream = c->number(ColumnId::mid_stream, row) == 1;
  out.vlan = static_cast<std::uint16_t>(c->count(ColumnId::vlan, row));
  out.decoder = c->text(ColumnId::decoder, row);
  out.communications = c->count(ColumnId::communications, row);
  out.client_packets = c->count(ColumnId::client_packets, row);
  out.server_packets = c->count(ColumnId::server_packets, row);
  out.client_bytes = c->count(ColumnId::client_bytes, row);
  out.server_bytes = c->count(ColumnId::server_bytes, row);
  out.gaps = c->count(ColumnId::gaps, row);
  out.missing_bytes = c->count(ColumnId::missing_bytes, row);
  out.retransmissions = c->count(ColumnId::retransmissions, row);
  out.retransmitted_bytes = c->count(ColumnId::retransmitted_bytes, row);
  out.connect = duration(c->number(ColumnId::connect, row));
  out.packets_saved = c->number(ColumnId::packets_saved, row) == 1;
  out.codes = codes(c->text(ColumnId::codes, row));
  out.outer = c->text(ColumnId::outer, row);
  return out;
}

}  // namespace spider::query
