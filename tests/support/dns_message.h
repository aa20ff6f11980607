#pragma once
// DnsMessage: answers of name servers for tests, byte by byte as RFC 1035 4.1 has them.

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "spider/base/byte_reader.h"
#include "spider/model/address.h"

namespace spider::test {

class DnsMessage {
 public:
  static constexpr std::uint16_t kA = 1;
  static constexpr std::uint16_t kCname = 5;
  static constexpr std::uint16_t kAaaa = 28;
  static constexpr std::size_t kQuestion = 12;  // where its name stands

  explicit DnsMessage(std::string_view asked, std::uint16_t type = kA,
                      std::uint16_t flags = 0x8180) {
    for (const unsigned word : {0x1234U, unsigned{flags}, 1U, 0U, 0U, 0U}) put16(word);
    name(asked);
    put16(type);
    put16(1);
  }

  // Parts, for answers that no server would send.
  DnsMessage& name(std::string_view dotted) {
    while (!dotted.empty()) {
      const std::string_view label = dotted.substr(0, dotted.find('.'));
      bytes_.push_back(static_cast<std::uint8_t>(label.size()));
      bytes_.insert(bytes_.end(), label.begin(), label.end());
      dotted.remove_prefix(std::min(dotted.size(), label.size() + 1));
    }
    bytes_.push_back(0);
    return *this;
  }
  DnsMessage& pointer(std::size_t to) { return put16(0xC000U | static_cast<unsigned>(to)); }
  DnsMessage& put16(unsigned v) {
    bytes_.push_back(static_cast<std::uint8_t>(v >> 8U));
    bytes_.push_back(static_cast<std::uint8_t>(v));
    return *this;
  }
  DnsMessage& raw(base::Bytes more) {
    bytes_.insert(bytes_.end(), more.begin(), more.end());
    return *this;
  }
  // What follows a record's owner.
  DnsMessage& rest_of_record(std::uint16_t type, std::size_t length, std::uint16_t of_class = 1) {
    return put16(type).put16(of_class).put16(0).put16(300).put16(static_cast<unsigned>(length));
  }

  // Whole records; `owner` 0: written out as `owner_name`.
  DnsMessage& address(std::string_view ip, std::size_t owner = kQuestion,
                      std::string_view owner_name = {}) {
    const model::IpAddress at = model::parse_ip(ip).value();
    count();
    owner == 0 ? name(owner_name) : pointer(owner);
    const std::size_t size = at.is_v4() ? 4 : 16;
    rest_of_record(at.is_v4() ? kA : kAaaa, size);
    return raw(base::Bytes(at.bytes).last(size));
  }
  DnsMessage& alias(std::string_view to, std::size_t owner = kQuestion) {
    count();
    pointer(owner);
    rest_of_record(kCname, to.size() + 2);
    target_ = bytes_.size();
    return name(to);
  }
  // Where the name of the last alias() stands.
  [[nodiscard]] std::size_t target() const noexcept { return target_; }

  // One more record in the answer section.
  DnsMessage& count() {
    ++bytes_[7];
    return *this;
  }
  DnsMessage& set(std::size_t at, std::uint8_t value) {
    bytes_[at] = value;
    return *this;
  }

  [[nodiscard]] const std::vector<std::uint8_t>& bytes() const noexcept { return bytes_; }

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t target_ = 0;
};

}  // namespace spider::test
