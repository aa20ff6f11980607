#include "parse/decoders/http1/head_fields.h"

#include <algorithm>
#include <cstring>

#include "spider/model/http_head.h"
#include "spider/parse/codes.h"

#include "parse/head_scan.h"

namespace spider::parse::http1 {
namespace {
using model::same_header_name;

[[nodiscard]] constexpr bool blank(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }
[[nodiscard]] std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

enum class Field : std::uint8_t { other, host, length, type, content_coding, transfer_coding };

// Lines whose first letter is none of c, h, t (nor a blank) are of no interest: most of them.
[[nodiscard]] constexpr bool may_matter(char first) noexcept {
  const char c = static_cast<char>(first | 0x20);
  return c == 'c' || c == 'h' || c == 't';
}

// Whether `name` is the word, whose letters are small, in any case: the bit that tells the cases of
// letters apart is set in eight bytes at once, where the word has letters.
template <std::size_t kSize>
[[nodiscard]] bool is_word(std::string_view name, const char (&word)[kSize]) noexcept {
  constexpr std::size_t kBytes = kSize - 1;
  constexpr std::size_t kAtOnce = std::min<std::size_t>(8, kBytes);
  const auto differs = [&](std::size_t at) {
    std::uint64_t said = 0;
    std::uint64_t known = 0;
    std::uint64_t cases = 0;
    for (std::size_t i = 0; i < kAtOnce; ++i)
      if (word[at + i] != '-') cases |= std::uint64_t{0x20} << 8 * i;
    std::memcpy(&said, name.data() + at, kAtOnce);
    std::memcpy(&known, word + at, kAtOnce);
    return (said | cases) ^ known;
  };
  std::uint64_t all = differs(kBytes - kAtOnce);
  for (std::size_t at = 0; at + kAtOnce < kBytes; at += kAtOnce) all |= differs(at);
  return all == 0;
}

[[nodiscard]] Field field_of(std::string_view name) noexcept {
  switch (name.size()) {
    case 4:
      return is_word(name, "host") ? Field::host : Field::other;
    case 12:
      return is_word(name, "content-type") ? Field::type : Field::other;
    case 14:
      return is_word(name, "content-length") ? Field::length : Field::other;
    case 16:
      return is_word(name, "content-encoding") ? Field::content_coding : Field::other;
    case 17:
      return is_word(name, "transfer-encoding") ? Field::transfer_coding : Field::other;
    default:
      return Field::other;
  }
}

// Decimal digits alone; a number that does not fit counts as endless.
[[nodiscard]] bool parse_length(std::string_view text, std::uint64_t& out) noexcept {
  if (text.empty()) return false;
  std::uint64_t value = 0;
  bool over = false;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    over = over || __builtin_mul_overflow(value, std::uint64_t{10}, &value) ||
           __builtin_add_overflow(value, static_cast<std::uint64_t>(c - '0'), &value);
  }
  out = over ? UINT64_MAX : value;
  return true;
}

// RFC 9110 8.6: a list of equal values counts as one; an empty element is no value.
void take_length(std::string_view value, Message& m) {
  for (bool more = true; more;) {
    const std::size_t comma = value.find(',');
    const std::string_view one = trim(value.substr(0, comma));
    more = comma != std::string_view::npos;
    value = more ? value.substr(comma + 1) : std::string_view{};
    std::uint64_t length = 0;
    if (!parse_length(one, length)) {
      m.note(codes::length_invalid);
      m.framing.length_bad = true;
    } else if (!m.framing.has_length) {
      m.framing.length = length;
    } else if (length == m.framing.length) {
      m.note(codes::length_repeated);
    } else {
      m.note(codes::lengths_conflict);
      m.framing.length_bad = true;
    }
    m.framing.has_length = true;
  }
}

// RFC 9112 6.1: what matters is whether chunked comes last. identity, which once said nothing, is
// a coding like any other that is not known.
void take_codings(std::string_view value, Message& m) {
  do {
    const std::size_t comma = value.find(',');
    const std::string_view one = trim(value.substr(0, comma));
    value = comma == std::string_view::npos ? std::string_view{} : value.substr(comma + 1);
    if (one.empty()) continue;
    const bool chunked = same_header_name(one, "chunked");
    if (chunked && m.framing.chunked) m.note(codes::transfer_coding_odd);
    m.framing.has_coding = true;
    m.framing.chunked = chunked;
  } while (!value.empty());
}

// They are read as blanks, as many receivers do; others see an unknown coding or no number.
void note_odd_blanks(std::string_view value, Message& m) {
  if (value.find_first_of("\v\f") != std::string_view::npos) m.note(codes::control_character);
}

[[nodiscard]] TextRef ref(std::string_view head, std::string_view part) noexcept {
  return {static_cast<std::uint32_t>(part.data() - head.data()),
          static_cast<std::uint32_t>(part.size())};
}

void take(Field field, std::string_view whole, Message& m) {
  const std::string_view head = m.head.text();
  const std::string_view value = trim(whole);
  switch (field) {
    case Field::host:
      if (m.host.at == 0) {
        m.host = ref(head, value);
      } else {
        m.note(codes::host_repeated);
      }
      return;
    case Field::type:
      if (m.type.at == 0) m.type = ref(head, value);
      return;
    case Field::content_coding:
      if (m.encoding.at == 0) m.encoding = ref(head, value);
      return;
    case Field::length:
      note_odd_blanks(whole, m);
      take_length(value, m);
      return;
    case Field::transfer_coding:
      note_odd_blanks(whole, m);
      take_codings(value, m);
      return;
    case Field::other:
      return;
  }
}

// `colon` is the line's first, null when it has none.
[[nodiscard]] Field split(std::string_view line, const char* colon, std::string_view& value,
                          Message& m) {
  if (colon == nullptr) return Field::other;
  const auto at = static_cast<std::size_t>(colon - line.data());
  std::string_view name = line.substr(0, at);
  const bool padded = !name.empty() && blank(name.back());
  name = trim(name);
  const Field field = field_of(name);
  if (padded && field != Field::other) m.note(codes::blank_before_colon);
  value = line.substr(at + 1);
  return field;
}

// A whole line that is neither empty nor has a colon (RFC 9112 5).
template <class Line>
[[nodiscard]] bool lacks_colon(const Line& line) noexcept {
  return line.ended && line.colon == nullptr && line.stop != line.begin && *line.begin != '\r';
}

// A line that goes on with the one before it: obs-fold (RFC 9112 5.2), or a bare CR, which reads as
// a blank (2.2).
template <class Lines>
[[nodiscard]] bool goes_on(const Lines& lines, const char* end) noexcept {
  const char* const at = lines.at();
  return at < end && (*at == ' ' || *at == '\t' || (*at == '\r' && at + 1 < end && at[1] != '\n'));
}

template <class Masks>
[[gnu::always_inline]] inline void read_fields_by(Message& m, const meaning::Wanted& wanted) {
  const std::string_view head = m.head.text();
  m.marks.begin(head);
  const char* const end = head.data() + head.size();
  BasicHeadScan<Masks> lines(head);
  typename BasicHeadScan<Masks>::Line line;
  if (!lines.next(line) || !line.ended) return;
  while (lines.next(line)) {
    m.marks.line(head, line, wanted);
    // A bare CR reads as a blank (RFC 9112 2.2), so it cannot begin a name either.
    if (!may_matter(*line.begin)) {
      if (*line.begin == ' ' || *line.begin == '\t')
        m.note(codes::header_folded);
      else if (lacks_colon(line))
        m.note(codes::colon_missing);
      continue;
    }
    if (lacks_colon(line)) m.note(codes::colon_missing);
    std::string_view value;
    const Field field =
        split({line.begin, static_cast<std::size_t>(line.stop - line.begin)}, line.colon, value, m);
    bool folded = false;
    while (goes_on(lines, end)) {
      folded = true;
      lines.next(line);
    }
    if (folded) {
      m.marks.clear();
      m.note(codes::header_folded);
      if (field != Field::other)
        value = {value.data(), static_cast<std::size_t>(line.stop - value.data())};
    }
    if (field != Field::other) take(field, value, m);
  }
  const bool bare = lines.bare_feed();
  const bool control = lines.bare_return() || lines.null();
  if (bare) m.note(codes::bare_line_feed);
  if (control) m.note(codes::control_character);
  if (m.prefix_bytes != 0 && m.prefix_bytes < head.size()) {
    const char behind = head[m.prefix_bytes];
    if (behind != ' ' && behind != '\r' && behind != '\n') m.note(codes::status_line_odd);
  }
}

[[SPIDER_WIDE]] void read_fields_wide(Message& m, const meaning::Wanted& wanted) {
  read_fields_by<WideMasks>(m, wanted);
}

}  // namespace

void read_fields(Message& m, const meaning::Wanted& wanted, bool wide) {
  if (wide) return read_fields_wide(m, wanted);
  read_fields_by<NarrowMasks>(m, wanted);
}

namespace {
[[nodiscard]] bool frames(Field field) noexcept {
  return field == Field::length || field == Field::transfer_coding;
}
}  // namespace

bool may_frame(std::string_view line) noexcept {
  const std::string_view first = line.substr(0, line.find('\n'));
  const std::size_t colon = first.find(':');
  if (colon != std::string_view::npos) return frames(field_of(trim(first.substr(0, colon))));
  // Without a colon a whole line is no header.
  if (first.size() != line.size()) return false;
  if (line.empty()) return true;
  if (!may_matter(line.front())) return false;
  const std::string_view name = trim(line);
  for (const std::string_view known : {"content-length", "transfer-encoding"})
    if (name.size() <= known.size() && same_header_name(name, known.substr(0, name.size())))
      return true;
  return false;
}

void read_framing_line(std::string_view line, Message& m) {
  if (line.empty() || !may_matter(line.front())) return;
  const std::size_t first = line.find('\n');
  if (line.substr(0, first).find(':') == std::string_view::npos) return;
  std::string_view value;
  const Field field = split(line, line.data() + line.find(':'), value, m);
  if (!frames(field)) return;
  const bool folded = first != std::string_view::npos && !trim(line.substr(first)).empty();
  if (folded) m.note(codes::header_folded);
  take(field, value, m);
}

void framing_line_too_long(std::string_view line, Message& m) {
  const Field field = field_of(trim(line.substr(0, line.find(':'))));
  if (field == Field::length) {
    m.note(codes::length_invalid);
    m.framing.has_length = m.framing.length_bad = true;
  } else {
    m.note(codes::transfer_coding_odd);
    m.framing.has_coding = true;
    m.framing.chunked = false;
  }
}

namespace {

// The part that both sides share: Transfer-Encoding before Content-Length.
void note_framing(Message& m) {
  const Framing& f = m.framing;
  if (f.has_coding) {
    if (!f.chunked) m.note(codes::transfer_coding_odd);
    if (f.has_length) m.note(codes::length_and_chunked);
    if (m.minor == 0) m.note(codes::chunked_in_http10);
    if (f.has_length || !f.chunked) m.flags |= model::kMessageFramingOdd;
  }
  if (f.length_bad) m.flags |= model::kMessageFramingOdd;
}

}  // namespace

BodyRule request_body(Message& m) {
  const Framing& f = m.framing;
  note_framing(m);
  if (f.has_coding) {
    if (f.chunked) return {BodyKind::chunked, 0};
    return {BodyKind::unknown, 0};
  }
  if (f.length_bad) return {BodyKind::unknown, 0};
  if (f.has_length && f.length != 0) return {BodyKind::length, f.length};
  return {};
}

BodyRule response_body(Message& m, std::string_view method) {
  const Framing& f = m.framing;
  const bool interim = m.status < 200 && m.status >= 100;
  const bool connected = method == "CONNECT" && m.status >= 200 && m.status < 300;
  if ((interim || connected || m.status == 204) && (f.has_coding || f.has_length))
    m.note(codes::bodiless_framing);
  if (m.status == 101 || connected) return {BodyKind::tunnel, 0};
  if (interim) return {};
  if (method == "HEAD" || m.status == 204 || m.status == 304) return {};
  note_framing(m);
  if (f.has_coding) {
    if (f.chunked) return {BodyKind::chunked, 0};
    return {BodyKind::until_close, 0};
  }
  if (f.has_length && !f.length_bad) return {BodyKind::length, f.length};
  return {BodyKind::until_close, 0};
}

}  // namespace spider::parse::http1
