#include "spider/base/pages.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include <catch2/catch.hpp>
#include <unistd.h>

TEST_CASE("whole pages are given back, and what shares a page with others stays", "[base]") {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::unique_ptr<std::uint8_t, decltype(&std::free)> all(
      static_cast<std::uint8_t*>(std::aligned_alloc(page, 4 * page)), &std::free);
  std::uint8_t* const bytes = all.get();
  const auto sum = [&](std::size_t from, std::size_t to) {
    return std::count(bytes + from, bytes + to, std::uint8_t{7});
  };
  const auto whole = static_cast<std::ptrdiff_t>(page);

  std::fill_n(bytes, 4 * page, std::uint8_t{7});
  spider::base::forget_pages(bytes + 1, 3 * page);
  CHECK(sum(0, page) == whole);
  CHECK(sum(page, 3 * page) == 0);
  CHECK(sum(3 * page, 4 * page) == whole);

  // Less than a page, or no whole one.
  std::fill_n(bytes, 4 * page, std::uint8_t{7});
  spider::base::forget_pages(bytes, page - 1);
  spider::base::forget_pages(bytes + 1, page);
  spider::base::forget_pages(bytes, 0);
  CHECK(sum(0, 4 * page) == 4 * whole);
}
