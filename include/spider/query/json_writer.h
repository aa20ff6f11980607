#pragma once
// JsonWriter: the only writer of JSON. Appends to a string; commas and quotes are its business.
// Captured bytes are no text of any known charset: they are written byte by byte as U+0000..U+00FF,
// so every byte can be told from the JSON and nothing is lost or guessed.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spider::query {

// All of it is well-formed UTF-8 (RFC 3629).
[[nodiscard]] bool is_utf8(std::string_view bytes) noexcept;

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);  // ASCII, ours

  JsonWriter& text(std::string_view utf8);       // our own words
  JsonWriter& captured(std::string_view bytes);  // bytes of the wire
  // The name of a file: as UTF-8 where it is that, byte by byte as captured() where it is not.
  JsonWriter& file_name(std::string_view bytes) {
    return is_utf8(bytes) ? text(bytes) : captured(bytes);
  }
  JsonWriter& number(std::int64_t value);
  JsonWriter& number(std::uint64_t value);
  JsonWriter& number(double value);
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  JsonWriter& raw(std::string_view json);  // a value that is JSON already

  JsonWriter& field(std::string_view name, std::string_view value) { return key(name).text(value); }
  JsonWriter& field(std::string_view name, const char* value) { return key(name).text(value); }
  JsonWriter& field(std::string_view name, const std::string& value) {
    return key(name).text(value);
  }
  JsonWriter& field(std::string_view name, std::int64_t value) { return key(name).number(value); }
  JsonWriter& field(std::string_view name, std::uint64_t value) { return key(name).number(value); }
  JsonWriter& field(std::string_view name, std::uint32_t value) {
    return key(name).number(std::uint64_t{value});
  }
  JsonWriter& field(std::string_view name, int value) {
    return key(name).number(std::int64_t{value});
  }
  JsonWriter& field(std::string_view name, double value) { return key(name).number(value); }
  JsonWriter& field(std::string_view name, bool value) { return key(name).boolean(value); }

 private:
  void before_value();

  std::string& out_;
  std::vector<bool> has_items_;  // per open object or array
  bool after_key_ = false;
};

}  // namespace spider::query
