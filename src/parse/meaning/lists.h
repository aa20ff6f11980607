#pragma once
// EntryList: "name=value" lines within bounds; what does not fit is left out whole.

#include <string>
#include <string_view>

#include "spider/parse/meaning.h"

#include "parse/meaning/text.h"

namespace spider::parse::meaning {

class EntryList {
 public:
  void clear() noexcept {
    text_.clear();
    entries_ = 0;
  }
  // Once for each name and value. Empty, long, and values with control characters are left out.
  void add(std::string_view name, std::string_view value) {
    if (value.empty() || value.size() > kIdentityBytesMax || !is_plain(value)) return;
    const std::size_t bytes = name.size() + value.size() + 2;
    if (entries_ == kMeaningEntriesMax || text_.size() + bytes > kMeaningListBytesMax) return;
    if (has(name, value)) return;
    if (!text_.empty()) text_ += '\n';
    text_.append(name).append(1, '=').append(value);
    ++entries_;
  }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  [[nodiscard]] bool has(std::string_view name, std::string_view value) const noexcept {
    for (std::string_view rest = text_; !rest.empty();) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      const std::string_view entry = rest.substr(0, end);
      if (entry.size() == name.size() + 1 + value.size() && entry.starts_with(name) &&
          entry.ends_with(value))
        return true;
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return false;
  }

  std::string text_;
  std::size_t entries_ = 0;
};

}  // namespace spider::parse::meaning
