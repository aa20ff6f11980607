#pragma once
// Captures for pipeline tests and what a store holds after reading one.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "spider/pipeline/pipeline.h"
#include "spider/query/engine.h"
#include "spider/query/record_json.h"
#include "spider/store/store.h"

#include "support/capture_writer.h"
#include "support/packet_builder.h"
#include "support/temp_folder.h"

namespace spider::test {

// One side's bytes of a conversation, sent in segments of at most 1000 bytes.
class Talk {
 public:
  Talk(PcapWriter& out, std::string client, std::uint16_t port)
      : out_(out), client_(std::move(client)), port_(port) {}

  void open(base::Time t) {
    send(true, t, model::kSyn, "");
    ++client_seq_;
    send(false, t + base::Duration::from_us(40), model::kSyn | model::kAck, "");
    ++server_seq_;
    send(true, t + base::Duration::from_us(80), model::kAck, "");
  }
  void say(bool client, base::Time t, std::string_view text) {
    for (std::size_t at = 0; at < text.size(); at += 1000)
      say_segment(client, t + base::Duration::from_us(static_cast<std::int64_t>(at / 1000)),
                  text.substr(at, 1000));
  }
  void say_segment(bool client, base::Time t, std::string_view bytes) {
    send(client, t, model::kPsh | model::kAck, bytes);
    (client ? client_seq_ : server_seq_) += static_cast<std::uint32_t>(bytes.size());
  }
  void close(base::Time t) {
    send(true, t, model::kFin | model::kAck, "");
    ++client_seq_;
    send(false, t + base::Duration::from_us(30), model::kFin | model::kAck, "");
    ++server_seq_;
    send(true, t + base::Duration::from_us(60), model::kAck, "");
  }

 private:
  void send(bool client, base::Time t, unsigned flags, std::string_view payload) {
    PacketBuilder b;
    b.ethernet().ipv4(client ? client_ : "10.9.0.1", client ? "10.9.0.1" : client_);
    b.tcp(client ? port_ : 80, client ? 80 : port_).seq(client ? client_seq_ : server_seq_);
    if ((flags & model::kAck) != 0) b.ack(client ? server_seq_ : client_seq_);
    b.flags(flags).payload(payload);
    out_.add(t, b.build());
  }

  PcapWriter& out_;
  std::string client_;
  std::uint16_t port_;
  std::uint32_t client_seq_ = 1000;
  std::uint32_t server_seq_ = 77'000;
};

inline store::StoreConfig store_at(const std::filesystem::path& path) {
  store::StoreConfig config;
  config.path = path.string();
  return config;
}

// Opens the store, reads the file into it with its packets, closes it.
inline pipeline::ImportResult import_with_packets(const std::filesystem::path& store_path,
                                                  const std::filesystem::path& file) {
  auto store = store::Store::open(store_at(store_path));
  REQUIRE(store);
  pipeline::Pipeline pipeline({}, **store);
  pipeline.start();
  model::WhispererConfig whisperer;
  whisperer.name = "upload";
  whisperer.type = "UPLOAD";
  whisperer.save_packets = true;
  REQUIRE(pipeline.add_whisperer(whisperer));
  const auto result = pipeline.import(whisperer.name, file.string());
  REQUIRE(result);
  pipeline.stop();
  return *result;
}

// Packets that are found of a session.
inline std::size_t packets_of(const store::StoreSnapshot& snapshot,
                              const store::SessionDetail& detail) {
  std::size_t count = 0;
  REQUIRE(snapshot.session_packets(detail.session.id.source, detail.session.id.number,
                                   detail.packet_pack_first, detail.packet_pack_last,
                                   [&](const store::PacketView&) {
                                     ++count;
                                     return true;
                                   }));
  return count;
}

// A store of its own that holds one capture file, read with the settings as shipped.
struct ImportedStore {
  TempFolder folder;
  std::unique_ptr<store::Store> store;
  pipeline::ImportResult result;
};

inline std::unique_ptr<ImportedStore> import_into_store(const std::filesystem::path& capture) {
  auto out = std::make_unique<ImportedStore>();
  auto opened = store::Store::open(store_at(out->folder.path() / "store"));
  REQUIRE(opened);
  out->store = std::move(*opened);
  pipeline::Pipeline pipeline({}, *out->store);
  pipeline.start();
  model::WhispererConfig whisperer;
  whisperer.name = "upload";
  whisperer.type = "UPLOAD";
  REQUIRE(pipeline.add_whisperer(whisperer));
  const auto result = pipeline.import(whisperer.name, capture.string());
  REQUIRE(result);
  out->result = *result;
  pipeline.stop();
  return out;
}

// The export of everything, a line each.
inline std::string exported(const store::Store& store) {
  std::string out;
  const auto snapshot = store.reader().snapshot();
  query::Names names({});
  const auto done = query::QueryEngine(*snapshot).each_communication(
      {}, query::Order::oldest_first, [&](const query::CommunicationRow& row) {
        query::JsonWriter json(out);
        json.begin_object();
        query::write_communication(json, row, names, query::TimeForm::both);
        json.end_object();
        out += '\n';
        return true;
      });
  return done ? out : "error: " + done.error().detail;
}

}  // namespace spider::test
