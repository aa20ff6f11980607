#include "api/assets.h"

#include <algorithm>

namespace spider::api {
namespace {

struct MediaType {
  std::string_view suffix;
  std::string_view type;
};
constexpr MediaType kTypes[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".woff", "font/woff"},
    {".json", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".txt", "text/plain; charset=utf-8"},
};

constexpr std::string_view kNoPage =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Spider</title></head>"
    "<body><h1>Spider</h1><p>This binary was built without the page: Node was not there, or "
    "SPIDER_WEB was off. Build it with <code>./dev build</code>.</p><p>The API works: begin at "
    "<a href=\"/api/v1/\">/api/v1/</a>.</p></body></html>\n";

constexpr std::string_view kNothingHere =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Spider</title></head>"
    "<body><h1>Spider</h1><p>There is nothing at this address. The page is at <a href=\"/\">/</a>, "
    "the API at <a href=\"/api/v1/\">/api/v1/</a>.</p></body></html>\n";

[[nodiscard]] std::string_view type_of(std::string_view path) {
  for (const MediaType& row : kTypes)
    if (path.ends_with(row.suffix)) return row.type;
  return "application/octet-stream";
}

[[nodiscard]] const Asset* find(std::string_view path) {
  const auto page = embedded_page();
  const auto at = std::find_if(page.begin(), page.end(),
                               [&](const Asset& asset) { return asset.path == path; });
  return at == page.end() ? nullptr : &*at;
}

}  // namespace

Answer asset_answer(std::string_view path) {
  Answer answer;
  answer.policy = Policy::page;
  const Asset* asset = find(path == "/" ? "/index.html" : path);
  if (asset == nullptr && path != "/" && path != "/index.html") {
    answer.status = 404;
    answer.type = type_of(".html");
    answer.body = kNothingHere;
    answer.cache = "no-cache";
    return answer;
  }
  answer.type = asset == nullptr ? type_of(".html") : type_of(asset->path);
  answer.body = asset == nullptr ? kNoPage : asset->bytes;
  // Vite puts a hash of the content into the names under /assets/: they never change.
  const bool hashed = asset != nullptr && asset->path.starts_with("/assets/");
  answer.cache = hashed ? "public, max-age=31536000, immutable" : "no-cache";
  return answer;
}

}  // namespace spider::api
