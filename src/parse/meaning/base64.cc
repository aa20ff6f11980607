#include "parse/meaning/base64.h"

#include <algorithm>
#include <cstdint>

#include <openssl/evp.h>

#include "parse/meaning/text.h"

namespace spider::parse::meaning {

bool decode_base64(std::string_view text, Base64 alphabet, std::string& out) {
  out.clear();
  if (text.size() % 4 == 0)
    for (int i = 0; i < 2 && !text.empty() && text.back() == '='; ++i) text.remove_suffix(1);
  if (text.size() % 4 == 1) return false;
  const char c62 = alphabet == Base64::url ? '-' : '+';
  const char c63 = alphabet == Base64::url ? '_' : '/';
  const auto belongs = [&](char c) { return is_letter(c) || is_digit(c) || c == c62 || c == c63; };
  if (!std::all_of(text.begin(), text.end(), belongs)) return false;
  // The library wants the common alphabet in groups of four. What it reads lies behind the room for
  // what it writes.
  const std::size_t padding = (4 - text.size() % 4) % 4;
  const std::size_t groups = (text.size() + padding) / 4;
  out.resize(groups * 3);
  out.append(text).append(padding, '=');
  if (alphabet == Base64::url) {
    const auto from = out.begin() + static_cast<std::ptrdiff_t>(groups * 3);
    std::replace(from, out.end(), '-', '+');
    std::replace(from, out.end(), '_', '/');
  }
  auto* const bytes = reinterpret_cast<unsigned char*>(out.data());
  const int decoded = EVP_DecodeBlock(bytes, bytes + groups * 3, static_cast<int>(groups * 4));
  if (decoded < 0) {
    out.clear();
    return false;
  }
  out.resize(static_cast<std::size_t>(decoded) - padding);
  return true;
}

}  // namespace spider::parse::meaning
