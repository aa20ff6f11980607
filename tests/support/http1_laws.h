#pragma once
// What must hold for any conversation, however it is cut: for the fuzzer and for seeded tests.
// Broken laws are returned as a sentence; an empty one means all hold.

#include <random>
#include <set>
#include <string>

#include "support/http1_replay.h"

namespace spider::test {

// Readable input for a fuzzer: pieces separated by the byte 0xFE, the first letter of each says
// what it is: > < bytes, g h gaps (length: bytes that follow), e f ends (capital letters: server),
// a b bytes seen again, m mid-stream.
[[nodiscard]] inline Script script_of(std::string_view input) {
  Script script;
  script.config.head_max_kib = 4;
  script.config.pipeline_max = 8;
  script.config.notes_max = 16;
  script.config.memory_mib = 8;
  script.whisperer.body_max_bytes = 20'000;
  while (!input.empty()) {
    const std::size_t end = input.find('\xFE');
    const std::string_view piece = input.substr(0, end);
    input = end == std::string_view::npos ? std::string_view{} : input.substr(end + 1);
    if (piece.empty()) continue;
    const std::string_view rest = piece.substr(1);
    Step step;
    step.client =
        piece[0] == '>' || piece[0] == 'g' || piece[0] == 'e' || piece[0] == 'a' || piece[0] == 'r';
    switch (piece[0]) {
      case '>':
      case '<':
        step.text = rest;
        if (rest.empty()) continue;
        break;
      case 'g':
      case 'h':
        step.kind = Step::Kind::gap;
        step.count = 1 + rest.size() * rest.size();
        break;
      case 'e':
      case 'f':
        step.kind = Step::Kind::end;
        break;
      case 'r':
      case 's':
        step.kind = Step::Kind::reset;
        break;
      case 'a':
      case 'b':
        step.kind = Step::Kind::again;
        step.count = 1 + rest.size();
        step.offset = rest.empty() ? 0 : static_cast<unsigned char>(rest[0]);
        break;
      case 'm':
        script.mid_stream = true;
        continue;
      default:
        continue;
    }
    script.steps.push_back(std::move(step));
  }
  return script;
}

[[nodiscard]] inline bool depends_on_packets(const Script& script, const Outcome& outcome) {
  // Proxies speak first, foreign bytes come first: then packets' beginnings decide.
  const auto joined = [](const std::string& note) {
    return note.rfind("joined_mid_stream", 0) == 0 || note == "bytes_between_messages 0";
  };
  return script.mid_stream ||
         std::any_of(script.steps.begin(), script.steps.end(),
                     [](const Step& s) { return s.kind == Step::Kind::gap; }) ||
         std::any_of(outcome.notes.begin(), outcome.notes.end(), joined);
}

// What one reading must satisfy by itself.
[[nodiscard]] inline std::string check_outcome(const Script& script, const Outcome& out) {
  if (out.complete + out.partial != out.lines.size())
    return "the books do not count every communication";
  if (out.notes.size() > script.config.notes_max) return "more notes than allowed";
  // Exchanges, their heads and trailers, held first lines and body stages of one connection.
  const std::size_t head = std::size_t{script.config.head_max_kib} * 1024 * 2;
  const std::size_t bound = (script.config.pipeline_max + 8) * 4 * head + (1U << 18U);
  if (out.held_max > bound) return "memory is not bounded";
  if (out.held_after > (1U << 18U)) return "memory is not given back";
  std::set<std::string> ordinals;
  for (const std::string& line : out.lines)
    if (!ordinals.insert(line.substr(0, line.find(','))).second)
      return "two communications of one ordinal";
  return {};
}

[[nodiscard]] inline std::string check_laws(const Script& script, std::uint64_t seed) {
  const Outcome whole = replay_whole(script);
  std::string broken = check_outcome(script, whole);
  if (!broken.empty()) return broken;
  for (const Cutting cutting : {Cutting::same_packet, Cutting::new_packets}) {
    for (const std::size_t piece_max : {1U, 3U, 40U}) {
      std::mt19937_64 random(seed);
      const Outcome cut = replay(script, cutting, [&](std::size_t, std::size_t n) {
        std::vector<std::size_t> pieces;
        while (n > 0) {
          const std::size_t piece = std::min<std::size_t>(n, 1 + random() % piece_max);
          pieces.push_back(piece);
          n -= piece;
        }
        return pieces;
      });
      broken = check_outcome(script, cut);
      if (!broken.empty()) return broken;
      if (cutting == Cutting::new_packets &&
          (depends_on_packets(script, whole) || depends_on_packets(script, cut)))
        continue;
      if (cut.lines != whole.lines) {
        std::string out = "cuts change the answer\nwhole:\n";
        for (const std::string& line : whole.lines) out += line + '\n';
        out += "cut into pieces of at most " + std::to_string(piece_max) + ":\n";
        for (const std::string& line : cut.lines) out += line + '\n';
        return out;
      }
    }
  }
  return {};
}

}  // namespace spider::test
