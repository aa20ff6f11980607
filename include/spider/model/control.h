#pragma once
// Control: what the API may ask of and tell to the running capture. The pipeline implements it (app
// joins the two), a test fakes it. Any thread may call; calls return soon, those of an Import wait
// for its records.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spider/base/byte_reader.h"
#include "spider/base/result.h"
#include "spider/model/address.h"
#include "spider/model/filter_answer.h"
#include "spider/model/ids.h"
#include "spider/model/quality.h"
#include "spider/model/retention.h"
#include "spider/model/whisperer.h"
#include "spider/model/whisperer_history.h"
#include "spider/model/whisperer_settings.h"

namespace spider::model {

struct WhispererStatus {
  WhispererConfig config;  // name and type are in it
  SourceId source{};
  WhispererState state = WhispererState::not_started;
  std::string reason;                    // why it does not capture; empty when it does
  base::Time since = base::Time::min();  // of the state
  // What was captured from then on passed the filter that `config` names; min() when everything
  // did that the store has of this whisperer.
  base::Time filter_since = base::Time::max();
  bool held = false;                         // stopped by hand
  bool removed = false;                      // the store alone knows it
  SettingOrigin from = SettingOrigin::file;  // who made it: file or page
  std::vector<WhispererSetting> settings;    // in the order of its fields
  RetentionLimits limits;                    // in force
  QualityCounts books;                       // since the process started
  std::uint64_t ring_bytes_filled = 0;
  std::uint64_t ring_bytes = 0;
};

struct PipelineTotals {
  QualityCounts books;  // of all whisperers, since the process started
  std::uint64_t communications_written = 0;
  std::optional<base::Error> store_trouble;  // why nothing is stored at present
};

struct ImportResult {
  QualityCounts books;
  // Of the packets that belong to TCP; first > last when there are none.
  base::Time first = base::Time::max();
  base::Time last = base::Time::min();
  std::uint64_t bytes = 0;             // read from the file
  SourceId upload{};                   // whose records they are; 0: of its whisperer's own source
  std::optional<base::Error> trouble;  // the file was cut or damaged; what came before is stored
};

// How far an upload has come that is still read.
struct UploadProgress {
  SourceId upload{};
  std::uint64_t bytes = 0;
  std::uint64_t bytes_known = 0;  // that the file has, as was said before; 0: nobody did
};

// How ages of uploads are counted at present.
struct UploadAging {
  std::uint32_t keep_days = 0;  // 0: all are kept
  // The system's clock before the clock of ages, which UploadInfo::kept_from is of.
  base::Duration ahead{0};
  std::string doubt;  // why some may be kept longer than that; empty: they are not
};

// What became of a removal.
struct PurgedUploads {
  std::vector<SourceId> gone;
  bool space_back = false;             // the disk has its space already; else it comes back later
  std::optional<base::Error> trouble;  // it ended early, and those behind stay
  Refusal why = Refusal::failed;       // of the trouble
};

// A capture file on its way in, fed as it arrives. One thread at a time calls.
class Import {
 public:
  virtual ~Import() = default;  // without finish(): given up; what was read is stored
  // Takes the next bytes of the file; waits while the pipeline is busy. After an Error (not a
  // capture file, ...) the import is over.
  [[nodiscard]] virtual base::Result<void> feed(base::Bytes bytes) = 0;
  // The file is whole. Returns when its last record is durable.
  [[nodiscard]] virtual base::Result<ImportResult> finish() = 0;
};

// One option in force.
struct ConfigOption {
  using Value = OptionValue;
  std::string section;  // table of spider.toml; "whisperer.NAME" for whisperers
  std::string name;
  Value value;
  bool is_default = true;
  std::string help;
};

// How the configuration file was found when it was last looked at.
struct FileState {
  std::string path;                     // empty: there is none
  base::Time read = base::Time::min();  // when what is in force was read
  std::vector<std::string> errors;      // of the file as it is now: nothing of it is in force
  std::vector<std::string>
      restart_needed;  // options that differ from those in force: "[api] listen"
};

class Control {
 public:
  virtual ~Control() = default;
  [[nodiscard]] virtual FileState file_state() const = 0;
  [[nodiscard]] virtual std::vector<WhispererStatus> whisperers() const = 0;
  [[nodiscard]] virtual PipelineTotals totals() const = 0;
  // Changes of a whisperer's settings: in force soon, kept over a restart. `try_only` checks and
  // changes nothing.
  [[nodiscard]] virtual ChangeResult change_whisperer(const std::string& whisperer,
                                                      const SettingChanges& changes,
                                                      bool try_only) = 0;
  // A new one; `name` and `type` are among the settings.
  [[nodiscard]] virtual ChangeResult create_whisperer(const SettingChanges& settings,
                                                      bool try_only) = 0;
  // All settings as the file says, again.
  [[nodiscard]] virtual ChangeResult forget_changes(const std::string& whisperer) = 0;
  // One that was made by hand; what it captured is kept.
  [[nodiscard]] virtual ChangeResult remove_whisperer(const std::string& whisperer) = 0;
  // Stops it by hand, or starts it again; kept over a restart.
  [[nodiscard]] virtual ChangeResult hold_whisperer(const std::string& whisperer, bool held) = 0;
  // Removes all that is stored of a whisperer, in force or not; it is gone on return.
  [[nodiscard]] virtual ChangeResult purge_whisperer(const std::string& whisperer) = 0;
  // Every option, section by section.
  [[nodiscard]] virtual std::vector<ConfigOption> config() const = 0;
  // What a whisperer's BPF filter would do with the packets of a TCP connection.
  [[nodiscard]] virtual FilterAnswer try_filter(const std::string& expression,
                                                const Endpoint& client,
                                                const Endpoint& server) const = 0;
  // `name` is the file's, `bytes_known` how long it will be (0: nobody knows). Errors: unknown
  // whisperer, one that takes no imports.
  [[nodiscard]] virtual base::Result<std::unique_ptr<Import>> start_import(
      const std::string& whisperer, const std::string& name, std::uint64_t bytes_known) = 0;
  // Uploads that are being read now.
  [[nodiscard]] virtual std::vector<UploadProgress> uploads_running() const = 0;
  // Ends one of them; what was read is stored. False: it is not being read.
  [[nodiscard]] virtual bool cancel_upload(SourceId upload) = 0;
  // Removes everything of uploads, or of what a whisperer read before uploads were kept apart, one
  // after the other; then waits once until the disk has the space back, unless readers hold it.
  // Passes over what is not there any more. Trouble: still being read, the store refuses, Spider
  // stops.
  [[nodiscard]] virtual PurgedUploads purge_uploads(const std::vector<SourceId>& uploads) = 0;
  [[nodiscard]] virtual UploadAging upload_aging() const = 0;
};

}  // namespace spider::model
