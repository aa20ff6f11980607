#pragma once
// Frozen bytes as text: pairs of hexadecimal digits, 32 bytes on a line.

#include <cctype>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace spider::test {

[[nodiscard]] inline std::string to_hex(std::string_view bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    out += fmt::format("{:02x}{}", static_cast<unsigned char>(bytes[i]), i % 32 == 31 ? "\n" : "");
  return out + "\n";
}

[[nodiscard]] inline std::string from_hex(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string out;
  std::string pair;
  for (char c; in.get(c);) {
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0) continue;
    pair += c;
    if (pair.size() < 2) continue;
    out += static_cast<char>(std::stoi(pair, nullptr, 16));
    pair.clear();
  }
  return out;
}

}  // namespace spider::test
