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

// The file of that path, the page for "/"; 404 for any other: what the page shows is told by the
// parameters of its address. A built-in sheet when the binary was built without the page.
[[nodiscard]] Answer asset_answer(std::string_view path);

}  // namespace spider::api
