#pragma once
// When a server holds the store, import and export go through its API instead of failing. The
// server leaves its address in the store's folder.

#include <optional>
#include <string>

#include "app/commands.h"

namespace spider::app {

struct ServerAddress {
  std::string host;
  std::string port;
};

// Written by serve() when it listens, removed when it stops.
void announce_server(const std::string& store_path, const std::string& host, std::uint16_t port);
void withdraw_server(const std::string& store_path);

// The server that holds this store; empty when there is no trace of one. For who was just refused
// because the store is locked: it may be a trace of a server that was killed.
[[nodiscard]] std::optional<ServerAddress> server_of(const std::string& store_path);
// The same; empty also when nobody has the store open.
[[nodiscard]] std::optional<ServerAddress> running_server(const std::string& store_path);

[[nodiscard]] int import_through(const ServerAddress& server, const std::string& whisperer,
                                 const ImportArguments& arguments);
[[nodiscard]] int explain_through(const ServerAddress& server, const ExplainArguments& arguments);
[[nodiscard]] int export_through(const ServerAddress& server, const ExportArguments& arguments);

}  // namespace spider::app
