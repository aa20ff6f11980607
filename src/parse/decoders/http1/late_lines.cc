// Header lines behind the place where a head is cut (parse.head_max_kib). The head keeps its first
// lines; those behind the cut are read one by one, folds included (RFC 9112 5.2), for what they say
// about the framing, so that even an absurd head does not lose the place.

#include <algorithm>

#include "spider/parse/codes.h"

#include "parse/decoders/http1/message_parser.h"

namespace spider::parse::http1 {
namespace {
// By now a line's name is known.
constexpr std::size_t kLateNameMax = 512;

// A bare CR reads as a blank (2.2). The CR of the empty line counts as well: nothing follows it.
[[nodiscard]] bool goes_on(char first) noexcept {
  return first == ' ' || first == '\t' || first == '\r';
}

// Where the last header line of `head` begins, its folds included.
[[nodiscard]] std::size_t last_line_of(std::string_view head) noexcept {
  const std::size_t first = head.find('\n') + 1;  // the start line is none of them
  std::size_t at = head.size();
  while (at > first) {
    at = head.rfind('\n', at - 2) + 1;
    if (!goes_on(head[at])) break;
  }
  return std::max(at, first);
}
}  // namespace

// What is kept of the head is read now: the order of its lines counts. Its last line goes with
// those behind the cut when it may frame, since it may go on there; so does one that is cut itself.
void MessageParser::cut_head() {
  Message& m = *message_;
  const std::string_view kept = m.head.text();
  const bool between = kept.ends_with('\n');
  std::size_t line = last_line_of(kept);
  late_at_line_ = between;
  late_skip_ = !may_frame(kept.substr(line));
  pending_.clear();
  if (!late_skip_) {
    pending_.append(base::as_bytes(kept.substr(line)));
  } else {
    line = kept.rfind('\n') + 1;
  }
  m.head.truncate(line);
  read_fields(m, lane_.meaning.wanted());
}

void MessageParser::keep_overlong(base::Bytes bytes) {
  if (!head_full_) {
    head_full_ = true;
    message_->note(codes::head_too_long);
    const std::size_t room = head_max() - message_->head.size();
    message_->head.append(bytes.first(room));
    bytes = bytes.subspan(room);
    cut_head();
  }
  while (!bytes.empty()) {
    const std::string_view text = base::as_text(bytes);
    if (late_at_line_ && !goes_on(text.front())) late_line_done();
    const std::size_t lf = text.find('\n');
    const std::size_t n = lf == std::string_view::npos ? text.size() : lf + 1;
    late_at_line_ = lf != std::string_view::npos;
    take_late(bytes.first(n));
    bytes = bytes.subspan(n);
  }
}

// A line that frames is kept up to the size of a head; of any other not more than its name.
void MessageParser::take_late(base::Bytes bytes) {
  while (!late_skip_ && !bytes.empty()) {
    const bool named = pending_.size() >= kLateNameMax;
    const std::size_t room = (named ? head_max() : kLateNameMax) - pending_.size();
    const std::size_t n = std::min(room, bytes.size());
    if (n == 0) {
      // Nobody can say what it says.
      framing_line_too_long(pending_.text(), *message_);
      late_skip_ = true;
    } else {
      pending_.append(bytes.first(n));
      bytes = bytes.subspan(n);
      const bool known = pending_.size() == kLateNameMax || (bytes.empty() && late_at_line_);
      if (known) late_skip_ = !may_frame(pending_.text());
    }
  }
  if (late_skip_) pending_.clear();
}

void MessageParser::late_line_done() {
  if (!late_skip_) read_framing_line(pending_.text(), *message_);
  pending_.clear();
  late_skip_ = false;
}

}  // namespace spider::parse::http1
