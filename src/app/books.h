#pragma once
// The books of an import in words and as JSON: what came in, what became of it.

#include <cstdint>
#include <optional>
#include <string>

#include "spider/pipeline/pipeline.h"

namespace spider::app {

// An upload that had the same content.
struct SameFile {
  std::uint64_t id = 0;
  std::string whisperer;
  std::string file;
};

struct NamedResult {
  std::string file;
  pipeline::ImportResult result;
  double seconds = 0;
  std::string whisperer;
  std::string place;  // where it went, in words; empty: nowhere that lasts
  std::optional<SameFile> same;
};

[[nodiscard]] std::string books_text(const NamedResult& import);
// One object: file, whisperer, bytes, seconds, first, last, trouble, and every counter by name.
[[nodiscard]] std::string books_json(const NamedResult& import);

}  // namespace spider::app
