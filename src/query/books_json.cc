#include "spider/query/books_json.h"

namespace spider::query {
namespace {

void write_state(JsonWriter& json, const model::QualityCounts& books, bool under_way) {
  json.field("state", books_state(model::balanced(books) ? 0 : 1, under_way));
}

void write_terms(JsonWriter& json, std::string_view key, std::span<const model::Quality> terms,
                 const model::QualityCounts& books) {
  json.key(key).begin_object();
  for (const model::Quality q : terms)
    json.field(model::kQualityInfo[static_cast<std::size_t>(q)].name, books[q]);
  json.end_object();
}

void write_sides(JsonWriter& json, const model::BooksSides& sides) {
  json.field("left", sides.left).field("right", sides.right);
  json.field("difference", sides.difference());
}

}  // namespace

std::string_view books_state(std::int64_t difference, bool under_way) noexcept {
  if (difference == 0) return "balanced";
  return under_way ? "under_way" : "unbalanced";
}

void write_laws(JsonWriter& json, const model::QualityCounts& books, bool under_way) {
  write_state(json, books, under_way);
  json.key("laws").begin_array();
  for (const model::BooksLaw& law : model::kBooksLaws) {
    const model::BooksSides sides = model::weigh(law, books);
    json.begin_object().field("name", law.name).field("help", law.help);
    json.field("state", books_state(sides.difference(), under_way));
    write_sides(json, sides);
    write_terms(json, "left_terms", law.left, books);
    write_terms(json, "right_terms", law.right, books);
    json.end_object();
  }
  json.end_array();
}

void write_law_sums(JsonWriter& json, const model::QualityCounts& books, bool under_way) {
  write_state(json, books, under_way);
  json.key("laws").begin_array();
  for (const model::BooksLaw& law : model::kBooksLaws) {
    json.begin_object().field("name", law.name);
    write_sides(json, model::weigh(law, books));
    json.end_object();
  }
  json.end_array();
}

}  // namespace spider::query
