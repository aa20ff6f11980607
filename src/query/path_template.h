#pragma once
// template_of(): a request target as the template of its path: what lies before the question mark,
// with segments that look like a value of their own replaced by a word for their kind. Computed
// where it is asked for and stored nowhere (docs/decisions/0031), so that a better rule is right
// for old communications too.
//
// One rule decides for one segment (the text between two slashes), whatever the others are, so
// equal paths always have equal templates. A template is its own template, has at most twice the
// bytes of its path and one more, and is the path itself where no segment fits a rule. Any bytes;
// any thread.

#include <span>
#include <string>
#include <string_view>

namespace spider::query {

// What takes the place of a segment, in the order in which the rules are asked.
struct TemplateRule {
  std::string_view word;
  bool (*fits)(std::string_view segment) noexcept;
  bool in_names;  // fits pieces of a file's name as well: "app.9f1c2d3e.js"
  std::string_view what;
  std::string_view source;
};
[[nodiscard]] std::span<const TemplateRule> template_rules() noexcept;

// Good as long as `target` and `scratch`, which is written over. No memory is taken once `scratch`
// has held the longest.
[[nodiscard]] std::string_view template_of(std::string_view target, std::string& scratch);

}  // namespace spider::query
