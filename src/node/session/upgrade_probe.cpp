#include "node/session/upgrade_probe.hpp"

#include <string>
#include <utility>

#include "node/session/engine_session.hpp"

namespace pushgate::node {

namespace {
constexpr std::string_view kProbePing = "2probe";
constexpr std::string_view kProbePong = "3probe";
constexpr std::string_view kUpgrade = "5";
}  // namespace

void UpgradeProbe::start(std::unique_ptr<WebSocketLink> link, bool compressed, TimePoint deadline,
                         std::string_view preface, std::string_view early) {
  link_ = std::move(link);
  compressed_ = compressed;
  reactor_.arm(*this, deadline);
  if (write(preface)) link_->start(early);
}

/// What is written here is short and the first on its connection: if it does not fit, nothing will.
bool UpgradeProbe::write(std::string_view bytes) {
  if (link_->write(bytes).bytes == bytes.size()) return true;
  fail();
  return false;
}

void UpgradeProbe::on_text(std::string_view text) {
  if (!probed_ && text == kProbePing) {
    probed_ = true;
    std::string frame;
    websocket::append_frame(frame, websocket::Opcode::text, kProbePong);
    if (write(frame)) session_.on_probed();
    return;
  }
  if (probed_ && text == kUpgrade) {
    session_.on_upgraded(std::move(link_), compressed_);
    return;
  }
  fail();
}

void UpgradeProbe::on_binary(std::string_view) { fail(); }

void UpgradeProbe::on_ping(std::string_view payload) {
  std::string frame;
  websocket::append_frame(frame, websocket::Opcode::pong, payload);
  write(frame);
}

void UpgradeProbe::on_link_end(LinkEnd, std::uint16_t) { fail(); }
void UpgradeProbe::on_timer(TimePoint) { fail(); }

void UpgradeProbe::drop() {
  if (link_ == nullptr) return;
  link_->mute();
  lingering_.add(link_->take_socket());
}

void UpgradeProbe::fail() {
  drop();
  session_.on_probe_failed();  // the end of the turn is the end of this object
}

}  // namespace pushgate::node
