#include "capture/record_reader.h"

#include <fmt/format.h>

#include "spider/capture/codes.h"

namespace spider::capture {

using Status = InputBuffer::Status;

bool RecordReader::truncated() const noexcept { return error_.code == codes::file_truncated; }

std::string RecordReader::where() const {
  return fmt::format("{}, byte {}{}: ", input_->file().name(), input_->offset(),
                     input_->file().compressed() ? " of the decompressed data" : "");
}

ReadOutcome RecordReader::fail(base::Code code, std::string detail) {
  error_ = {code, std::move(detail)};
  return ReadOutcome::failed;
}

ReadOutcome RecordReader::unfinished(Status status, const char* what) {
  switch (status) {
    case Status::wait:
      return ReadOutcome::wait;
    case Status::failed:
      error_ = input_->file().error();
      return ReadOutcome::failed;
    case Status::truncated:
      return fail(codes::file_truncated,
                  where() +
                      "the compressed file ends in the middle; copy or compress it again. "
                      "Everything before it was read.");
    case Status::ok:
    case Status::end:
      break;
  }
  if (input_->visible() == 0) return ReadOutcome::end;
  return fail(
      codes::file_truncated,
      fmt::format("{}the file ends inside {}, {} bytes after its start. The capture was "
                  "stopped or copied before it was complete; everything before it was read.",
                  where(), what, input_->visible()));
}

OpenedReader open_reader(std::unique_ptr<InputBuffer>& input) {
  const auto failed = [](base::Code code, std::string detail) {
    return OpenedReader{ReadOutcome::failed, nullptr, {code, std::move(detail)}};
  };
  constexpr std::size_t kMagicBytes = 4;
  const std::string& name = input->file().name();
  const Status status = input->need(kMagicBytes);
  if (status == Status::wait) return {ReadOutcome::wait, nullptr, {}};
  if (status == Status::failed) return {ReadOutcome::failed, nullptr, input->file().error()};
  if (input->visible() == 0)
    return failed(
        codes::file_empty,
        fmt::format("{} is empty{}: it holds no capture. Capture again, for instance with "
                    "tcpdump -w.",
                    name, input->file().compressed() ? " once decompressed" : ""));
  const auto not_a_capture = [&] {
    return failed(codes::not_a_capture,
                  fmt::format("{}, byte 0: neither pcap nor pcapng (also not inside gzip or zstd). "
                              "Convert it, for instance with editcap -F pcapng.",
                              name));
  };
  if (status != Status::ok) return not_a_capture();
  base::ByteReader r(input->view(kMagicBytes));
  const std::uint32_t magic = r.le32();
  switch (magic) {
    case 0xA1B2C3D4U:
    case 0xD4C3B2A1U:
    case 0xA1B23C4DU:
    case 0x4D3CB2A1U:
    case 0xA1B2CD34U:
    case 0x34CDB2A1U:
      return {ReadOutcome::packet, make_pcap_reader(std::move(input)), {}};
    case 0x0A0D0D0AU:
      return {ReadOutcome::packet, make_pcapng_reader(std::move(input)), {}};
    default:
      return not_a_capture();
  }
}

}  // namespace spider::capture
