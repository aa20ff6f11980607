#include "app/books.h"

#include <fmt/format.h>

#include "spider/query/books_json.h"
#include "spider/query/json_writer.h"
#include "spider/query/record_json.h"

namespace spider::app {
namespace {

using model::Quality;

// 1234567 -> "1,234,567"
[[nodiscard]] std::string grouped(std::uint64_t n) {
  std::string out = std::to_string(n);
  for (std::size_t i = out.size(); i > 3; i -= 3) out.insert(i - 3, 1, ',');
  return out;
}

// "name 3, other 1" of the counters of a kind that are not zero.
[[nodiscard]] std::string causes(const model::QualityCounts& books, std::span<const Quality> of) {
  std::string out;
  for (const Quality q : of) {
    if (books[q] == 0) continue;
    std::string name(model::kQualityInfo[static_cast<std::size_t>(q)].name);
    for (char& c : name)
      if (c == '_') c = ' ';
    out += (out.empty() ? "" : ", ") + fmt::format("{} {}", name, grouped(books[q]));
  }
  return out.empty() ? "" : " (" + out + ")";
}

[[nodiscard]] std::uint64_t sum(const model::QualityCounts& books, std::span<const Quality> of) {
  std::uint64_t out = 0;
  for (const Quality q : of) out += books[q];
  return out;
}

// The laws that do not hold, or that all do.
[[nodiscard]] std::string laws_text(const model::QualityCounts& books) {
  std::string out;
  for (const model::BooksLaw& law : model::kBooksLaws) {
    const model::BooksSides sides = model::weigh(law, books);
    if (sides.difference() == 0) continue;
    out += fmt::format("  NOT BALANCED    {}: {} against {}{}, {} apart\n", law.name,
                       grouped(sides.left), grouped(sides.right), causes(books, law.right),
                       sides.difference());
  }
  if (!out.empty()) return out;
  return fmt::format("  books           all {} sums are balanced\n", model::kBooksLaws.size());
}

// As the API writes it.
void write_range(query::JsonWriter& json, const pipeline::ImportResult& result) {
  if (result.first <= result.last) {
    query::write_time(json, "first", result.first, query::TimeForm::both);
    query::write_time(json, "last", result.last, query::TimeForm::both);
    return;
  }
  for (const char* name : {"first", "first_us", "last", "last_us"}) json.key(name).null();
}

}  // namespace

std::string books_text(const NamedResult& import) {
  const model::QualityCounts& b = import.result.books;
  constexpr Quality filtered[] = {Quality::not_ip, Quality::not_tcp, Quality::filtered,
                                  Quality::mirror_duplicate, Quality::skipped_empty};
  constexpr Quality lost[] = {Quality::malformed, Quality::link_unsupported,
                              Quality::fragment_dropped, Quality::flow_refused,
                              Quality::ring_dropped};
  std::string out = fmt::format("{}: {} packets, {} bytes, {:.2f} s\n", import.file,
                                grouped(b[Quality::packets_received]), grouped(import.result.bytes),
                                import.seconds);
  if (!import.place.empty())
    out +=
        fmt::format("  into            whisperer \"{}\" of {}\n", import.whisperer, import.place);
  if (const auto upload = static_cast<std::uint32_t>(import.result.upload); upload != 0)
    out += fmt::format("  upload          {}\n", upload);
  if (import.same)
    out += fmt::format("  same file       as upload {} of \"{}\" ({})\n", import.same->id,
                       import.same->whisperer, import.same->file);
  if (import.result.first <= import.result.last)
    out += fmt::format("  from, to        {} {}\n", base::to_iso(import.result.first),
                       base::to_iso(import.result.last));
  out += fmt::format(
      "  packets         {} in TCP sessions, {} fragments joined, {} filtered{}, {} dropped{}\n",
      grouped(b[Quality::tcp_packets]), grouped(b[Quality::fragment_joined]),
      grouped(sum(b, filtered)), causes(b, filtered), grouped(sum(b, lost)), causes(b, lost));
  out += fmt::format(
      "  TCP bytes       {} captured: {} delivered, {} seen before, {} refused; {} missing in {} "
      "gaps\n",
      grouped(b[Quality::tcp_payload_bytes]), grouped(b[Quality::delivered_bytes]),
      grouped(b[Quality::duplicate_bytes]), grouped(b[Quality::refused_bytes]),
      grouped(b[Quality::gap_bytes]), grouped(b[Quality::gaps]));
  out += fmt::format("  sessions        {}\n", grouped(b[Quality::sessions_closed]));
  out += fmt::format(
      "  communications  {} complete, {} partial{}\n", grouped(b[Quality::communications_complete]),
      grouped(b[Quality::communications_partial]), causes(b, model::laws::kPartialBy));
  return out + laws_text(b);
}

std::string books_json(const NamedResult& import) {
  std::string out;
  query::JsonWriter json(out);
  json.begin_object();
  json.key("file").file_name(import.file);
  json.field("whisperer", import.whisperer);
  json.field("bytes", import.result.bytes).field("seconds", import.seconds);
  write_range(json, import.result);
  json.key("trouble");
  if (import.result.trouble) {
    json.begin_object().field("code", import.result.trouble->code.name());
    json.key("detail").file_name(import.result.trouble->detail);  // it begins with the name
    json.end_object();
  } else {
    json.null();
  }
  json.key("upload");
  if (const auto upload = static_cast<std::uint32_t>(import.result.upload); upload != 0) {
    json.begin_object().field("id", std::uint64_t{upload}).key("same_as");
    if (import.same) {
      json.begin_object().field("id", import.same->id).field("whisperer", import.same->whisperer);
      json.key("file").file_name(import.same->file).end_object();
    } else {
      json.null();
    }
    json.end_object();
  } else {
    json.null();
  }
  json.key("books").begin_object();
  query::write_books(json, import.result.books);
  json.end_object();
  query::write_laws(json, import.result.books, false);
  json.end_object();
  return out;
}

}  // namespace spider::app
