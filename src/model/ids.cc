#include "spider/model/ids.h"

#include <charconv>

#include <fmt/format.h>

namespace spider::model {
namespace {

// One "-"-separated number of the text.
template <class T>
[[nodiscard]] bool take(std::string_view& text, T& out, int base, bool last) {
  const std::size_t dash = text.find('-');
  if ((dash == std::string_view::npos) != last) return false;
  const std::string_view part = text.substr(0, dash);
  if (part.empty()) return false;
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), out, base);
  if (error != std::errc{} || end != part.data() + part.size()) return false;
  text.remove_prefix(last ? text.size() : dash + 1);
  return true;
}

}  // namespace

std::string to_text(const SessionId& id) {
  return fmt::format("{}-{:x}-{:x}", static_cast<std::uint32_t>(id.source),
                     static_cast<std::uint64_t>(id.start.ns), id.number);
}

std::string to_text(const CommunicationId& id) {
  return fmt::format("{}-{:x}-{:x}-{:x}", static_cast<std::uint32_t>(id.source),
                     static_cast<std::uint64_t>(id.start.ns), id.session_number, id.ordinal);
}

std::optional<SessionId> parse_session_id(std::string_view text) {
  std::uint32_t source = 0;
  std::uint64_t start = 0;
  SessionId id;
  if (!take(text, source, 10, false) || !take(text, start, 16, false) ||
      !take(text, id.number, 16, true))
    return std::nullopt;
  id.source = SourceId{source};
  id.start.ns = static_cast<std::int64_t>(start);
  return id;
}

std::optional<CommunicationId> parse_communication_id(std::string_view text) {
  std::uint32_t source = 0;
  std::uint64_t start = 0;
  CommunicationId id;
  if (!take(text, source, 10, false) || !take(text, start, 16, false) ||
      !take(text, id.session_number, 16, false) || !take(text, id.ordinal, 16, true))
    return std::nullopt;
  id.source = SourceId{source};
  id.start.ns = static_cast<std::int64_t>(start);
  return id;
}

}  // namespace spider::model
