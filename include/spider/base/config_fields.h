#pragma once
// Options declared once. Each floor's config.h has structs with defaults and one table of fields;
// reading spider.toml, bounds, `spider check`, GET /api/v1/config and docs/configuration.md walk
// it.
//
//   struct CaptureConfig {
//     std::uint32_t ring_mib = 32;
//     static auto fields() {
//       using C = CaptureConfig;
//       return std::tuple{base::field("ring_mib", &C::ring_mib, "MiB of packets a ring holds.", 1U,
//       4096U)};
//     }
//   };
//
// Value types: bool, std::int64_t, std::uint32_t, std::uint64_t, double, std::string,
// std::vector<std::string>.

#include <limits>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

namespace spider::base {

template <class C, class T>
struct Field {
  std::string_view name;
  T C::*member;
  std::string_view help;
  T min{};
  T max{};
  bool bounded = false;
  bool live = false;  // may change without a restart
};

template <class C, class T>
[[nodiscard]] Field<C, T> field(std::string_view name, T C::*member, std::string_view help) {
  return {name, member, help, T{}, T{}, false, false};
}
template <class C, class T>
[[nodiscard]] Field<C, T> field(std::string_view name, T C::*member, std::string_view help,
                                std::type_identity_t<T> min, std::type_identity_t<T> max) {
  return {name, member, help, min, max, true, false};
}

// Calls visit(Field) for each field of C, in the table's order.
template <class C, class Visit>
void for_each_field(Visit&& visit) {
  std::apply([&](const auto&... f) { (visit(f), ...); }, C::fields());
}

}  // namespace spider::base
