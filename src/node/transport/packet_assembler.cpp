#include "pushgate/node/transport/packet_assembler.hpp"

#include <cstring>
#include <functional>
#include <utility>

namespace pushgate::node {

namespace {

/// `view`, which lies within `from`, at the same place of a copy.
std::string_view moved(std::string_view view, std::string_view from, const char* copy) noexcept {
  const std::less<> before;  // of pointers into different objects, "<" says nothing
  if (before(view.data(), from.data()) || before(from.data() + from.size(), view.data())) {
    return view;
  }
  return {copy + (view.data() - from.data()), view.size()};
}

Assembly failed(PacketError error) {
  Assembly result;
  result.error = error;
  return result;
}

}  // namespace

Packet Assembly::take_packet() {
  return {packet.type, std::string{packet.nsp}, packet.ack_id, std::string{packet.data},
          std::move(attachments)};
}

Assembly PacketAssembler::on_text(std::string_view text, const PacketLimits& limits) {
  if (waiting_ != nullptr) return failed(PacketError::attachment_expected);
  Assembly result;
  result.error = decode_packet(text, limits, result.packet);
  result.is_complete = result.error == PacketError::none && result.packet.attachments == 0;
  if (result.error != PacketError::none || result.is_complete) return result;

  result.text = std::make_unique<char[]>(text.size());
  std::memcpy(result.text.get(), text.data(), text.size());
  PacketView& packet = result.packet;
  for (std::string_view* view : {&packet.nsp, &packet.query, &packet.data, &packet.event}) {
    *view = moved(*view, text, result.text.get());
  }
  waiting_ = std::make_unique<Waiting>();
  waiting_->assembly = std::move(result);
  waiting_->bytes = text.size();
  return {};
}

Assembly PacketAssembler::on_binary(std::string bytes, const PacketLimits& limits) {
  if (waiting_ == nullptr) return failed(PacketError::unexpected_binary);
  waiting_->bytes += bytes.size();
  if (waiting_->bytes > limits.max_packet_bytes) return failed(PacketError::too_large);
  std::vector<std::string>& attachments = waiting_->assembly.attachments;
  attachments.push_back(std::move(bytes));
  if (attachments.size() < waiting_->assembly.packet.attachments) return {};

  const std::unique_ptr<Waiting> whole = std::move(waiting_);
  whole->assembly.is_complete = true;
  return std::move(whole->assembly);
}

}  // namespace pushgate::node
