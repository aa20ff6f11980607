#include "query/group_fields.h"

#include <algorithm>
#include <iterator>

#include "query/path_template.h"

namespace spider::query {
namespace {

using store::ColumnId;

struct FieldInfo {
  GroupField field;
  std::string_view name;
  bool number;
  ColumnId column;
};
// In the order of GroupField.
constexpr FieldInfo kFields[] = {
    {GroupField::host, "host", false, ColumnId::host},
    {GroupField::method, "method", false, ColumnId::method},
    {GroupField::status, "status", true, ColumnId::status},
    {GroupField::status_class, "status_class", true, ColumnId::status},
    {GroupField::state, "state", true, ColumnId::state},
    {GroupField::target, "target", false, ColumnId::target},
    {GroupField::path, "path", false, ColumnId::target},
    {GroupField::path_template, "template", false, ColumnId::target},
    {GroupField::whisperer, "whisperer", true, ColumnId::start},
    {GroupField::client_ip, "client_ip", false, ColumnId::client_ip},
    {GroupField::client_port, "client_port", true, ColumnId::client_port},
    {GroupField::server_ip, "server_ip", false, ColumnId::server_ip},
    {GroupField::server_port, "server_port", true, ColumnId::server_port},
    {GroupField::http_minor, "http_minor", true, ColumnId::http_minor},
    {GroupField::request_type, "request_type", false, ColumnId::request_type},
    {GroupField::response_type, "response_type", false, ColumnId::response_type},
    {GroupField::response_encoding, "response_encoding", false, ColumnId::response_encoding},
    {GroupField::origin, "origin", false, ColumnId::origin},
    {GroupField::via, "via", false, ColumnId::via},
    {GroupField::identity, "identity", false, ColumnId::identity},
    {GroupField::identity_kind, "identity_kind", true, ColumnId::identity_kind},
    {GroupField::location, "location", false, ColumnId::location},
};

[[nodiscard]] const FieldInfo& info(GroupField field) {
  return kFields[static_cast<std::size_t>(field)];
}

// Statuses, ports, kinds: every number that can be grouped by fits sixteen bits.
constexpr std::size_t kNumbers = 65'536;
constexpr std::uint32_t kNoCode = UINT32_MAX;

[[nodiscard]] std::string key_of_number(std::int64_t number) {
  std::string key(8, '\0');
  auto bits = static_cast<std::uint64_t>(number) ^ std::uint64_t{1} << 63U;
  for (std::size_t i = 8; i-- > 0; bits >>= 8U) key[i] = static_cast<char>(bits & 0xFFU);
  return key;
}

[[nodiscard]] std::int64_t number_of_key(std::string_view key) {
  std::uint64_t bits = 0;
  for (const char c : key) bits = bits << 8U | static_cast<unsigned char>(c);
  return static_cast<std::int64_t>(bits ^ std::uint64_t{1} << 63U);
}

// A number that says that there is nothing: no response, nobody who said who he is.
[[nodiscard]] bool stands_for_none(GroupField field) {
  return field == GroupField::status || field == GroupField::status_class ||
         field == GroupField::identity_kind;
}

}  // namespace

std::optional<GroupField> parse_group_field(std::string_view text) {
  for (const FieldInfo& row : kFields)
    if (row.name == text) return row.field;
  return std::nullopt;
}

std::string_view name(GroupField field) noexcept { return info(field).name; }
bool is_number(GroupField field) noexcept { return info(field).number; }

std::string group_field_names() {
  std::string out;
  for (const FieldInfo& row : kFields) {
    if (!out.empty()) out += ", ";
    out += row.name;
  }
  return out;
}

GroupValue value_of_key(GroupField field, std::string_view key) {
  GroupValue out;
  out.none = key.empty();
  if (!out.none && is_number(field)) out.number = number_of_key(key);
  if (!out.none && !is_number(field)) out.text = key;
  return out;
}

// Codes in the order in which the numbers come.
void FieldReader::number_codes(const std::int64_t* values, const std::vector<std::uint32_t>& rows) {
  if (code_of_.empty()) code_of_.assign(kNumbers + 1, kNoCode);
  numbers_.clear();
  const bool zero_is_none = stands_for_none(field_);
  const bool classes = field_ == GroupField::status_class;
  for (const std::uint32_t row : rows) {
    std::int64_t v = values[row];
    if (classes) v = store::status_class(static_cast<std::uint16_t>(v));
    const bool none = v < 0 || v >= static_cast<std::int64_t>(kNumbers) || (zero_is_none && v == 0);
    std::uint32_t& code = code_of_[none ? 0 : static_cast<std::size_t>(v) + 1];
    if (code == kNoCode) {
      code = static_cast<std::uint32_t>(numbers_.size());
      numbers_.push_back(none ? -1 : v);
    }
    row_codes_[row] = code;
  }
  for (const std::int64_t v : numbers_) code_of_[static_cast<std::size_t>(v + 1)] = kNoCode;
  codes_ = numbers_.size();
}

base::Result<void> FieldReader::read(const store::BlockInfo& block, BlockFilter& scan,
                                     const std::vector<std::uint32_t>& rows) {
  if (field_ == GroupField::whisperer) {
    row_codes_.assign(block.rows, 0);
    numbers_.assign(1, static_cast<std::int64_t>(snapshot_.whisperer_of(block.source)));
    codes_ = 1;
    return {};
  }
  const ColumnId column = info(field_).column;
  if (is_number(field_)) {
    SPIDER_TRY_LET(values, scan.numbers(block, column, rows));
    row_codes_.resize(block.rows);
    number_codes(values, rows);
    return {};
  }
  SPIDER_TRY_LET(any, snapshot_.text_if(block, column, rows, text_,
                                        [](const store::TextColumn&) { return true; }));
  static_cast<void>(any);
  row_codes_.swap(text_.codes);
  codes_ = text_.values();
  return {};
}

std::string_view FieldReader::value(std::uint32_t code) {
  if (is_number(field_)) {
    const std::int64_t v = numbers_[code];
    key_ = v < 0 ? std::string() : key_of_number(v);
    return key_;
  }
  const std::string_view text = text_.value(code);
  if (field_ == GroupField::path) return text.substr(0, text.find('?'));
  return field_ == GroupField::path_template ? template_of(text, key_) : text;
}

}  // namespace spider::query
