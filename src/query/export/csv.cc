// Communications as CSV (RFC 4180): a header line, CRLF ends, quotes where needed. Bytes of the
// wire are written as the JSON has them, one character per byte.
//
// A cell that begins with = + - @, a tab or a line end may be run as a formula by a spreadsheet,
// and the wire may hold anything: such text gets an apostrophe in front, which spreadsheets take
// for "this is text"; which of a cell's first apostrophes is ours can be told. Numbers are our own
// and stay as they are.

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "spider/query/codes.h"

#include "query/export/writer.h"
#include "query/path_template.h"

namespace spider::query {
namespace {

struct Cell {
  std::string& out;
  const Names& names;

  void number(std::uint64_t value) const { fmt::format_to(std::back_inserter(out), "{}", value); }
  void number(std::int64_t value) const { fmt::format_to(std::back_inserter(out), "{}", value); }
  // Our own words, which hold nothing to be quoted.
  void word(std::string_view text) const { out += text; }
  // Somebody else's, by bytes.
  void captured(std::string_view bytes) const {
    if (bytes.empty()) return;
    constexpr std::string_view kFormula = "=+-@\t\r\n";
    // Apostrophes of its own before such a sign get one more, so that one can always be taken off.
    const std::size_t at = bytes.find_first_not_of('\'');
    const bool formula =
        at != std::string_view::npos && kFormula.find(bytes[at]) != std::string_view::npos;
    const bool quoted = bytes.find_first_of(",\"\r\n") != std::string_view::npos;
    if (quoted) out += '"';
    if (formula) out += '\'';
    for (const char c : bytes) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '"') {
        out += "\"\"";
      } else if (byte < 0x80) {
        out += c;
      } else {  // U+0080 to U+00FF
        out += static_cast<char>(0xC0U | byte >> 6U);
        out += static_cast<char>(0x80U | (byte & 0x3FU));
      }
    }
    if (quoted) out += '"';
  }
  // Of a span that may not have been seen; as in the JSON.
  void micros(base::Time begin, const std::optional<base::Duration>& value) const {
    if (value) number((begin + *value).us() - begin.us());
  }
};

struct Column {
  std::string_view name;
  bool usual;
  void (*write)(const Cell& cell, const CommunicationRow& row);
};

[[nodiscard]] base::Time asked(const CommunicationRow& r) {
  return r.id.start + r.request_transfer.value_or(base::Duration{});
}
[[nodiscard]] base::Time answered(const CommunicationRow& r) {
  return asked(r) + r.wait.value_or(base::Duration{});
}

void flags(const Cell& cell, std::uint16_t bits) {
  bool first = true;
  each_flag(bits, [&](std::string_view name) {
    if (!first) cell.word(" ");
    cell.word(name);
    first = false;
  });
}

// "name=value" lines in one cell.
void entries(const Cell& cell, std::string lines) {
  std::replace(lines.begin(), lines.end(), '\n', ' ');
  cell.captured(lines);
}

// The names are those of the JSON.
constexpr Column kColumns[] = {
    {"id", true, [](const Cell& c, const CommunicationRow& r) { c.word(model::to_text(r.id)); }},
    {"start", true,
     [](const Cell& c, const CommunicationRow& r) { c.word(base::to_iso_exact(r.id.start)); }},
    {"end", false,
     [](const Cell& c, const CommunicationRow& r) { c.word(base::to_iso_exact(r.end)); }},
    {"start_us", false,
     [](const Cell& c, const CommunicationRow& r) { c.number(r.id.start.us()); }},
    {"end_us", false, [](const Cell& c, const CommunicationRow& r) { c.number(r.end.us()); }},
    {"duration_us", true,
     [](const Cell& c, const CommunicationRow& r) { c.number(r.end.us() - r.id.start.us()); }},
    {"whisperer", true,
     [](const Cell& c, const CommunicationRow& r) { c.captured(c.names.whisperer(r.id.source)); }},
    {"session_id", false,
     [](const Cell& c, const CommunicationRow& r) { c.word(model::to_text(r.session)); }},
    {"ordinal", false,
     [](const Cell& c, const CommunicationRow& r) { c.number(std::uint64_t{r.id.ordinal}); }},
    {"client_ip", true,
     [](const Cell& c, const CommunicationRow& r) { c.word(model::to_text(r.client.ip)); }},
    {"client_port", true,
     [](const Cell& c, const CommunicationRow& r) { c.number(std::uint64_t{r.client.port}); }},
    {"server_ip", true,
     [](const Cell& c, const CommunicationRow& r) { c.word(model::to_text(r.server.ip)); }},
    {"server_port", true,
     [](const Cell& c, const CommunicationRow& r) { c.number(std::uint64_t{r.server.port}); }},
    {"method", true,
     [](const Cell& c, const CommunicationRow& r) {
       if (r.has_request()) c.captured(r.method);
     }},
    {"host", true,
     [](const Cell& c, const CommunicationRow& r) {
       if (r.has_request()) c.captured(r.host);
     }},
    {"path", true,
     [](const Cell& c, const CommunicationRow& r) {
       if (r.has_request()) c.captured(r.target);
     }},
    {"template", false,
     [](const Cell& c, const CommunicationRow& r) {
       std::string scratch;
       if (r.has_request()) c.captured(template_of(r.target, scratch));
     }},
    {"status", true,
     [](const Cell& c, const CommunicationRow& r) {
       if (r.has_response()) c.number(std::uint64_t{r.status});
     }},
    {"state", true, [](const Cell& c, const CommunicationRow& r) { c.word(name(r.state)); }},
    {"http_version", false,
     [](const Cell& c, const CommunicationRow& r) {
       if (r.http_minor != model::kHttpVersionMissing) c.word(fmt::format("1.{}", r.http_minor));
     }},
    {"request_type", true,
     [](const Cell& c, const CommunicationRow& r) { c.captured(r.request_type); }},
    {"response_type", true,
     [](const Cell& c, const CommunicationRow& r) { c.captured(r.response_type); }},
    {"response_encoding", false,
     [](const Cell& c, const CommunicationRow& r) { c.captured(r.response_encoding); }},
    {"request_body_bytes", true,
     [](const Cell& c, const CommunicationRow& r) {
       if (r.has_request()) c.number(r.request_body_bytes);
     }},
    {"response_body_bytes", true,
     [](const Cell& c, const CommunicationRow& r) {
       if (r.has_response()) c.number(r.response_body_bytes);
     }},
    {"request_wire_bytes", false,
     [](const Cell& c, const CommunicationRow& r) {
       if (r.has_request()) c.number(r.request_wire_bytes);
     }},
    {"response_wire_bytes", false,
     [](const Cell& c, const CommunicationRow& r) {
       if (r.has_response()) c.number(r.response_wire_bytes);
     }},
    {"connect_us", true,
     [](const Cell& c, const CommunicationRow& r) { c.micros(r.session.start, r.connect); }},
    {"request_us", true,
     [](const Cell& c, const CommunicationRow& r) { c.micros(r.id.start, r.request_transfer); }},
    {"wait_us", true, [](const Cell& c, const CommunicationRow& r) { c.micros(asked(r), r.wait); }},
    {"response_us", true,
     [](const Cell& c, const CommunicationRow& r) { c.micros(answered(r), r.response_transfer); }},
    {"ended_after_us", false,
     [](const Cell& c, const CommunicationRow& r) { c.micros(r.end, r.ended_after); }},
    {"missing_bytes", true,
     [](const Cell& c, const CommunicationRow& r) { c.number(r.missing_bytes); }},
    {"retransmitted_bytes", true,
     [](const Cell& c, const CommunicationRow& r) { c.number(r.retransmitted_bytes); }},
    {"codes", true,
     [](const Cell& c, const CommunicationRow& r) {
       for (std::size_t i = 0; i < r.codes.size(); ++i) {
         if (i > 0) c.word(" ");
         c.word(c.names.code(r.codes[i]));
       }
     }},
    {"request_flags", false,
     [](const Cell& c, const CommunicationRow& r) { flags(c, r.request_flags); }},
    {"response_flags", false,
     [](const Cell& c, const CommunicationRow& r) { flags(c, r.response_flags); }},
    {"origin", false,
     [](const Cell& c, const CommunicationRow& r) { c.captured(r.meaning.origin); }},
    {"via", false, [](const Cell& c, const CommunicationRow& r) { c.captured(r.meaning.via); }},
    {"identity_kind", false,
     [](const Cell& c, const CommunicationRow& r) {
       if (r.meaning.identity_kind != model::IdentityKind::none)
         c.word(name(r.meaning.identity_kind));
     }},
    {"identity", false,
     [](const Cell& c, const CommunicationRow& r) { c.captured(r.meaning.identity); }},
    {"claims", false,
     [](const Cell& c, const CommunicationRow& r) { entries(c, r.meaning.claims); }},
    {"correlation_ids", false,
     [](const Cell& c, const CommunicationRow& r) { entries(c, r.meaning.correlation); }},
    {"location", false,
     [](const Cell& c, const CommunicationRow& r) { c.captured(r.meaning.location); }},
};

class CsvWriter final : public ExportWriter {
 public:
  CsvWriter(const ExportParts& parts, std::vector<const Column*> columns)
      : parts_(parts), columns_(std::move(columns)) {}
  void begin(std::string& out) override {
    for (const Column* column : columns_) {
      if (column != columns_.front()) out += ',';
      out += column->name;
    }
    out += "\r\n";
  }
  base::Result<void> row(const ExportRow& row, std::string& out) override {
    const Cell cell{out, parts_.names};
    for (const Column* column : columns_) {
      if (column != columns_.front()) out += ',';
      column->write(cell, row.row);
    }
    out += "\r\n";
    return {};
  }
  base::Result<void> end(std::string&) override { return {}; }

 private:
  const ExportParts parts_;
  const std::vector<const Column*> columns_;
};

}  // namespace

std::string csv_column_names() {
  std::string out;
  for (const Column& column : kColumns) {
    if (!out.empty()) out += ", ";
    out += column.name;
  }
  return out;
}

namespace {

[[nodiscard]] base::Result<std::vector<const Column*>> columns_of(
    const std::vector<std::string>& names) {
  std::vector<const Column*> columns;
  for (const Column& column : kColumns)
    if (names.empty() && column.usual) columns.push_back(&column);
  for (const std::string& word : names) {
    const auto at = std::find_if(std::begin(kColumns), std::end(kColumns),
                                 [&](const Column& column) { return column.name == word; });
    if (at == std::end(kColumns))
      return base::fail(codes::bad_query,
                        fmt::format("columns: there is none named '{}'; known are {}.",
                                    word.substr(0, 100), csv_column_names()));
    columns.push_back(&*at);
  }
  return columns;
}

}  // namespace

base::Result<void> check_csv_columns(const std::vector<std::string>& names) {
  SPIDER_TRY(columns_of(names));
  return {};
}

base::Result<std::unique_ptr<ExportWriter>> csv_writer(const ExportParts& parts) {
  SPIDER_TRY_LET(columns, columns_of(parts.request.columns));
  return std::make_unique<CsvWriter>(parts, std::move(columns));
}

}  // namespace spider::query
