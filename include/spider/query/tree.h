#pragma once
// Tree: what a text of the filter language (language.h) asks for beyond the lists of a Filter:
// parts that must all hold, of which one must hold, or that must not hold, down to questions about
// one column, the heads or the bodies. Plain data, bounded by the language's limits; any thread.
//
// A row either holds or not: what was never seen has no value, so no question about a value holds,
// and its negation does.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "spider/model/address.h"
#include "spider/model/ids.h"
#include "spider/query/text_pattern.h"
#include "spider/store/schema.h"

namespace spider::query {

// Which messages of an exchange are looked into.
enum class Side : std::uint8_t { either, request, response };

// Which part of a text column is compared.
enum class TextPart : std::uint8_t {
  whole,
  path,           // of a request target: up to its question mark
  path_template,  // of a request target: its path with variable segments replaced
  query,          // of a request target: behind it
  parameter,      // the decoded values of the query's parameter `name`
  entries,        // of a list "name=value" per line: an entry, or the value of entry `name`
};

// Both ends included.
struct NumberSpan {
  std::int64_t low = 0;
  std::int64_t high = 0;
  friend bool operator==(const NumberSpan&, const NumberSpan&) = default;
};

struct Network {
  model::IpAddress address;
  unsigned bits = 128;  // of `address`, from its front, that count
};

struct Question {
  enum class Kind : std::uint8_t {
    number,   // `column` (or the sum of it and `second`) lies in a span
    bits,     // `column` has a bit of `mask`
    text,     // `column` fits a pattern
    address,  // `column` lies in a network, is one of `addresses`, or fits a pattern as text
    code,     // carries any of `codes`
    source,   // is of any of `sources`
    heads,    // a header line fits a pattern; of `name` alone when it is given
    bodies,   // a decoded body fits a pattern
  };
  Kind kind = Kind::number;
  store::ColumnId column{};
  store::ColumnId second{};
  bool sum = false;
  bool present = false;  // asks only whether there is a value
  TextPart part = TextPart::whole;
  Side side = Side::either;
  std::string name;               // in lower case
  std::vector<NumberSpan> spans;  // ascending, apart from each other
  std::vector<TextPattern> patterns;
  std::vector<Network> networks;
  // Ascending; of a name, what bore it when the question was read. Null: not asked.
  std::shared_ptr<const std::vector<model::IpAddress>> addresses;
  std::vector<std::uint16_t> codes;
  std::vector<model::SourceId> sources;
  std::int64_t mask = 0;
};

class Tree {
 public:
  enum class Kind : std::uint8_t { all_of, any_of, none_of, question };
  struct Node {
    Kind kind = Kind::question;
    std::vector<std::uint32_t> children;  // indices of nodes before this one
    Question question;
    std::uint8_t cost = 0;  // of the dearest question below: number, text, head, body
  };
  static constexpr std::uint8_t kHeadCost = 2;
  static constexpr std::uint8_t kBodyCost = 3;

  [[nodiscard]] bool empty() const noexcept { return nodes_.empty(); }
  [[nodiscard]] std::uint32_t root() const noexcept {
    return static_cast<std::uint32_t>(nodes_.size() - 1);
  }
  [[nodiscard]] const Node& node(std::uint32_t index) const { return nodes_[index]; }
  [[nodiscard]] std::size_t size() const noexcept { return nodes_.size(); }

  // Asks only for what roll-ups count by: status and method.
  [[nodiscard]] bool counted_only() const noexcept;
  [[nodiscard]] bool reads_heads() const noexcept;
  [[nodiscard]] bool reads_bodies() const noexcept;

  std::uint32_t add(Question question);
  // Of groups of one, the child itself. Children are sorted so that the cheap ones are asked first.
  std::uint32_t add(Kind kind, std::vector<std::uint32_t> children);
  // A node of another tree and all below it.
  std::uint32_t add_copy(const Tree& from, std::uint32_t index);

 private:
  std::vector<Node> nodes_;  // the last one is the root
};

}  // namespace spider::query
