#include "store/run_marks.h"

#include <charconv>

#include <fmt/format.h>

namespace spider::store {
namespace {

// Takes a number and the character behind it, if one is asked for.
template <class T>
[[nodiscard]] bool take(std::string_view& from, T& out, char behind = '\0') {
  const auto [end, error] = std::from_chars(from.data(), from.data() + from.size(), out);
  if (error != std::errc()) return false;
  from.remove_prefix(static_cast<std::size_t>(end - from.data()));
  if (behind == '\0') return from.empty();
  if (from.empty() || from.front() != behind) return false;
  from.remove_prefix(1);
  return true;
}

[[nodiscard]] bool take_word(std::string_view& from, std::string_view word) {
  if (!from.starts_with(word)) return false;
  from.remove_prefix(word.size());
  return true;
}

}  // namespace

// Of fixed length, so that the order of the names is that of the numbers.
std::string run_mark_name(model::SourceId source, std::uint32_t number) {
  return fmt::format("{}/{:010}", run_marks_of(source), number);
}

std::string run_marks_of(model::SourceId source) {
  return fmt::format("{}{:010}", kRunMarks, static_cast<std::uint32_t>(source));
}

std::string run_mark_text(const RunMark& mark) {
  std::string out = fmt::format("{} {}", mark.live ? "live" : "import", mark.begun.us());
  if (mark.lost) out += fmt::format(" lost {}", mark.found.us());
  return out;
}

std::optional<RunMark> read_run_mark(std::string_view name, std::string_view text) {
  RunMark out;
  std::uint32_t source = 0;
  if (!take_word(name, kRunMarks) || !take(name, source, '/') || !take(name, out.number))
    return std::nullopt;
  out.source = model::SourceId{source};
  out.live = take_word(text, "live ");
  if (!out.live && !take_word(text, "import ")) return std::nullopt;
  std::int64_t begun = 0;
  std::int64_t found = 0;
  const std::size_t space = text.find(' ');
  out.lost = space != std::string_view::npos;
  if (!(out.lost ? take(text, begun, ' ') : take(text, begun))) return std::nullopt;
  if (out.lost && !(take_word(text, "lost ") && take(text, found))) return std::nullopt;
  out.begun = base::Time::from_us(begun);
  if (out.lost) out.found = base::Time::from_us(found);
  return out;
}

}  // namespace spider::store
