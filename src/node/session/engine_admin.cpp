// engine_admin.cpp - the part of a session that lets Socket.IO's admin UI in.

#include <utility>

#include "pushgate/node/json_text.hpp"

#include "node/admin_ui/admin_gate.hpp"
#include "node/node_core.hpp"
#include "node/node_thread.hpp"
#include "node/session/engine_session.hpp"

namespace pushgate::node {

void EngineSession::begin_admin_connect(std::string_view auth) {
  NodeThread& thread = thread_;
  const config::AdminUiConfig& config = thread.settings().config().admin_ui;
  // The session may be gone when the answer comes: it is found by its id again.
  auto done = [&thread, sid = sid_](AdminVerdict verdict) {
    thread.io().post([&thread, sid, verdict = std::move(verdict)] {
      if (EngineSession* const session = thread.find_session(sid)) {
        session->finish_admin_connect(verdict);
      }
    });
  };
  if (AdminGate* const gate = thread.core().admin_gate()) {
    gate->admit(config, auth, std::move(done));
  } else {
    finish_admin_connect({});
  }
}

void EngineSession::finish_admin_connect(const AdminVerdict& verdict) {
  if (closing_ || find_socket(kAdminNamespace) != nullptr) return;
  if (!verdict.admitted) {
    // In the words that the UI compares with.
    refuse_connect(kAdminNamespace, "invalid credentials");
    return;
  }
  // Without its auth: nobody is to be shown the password.
  finish_connect(kAdminNamespace, "{}");
  ClientSocket* const socket = find_socket(kAdminNamespace);
  if (socket == nullptr || verdict.session_id.empty()) return;
  std::string data = R"(["session",)";
  append_json_string(data, verdict.session_id);
  socket->emit(data + "]");
}

}  // namespace pushgate::node
