#include "spider/query/text_pattern.h"

#include <utility>

#include "query/find_folded.h"

namespace spider::query {

PatternText literal(std::string_view text) {
  PatternText out;
  out.reserve(text.size());
  for (const char c : text) out.push_back(static_cast<unsigned char>(c));
  return out;
}

TextPattern::TextPattern(const PatternText& pattern, bool inside)
    : open_front_(inside), open_back_(inside) {
  Piece piece;
  bool star = false;  // the character before
  const auto close = [&] {
    if (!piece.text.empty()) pieces_.push_back(std::exchange(piece, {}));
  };
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char16_t c = pattern[i];
    star = c == kAnyRun;
    if (star) {
      if (i == 0) open_front_ = true;
      close();
      continue;
    }
    piece.text.push_back(c == kAnyByte ? '?' : folded(static_cast<char>(c)));
    if (c == kAnyByte || !piece.wild.empty()) {
      piece.wild.resize(piece.text.size());
      piece.wild.back() = c == kAnyByte ? 1 : 0;
    }
  }
  close();
  if (star) open_back_ = true;
  // The empty text is the whole of an empty text.
  if (pieces_.empty() && !open_front_ && !open_back_) pieces_.emplace_back();
}

bool TextPattern::Piece::at(const char* place) const noexcept {
  if (wild.empty()) return same_folded(place, text);
  for (std::size_t i = 0; i < text.size(); ++i)
    if (wild[i] == 0 && folded(place[i]) != text[i]) return false;
  return true;
}

const char* TextPattern::Piece::in(const char* from, const char* end) const noexcept {
  if (wild.empty()) return find_folded(from, end, text);
  for (; static_cast<std::size_t>(end - from) >= text.size(); ++from)
    if (at(from)) return from;
  return nullptr;
}

bool TextPattern::matches(std::string_view text) const noexcept {
  const char* from = text.data();
  const char* end = from + text.size();
  std::size_t first = 0;
  std::size_t last = pieces_.size();
  if (!open_front_ && first < last) {
    const Piece& piece = pieces_[first++];
    if (static_cast<std::size_t>(end - from) < piece.text.size() || !piece.at(from)) return false;
    from += piece.text.size();
    if (first == last && !open_back_) return from == end;
  }
  if (!open_back_ && first < last) {
    const Piece& piece = pieces_[--last];
    if (static_cast<std::size_t>(end - from) < piece.text.size()) return false;
    end -= piece.text.size();
    if (!piece.at(end)) return false;
  }
  for (; first < last; ++first) {
    from = pieces_[first].in(from, end);
    if (from == nullptr) return false;
    from += pieces_[first].text.size();
  }
  return true;
}

std::string_view TextPattern::only_part() const noexcept {
  if (!open_front_ || !open_back_ || pieces_.size() != 1 || !pieces_.front().wild.empty())
    return {};
  return pieces_.front().text;
}

void TextPattern::append_name(std::string& out) const {
  out += open_front_ ? " *" : " =";
  out += open_back_ ? '*' : '=';
  for (const Piece& piece : pieces_) {
    out += std::to_string(piece.text.size());
    out += piece.wild.empty() ? ' ' : '?';
    out += piece.text;
    for (const char wild : piece.wild) out += wild != 0 ? '1' : '0';
  }
}

}  // namespace spider::query
