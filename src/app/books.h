#pragma once
// The books of an import in words and as JSON: what came in, what became of it.

#include <string>

#include "spider/pipeline/pipeline.h"

namespace spider::app {

struct NamedResult {
  std::string file;
  pipeline::ImportResult result;
  double seconds = 0;
};

[[nodiscard]] std::string books_text(const NamedResult& import);
// One object: file, bytes, seconds, trouble, and every counter by name.
[[nodiscard]] std::string books_json(const NamedResult& import);

}  // namespace spider::app
