#pragma once
// How much room the disk of a folder has. Any thread.

#include <cstdint>
#include <filesystem>
#include <string>

namespace spider::store {

// What this process may still write there; the most that there is when nobody can tell.
[[nodiscard]] std::uint64_t bytes_left(const std::filesystem::path& path) noexcept;

// The same in words, for a message; it is what anybody but root may use.
[[nodiscard]] std::string room_on(const std::filesystem::path& path);

}  // namespace spider::store
