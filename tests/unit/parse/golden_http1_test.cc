// Replays tests/golden/http1/*.md: wire text beside the communications expected of it. Every case
// is read whole, cut in two at every byte, and byte by byte; the answers must be the same. Run with
// SPIDER_BLESS=1 to write the expectations again, and read the diff like code.
//
// Notation of a ```wire block: a line "> text" is sent by the client, "< text" by the server, with
// \r \n \t \\ \xHH escapes and {N*text} repeated. Lines of one direction in a row are one packet; a
// line "--" ends a packet. A line "! word ..." is an order:
//   ! gap > 100       100 bytes of that direction were never captured
//   ! end <           that direction sent its FIN; ! reset <: a RST ended it
//   ! again > 0 40    40 bytes from offset 0 on were seen again
//   ! mid-stream      the capture began on the way; ! roles-wrong: client and server are swapped
//   ! packets         the answer depends on where packets begin (as it always does behind a gap
//                     and mid-stream): cut them, but keep the pieces in their packet
//   ! set NAME N      head_max_kib, pipeline_max, body_max_bytes, save_bodies

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include <catch2/catch.hpp>

#include "support/http1_replay.h"

namespace spider::test {
namespace {

struct GoldenCase {
  std::string name;
  Script script;
  bool repacket = true;
  std::vector<std::string> expected;
  std::size_t first_line = 0;  // of the expectation, in the file
  std::size_t last_line = 0;   // the closing fence
};

std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{') {
      const std::size_t star = text.find('*', i);
      const std::size_t close = text.find('}', i);
      const std::string_view digits =
          text.substr(i + 1, star == std::string_view::npos ? 0 : star - i - 1);
      if (star < close && !digits.empty() &&
          digits.find_first_not_of("0123456789") == std::string_view::npos) {
        const std::string one = unescape(text.substr(star + 1, close - star - 1));
        for (unsigned long n = std::stoul(std::string(digits)); n > 0; --n) out += one;
        i = close;
        continue;
      }
    }
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    ++i;
    switch (text.at(i)) {
      case 'r':
        out += '\r';
        break;
      case 'n':
        out += '\n';
        break;
      case 't':
        out += '\t';
        break;
      case 'x':
        out += static_cast<char>(std::stoul(std::string(text.substr(i + 1, 2)), nullptr, 16));
        i += 2;
        break;
      default:
        out += text[i];
    }
  }
  return out;
}

void obey(GoldenCase& c, std::string_view line) {
  std::istringstream in{std::string(line)};
  std::string word;
  std::string side;
  in >> word;
  Step step;
  if (word == "mid-stream") {
    c.script.mid_stream = true;
    c.repacket = false;
  } else if (word == "roles-wrong") {
    c.script.roles_guessed_wrong = true;
  } else if (word == "packets") {
    c.repacket = false;
  } else if (word == "set") {
    std::string name;
    std::uint32_t value = 0;
    in >> name >> value;
    if (name == "head_max_kib") c.script.config.head_max_kib = value;
    if (name == "pipeline_max") c.script.config.pipeline_max = value;
    if (name == "body_max_bytes") c.script.whisperer.body_max_bytes = value;
    if (name == "save_bodies") c.script.whisperer.save_bodies = value != 0;
  } else {
    in >> side;
    step.client = side == ">";
    if (word == "gap") {
      step.kind = Step::Kind::gap;
      c.repacket = false;
      in >> step.count;
    } else if (word == "end") {
      step.kind = Step::Kind::end;
    } else if (word == "reset") {
      step.kind = Step::Kind::reset;
    } else if (word == "again") {
      step.kind = Step::Kind::again;
      in >> step.offset >> step.count;
    } else {
      FAIL("unknown order: " << line);
    }
    c.script.steps.push_back(step);
  }
}

// Appends to the packet at hand, or begins one.
void send(GoldenCase& c, bool client, std::string_view text, bool& open) {
  if (!open || c.script.steps.empty() || c.script.steps.back().client != client ||
      c.script.steps.back().kind != Step::Kind::bytes) {
    Step step;
    step.client = client;
    c.script.steps.push_back(step);
  }
  c.script.steps.back().text += unescape(text);
  open = true;
}

std::vector<GoldenCase> read_cases(const std::vector<std::string>& lines) {
  std::vector<GoldenCase> cases;
  enum class In { text, wire, expect } in = In::text;
  bool open = false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    if (in == In::text) {
      if (line.rfind("## ", 0) == 0) {
        cases.emplace_back();
        cases.back().name = line.substr(3);
      } else if (line == "```wire") {
        in = In::wire;
        open = false;
      } else if (line == "```json") {
        in = In::expect;
        cases.back().first_line = i + 1;
      }
    } else if (line == "```") {
      if (in == In::expect) cases.back().last_line = i;
      in = In::text;
    } else if (in == In::expect) {
      cases.back().expected.push_back(line);
    } else if (line == "--") {
      open = false;
    } else if (line.rfind("! ", 0) == 0) {
      obey(cases.back(), std::string_view(line).substr(2));
    } else if (line.rfind("> ", 0) == 0 || line.rfind("< ", 0) == 0) {
      send(cases.back(), line[0] == '>', std::string_view(line).substr(2), open);
    } else {
      FAIL("not a wire line: " << line);
    }
  }
  return cases;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += line + '\n';
  return out;
}

std::size_t packets_of(const Script& script) {
  return static_cast<std::size_t>(
      std::count_if(script.steps.begin(), script.steps.end(),
                    [](const Step& s) { return s.kind == Step::Kind::bytes; }));
}

// Every packet in turn cut at every byte, then everything byte by byte.
void replay_cut(const GoldenCase& c, Cutting cutting, const std::string& expected) {
  std::size_t longest = 0;
  for (const Step& s : c.script.steps) longest = std::max(longest, s.text.size());
  // Long bodies are cut at fewer places, all heads at every byte.
  const std::size_t stride = longest > 4'000 ? 37 : 1;
  for (std::size_t packet = 0; packet < packets_of(c.script); ++packet) {
    for (std::size_t at = 1;; at += stride) {
      bool beyond = false;
      const Outcome out = replay(c.script, cutting, [&](std::size_t index, std::size_t n) {
        if (index != packet) return std::vector<std::size_t>{n};
        if (at >= n) {
          beyond = true;
          return std::vector<std::size_t>{n};
        }
        return std::vector<std::size_t>{at, n - at};
      });
      if (beyond) break;
      if (joined(out.lines) != expected) {
        INFO("packet " << packet << " cut at byte " << at);
        CHECK(joined(out.lines) == expected);
        return;
      }
    }
  }
  const Outcome bytes = replay(
      c.script, cutting, [](std::size_t, std::size_t n) { return std::vector<std::size_t>(n, 1); });
  INFO("byte by byte");
  CHECK(joined(bytes.lines) == expected);
}

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

void bless(const std::filesystem::path& path, std::vector<std::string> lines,
           const std::vector<GoldenCase>& cases) {
  for (auto c = cases.rbegin(); c != cases.rend(); ++c) {
    const Outcome out = replay_whole(c->script);
    const auto at = [&](std::size_t n) { return lines.begin() + static_cast<std::ptrdiff_t>(n); };
    lines.erase(at(c->first_line), at(c->last_line));
    lines.insert(at(c->first_line), out.lines.begin(), out.lines.end());
  }
  std::ofstream(path) << joined(lines);
}

TEST_CASE("golden HTTP/1 texts give the same communications in any cuts", "[parse][golden]") {
  std::size_t count = 0;
  std::map<std::string, std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(
           std::filesystem::path(SPIDER_SOURCE_DIR) / "tests/golden/http1"))
    if (entry.path().extension() == ".md") files[entry.path().filename().string()] = entry.path();
  for (const auto& [name, path] : files) {
    const std::vector<std::string> lines = lines_of(path);
    const std::vector<GoldenCase> cases = read_cases(lines);
    if (std::getenv("SPIDER_BLESS") != nullptr) {
      bless(path, lines, cases);
      continue;
    }
    for (const GoldenCase& c : cases) {
      ++count;
      INFO(name << ": " << c.name);
      const std::string expected = joined(c.expected);
      const Outcome whole = replay_whole(c.script);
      CHECK(joined(whole.lines) == expected);
      if (joined(whole.lines) != expected) continue;
      CHECK(whole.complete + whole.partial == whole.lines.size());
      replay_cut(c, Cutting::same_packet, expected);
      if (c.repacket) replay_cut(c, Cutting::new_packets, expected);
    }
  }
  if (std::getenv("SPIDER_BLESS") == nullptr) CHECK(count >= 60);
}

}  // namespace
}  // namespace spider::test
