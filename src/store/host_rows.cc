#include "store/host_rows.h"

#include "spider/base/log.h"
#include "spider/store/codes.h"

#include "store/format/hosts.h"

namespace spider::store {

base::Result<void> load_hosts(const Database& database, HostBook& hosts) {
  const auto it = database.iterate(Family::meta, nullptr);
  std::size_t damaged = 0;
  for (it->Seek(rocksdb::Slice(format::kHostPrefix.data(), format::kHostPrefix.size()));
       it->Valid(); it->Next()) {
    const std::string_view key = it->key().ToStringView();
    if (!key.starts_with(format::kHostPrefix)) break;
    const auto address = format::parse_host_key(key);
    if (!address) continue;
    std::vector<HostName> names;
    const auto value = Database::value(Family::meta, *it);
    const auto state = value ? format::decode_host(*value, names) : format::ValueState::corrupt;
    if (state == format::ValueState::ok) hosts.restore(*address, std::move(names));
    if (state != format::ValueState::corrupt) continue;
    if (damaged++ == 0)
      base::log(codes::store_corrupt, "{} The names of {} are forgotten.",
                corrupt(Family::meta, key, "the value is damaged").value().detail,
                model::to_text(*address));
    hosts.restore_damaged(*address);
  }
  if (damaged > 1)
    base::log(codes::store_corrupt, "{} rows of names are damaged and forgotten.", damaged);
  if (!it->status().ok()) return read_error(it->status());
  return {};
}

namespace {

[[nodiscard]] HostBook::Put into(const Database& database, rocksdb::WriteBatch& batch) {
  return [&](const model::IpAddress& address, const std::vector<HostName>* names) {
    const std::string key = format::host_key(address);
    if (names == nullptr) {
      batch.Delete(database.handle(Family::meta), key);
    } else {
      database.put(batch, Family::meta, key, format::encode_host(*names));
    }
  };
}

}  // namespace

void settle_hosts(const Database& database, HostBook& hosts, rocksdb::WriteBatch& batch) {
  hosts.take_changes(into(database, batch));
}

void put_forgotten(const Database& database, const HostBook& hosts, model::SourceId source,
                   base::Time before, rocksdb::WriteBatch& batch) {
  hosts.without(source, before, into(database, batch));
}

}  // namespace spider::store
