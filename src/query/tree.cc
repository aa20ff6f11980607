#include "spider/query/tree.h"

#include <algorithm>
#include <utility>

namespace spider::query {
namespace {

[[nodiscard]] std::uint8_t cost_of(Question::Kind kind) noexcept {
  switch (kind) {
    case Question::Kind::heads:
      return Tree::kHeadCost;
    case Question::Kind::bodies:
      return Tree::kBodyCost;
    case Question::Kind::text:
    case Question::Kind::address:
    case Question::Kind::code:
      return 1;
    case Question::Kind::number:
    case Question::Kind::bits:
    case Question::Kind::source:
      break;
  }
  return 0;
}

[[nodiscard]] bool counted(const Question& q) noexcept {
  if (q.kind == Question::Kind::number) return q.column == store::ColumnId::status && !q.sum;
  return q.kind == Question::Kind::text && q.column == store::ColumnId::method;
}

}  // namespace

std::uint32_t Tree::add(Question question) {
  Node node;
  node.cost = cost_of(question.kind);
  node.question = std::move(question);
  nodes_.push_back(std::move(node));
  return root();
}

std::uint32_t Tree::add(Kind kind, std::vector<std::uint32_t> children) {
  if (kind != Kind::none_of && children.size() == 1) return children.front();
  std::stable_sort(children.begin(), children.end(), [this](std::uint32_t a, std::uint32_t b) {
    return nodes_[a].cost < nodes_[b].cost;
  });
  Node node;
  node.kind = kind;
  for (const std::uint32_t child : children) node.cost = std::max(node.cost, nodes_[child].cost);
  node.children = std::move(children);
  nodes_.push_back(std::move(node));
  return root();
}

std::uint32_t Tree::add_copy(const Tree& from, std::uint32_t index) {
  const Node& node = from.node(index);
  if (node.kind == Kind::question) return add(node.question);
  std::vector<std::uint32_t> children;
  for (const std::uint32_t child : node.children) children.push_back(add_copy(from, child));
  return add(node.kind, std::move(children));
}

bool Tree::counted_only() const noexcept {
  return std::all_of(nodes_.begin(), nodes_.end(), [](const Node& node) {
    return node.kind != Kind::question || counted(node.question);
  });
}

bool Tree::reads_heads() const noexcept {
  return std::any_of(nodes_.begin(), nodes_.end(), [](const Node& node) {
    return node.kind == Kind::question && node.question.kind == Question::Kind::heads;
  });
}

bool Tree::reads_bodies() const noexcept {
  return std::any_of(nodes_.begin(), nodes_.end(), [](const Node& node) {
    return node.kind == Kind::question && node.question.kind == Question::Kind::bodies;
  });
}

}  // namespace spider::query
