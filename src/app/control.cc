#include "app/control.h"

#include <type_traits>

#include "spider/capture/filter_probe.h"

namespace spider::app {
namespace {

template <class T>
[[nodiscard]] model::ConfigOption::Value value_of(const T& value) {
  if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, std::string> ||
                std::is_same_v<T, std::vector<std::string>> || std::is_same_v<T, double>) {
    return value;
  } else if constexpr (std::is_unsigned_v<T>) {
    return static_cast<std::uint64_t>(value);
  } else {
    return static_cast<std::int64_t>(value);
  }
}

template <class C>
void list_options(std::vector<model::ConfigOption>& out, const std::string& section,
                  const C& config) {
  const C defaults;
  base::for_each_field<C>([&](const auto& field) {
    out.push_back({section, std::string(field.name), value_of(config.*field.member),
                   config.*field.member == defaults.*field.member, std::string(field.help)});
  });
}

}  // namespace

model::PipelineTotals AppControl::totals() const {
  model::PipelineTotals out;
  for (const model::WhispererStatus& whisperer : pipeline_.whisperers())
    out.books += whisperer.books;
  out.communications_written = pipeline_.communications_written();
  out.store_trouble = pipeline_.store_trouble();
  return out;
}

std::vector<model::ConfigOption> AppControl::config() const {
  std::vector<model::ConfigOption> out;
  for_each_section(config_, [&](std::string_view name, const auto& section) {
    list_options(out, std::string(name), section);
  });
  for (const model::WhispererConfig& whisperer : config_.whisperers)
    list_options(out, "whisperer." + whisperer.name, whisperer);
  return out;
}

model::FilterAnswer AppControl::try_filter(const std::string& expression,
                                           const model::Endpoint& client,
                                           const model::Endpoint& server) const {
  return capture::try_filter(expression, client, server);
}

base::Result<std::unique_ptr<model::Import>> AppControl::start_import(const std::string& whisperer,
                                                                      const std::string& name) {
  return pipeline_.start_import(whisperer, name);
}

}  // namespace spider::app
