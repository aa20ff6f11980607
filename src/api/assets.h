#pragma once
// Assets: the page's files and the OpenAPI document, part of the binary (cmake/SpiderWeb.cmake).

#include <span>
#include <string_view>

#include "api/answer.h"

namespace spider::api {

struct Asset {
  std::string_view path;  // "/assets/index-4f2a.js"
  std::string_view bytes;
};

// Made at build time; sorted by path.
[[nodiscard]] std::span<const Asset> embedded_page();
[[nodiscard]] std::string_view embedded_openapi();

// The file of that path; the page itself for any path that is none, since the page has addresses of
// its own. A built-in sheet when the binary was built without the page.
[[nodiscard]] Answer asset_answer(std::string_view path);

}  // namespace spider::api
