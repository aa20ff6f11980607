#pragma once
// Whether a file was imported before, by its content.

#include <string>

#include "spider/base/result.h"

#include "app/books.h"

namespace spider::app {

// base::ContentHash of a regular file; empty for anything else, and when it cannot be read to its
// end, which whoever imports it will say.
[[nodiscard]] std::string content_of(const std::string& path);

// What is said of a file that the whisperer has.
[[nodiscard]] base::Error known_file(const std::string& path, const SameFile& known);

}  // namespace spider::app
