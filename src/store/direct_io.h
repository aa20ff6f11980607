#pragma once
// Whether files of a folder can be written past the page cache.

#include <filesystem>

namespace spider::store {

// Writes one page that way and removes it. False where the file system cannot (some network and
// memory file systems), and when anything else goes wrong: opening the store tells what.
[[nodiscard]] bool takes_direct_io(const std::filesystem::path& folder) noexcept;

}  // namespace spider::store
