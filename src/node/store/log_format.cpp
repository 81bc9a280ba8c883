#include "node/store/log_format.hpp"

#include <utility>

#include "node/bus/cluster_codec.hpp"
#include "node/store/store_codec.hpp"

namespace pushgate::node {

namespace {

class OwnFormat final : public LogFormat {
 public:
  std::vector<std::string> fields_of(const Envelope& envelope) const override {
    return node::fields_of(envelope);
  }
  std::optional<Envelope> read(const std::vector<std::string>& fields,
                               const Wanted& wanted) const override {
    if (wanted && !wanted(namespace_of(fields), options_of(fields))) return std::nullopt;
    return envelope_of(fields);
  }
  bool is_from_own_bus(const std::vector<std::string>&) const override { return false; }
  bool has_epochs() const noexcept override { return true; }
};

class AdapterFormat final : public LogFormat {
 public:
  explicit AdapterFormat(std::string uid) : uid_(std::move(uid)) {}

  std::vector<std::string> fields_of(const Envelope& envelope) const override {
    std::vector<std::string> fields;
    const auto entry =
        encode_stream_entry(cluster_broadcast(envelope), {uid_, envelope.packet.nsp});
    if (!entry) return fields;
    for (const auto& [name, value] : *entry) {
      fields.push_back(name);
      fields.push_back(value);
    }
    return fields;
  }
  std::optional<Envelope> read(const std::vector<std::string>& fields,
                               const Wanted& wanted) const override {
    if (field_of(fields, "type") != kBroadcast) return std::nullopt;
    std::optional<ClusterMessage> message = decode_stream_entry(fields);
    auto* const envelope = message ? std::get_if<Envelope>(&message->content) : nullptr;
    if (envelope == nullptr) return std::nullopt;
    if (wanted && !wanted(envelope->packet.nsp, envelope->options)) return std::nullopt;
    // Other makes of nodes give only the rest an offset, too.
    envelope->keep = !envelope->options.flags.is_volatile && !envelope->packet.ack_id;
    return std::move(*envelope);
  }
  bool is_from_own_bus(const std::vector<std::string>& fields) const override {
    return field_of(fields, "uid") == uid_;
  }
  bool has_epochs() const noexcept override { return false; }

 private:
  static constexpr std::string_view kBroadcast = "3";

  std::string uid_;
};

}  // namespace

std::unique_ptr<LogFormat> make_own_format() { return std::make_unique<OwnFormat>(); }

std::unique_ptr<LogFormat> make_adapter_format(std::string uid) {
  return std::make_unique<AdapterFormat>(std::move(uid));
}

}  // namespace pushgate::node
