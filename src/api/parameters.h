#pragma once
// Parameters: the query part of a request's target, decoded. A name that comes twice has its values
// joined by a comma. Every getter says in words what is wrong (bad_parameter).

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spider/base/result.h"
#include "spider/base/time.h"

namespace spider::api {

inline constexpr std::size_t kParametersMax = 64;

// Percent-decodes; a stray % stays as it is. `plus`: + is a space, as in forms.
[[nodiscard]] std::string percent_decoded(std::string_view text, bool plus);
[[nodiscard]] std::string percent_encoded(std::string_view text);

class Parameters {
 public:
  [[nodiscard]] static base::Result<Parameters> parse(std::string_view query);

  // Error when a parameter is none of these.
  [[nodiscard]] base::Result<void> only(std::initializer_list<std::string_view> names) const;
  // The same with the names of both.
  [[nodiscard]] base::Result<void> only(std::span<const std::string_view> names,
                                        std::initializer_list<std::string_view> more) const;

  [[nodiscard]] bool has(std::string_view name) const;
  // Empty when absent.
  [[nodiscard]] std::string text(std::string_view name) const;
  // Parts between commas, empty ones left out.
  [[nodiscard]] std::vector<std::string> list(std::string_view name) const;
  [[nodiscard]] base::Result<std::uint64_t> number(std::string_view name, std::uint64_t otherwise,
                                                   std::uint64_t min, std::uint64_t max) const;
  [[nodiscard]] base::Result<bool> flag(std::string_view name) const;
  [[nodiscard]] base::Result<std::optional<base::Time>> time(std::string_view name) const;
  // One of the words given; the first when absent.
  [[nodiscard]] base::Result<std::size_t> choice(
      std::string_view name, std::initializer_list<std::string_view> words) const {
    return choice(name, std::span(words.begin(), words.size()));
  }
  [[nodiscard]] base::Result<std::size_t> choice(std::string_view name,
                                                 std::span<const std::string_view> words) const;

  [[nodiscard]] Parameters without(std::string_view name) const;
  // The query again, with some values replaced (or taken out, when empty).
  [[nodiscard]] std::string with(
      std::initializer_list<std::pair<std::string_view, std::string_view>> changes) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace spider::api
