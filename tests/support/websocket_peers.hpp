#pragma once
// websocket_peers.hpp - an opening handshake with the example values of RFC 6455 section 1.3, and
// the tunnel behind it.

#include <string>
#include <string_view>

#include "support/agent_under_test.hpp"
#include "support/http_message.hpp"

namespace pushgate::test {

/// The client's request, with further lines.
inline std::string upgrade_request(std::string_view target = "/ws?uid=u",
                                   std::string_view fields = {}) {
  return get(target,
             "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
                 std::string{fields});
}

/// The node's agreement, with further lines.
inline std::string switching(std::string_view fields = {}) {
  return "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" +
         std::string{fields} + "\r\n";
}

/// Both ends of an open tunnel.
struct TunnelEnds {
  RawStream client;
  RawStream node;
};

inline TunnelEnds open_tunnel(AgentUnderTest& agent, ScriptedUpstream& upstream,
                              std::string_view target = "/ws?uid=u") {
  TunnelEnds ends{agent.connect(), {}};
  ends.client.send(upgrade_request(target));
  ends.node = upstream.accept();
  read_request(ends.node);
  ends.node.send(switching());
  if (read_bodiless_response(ends.client).status() != 101) throw StreamError("no 101");
  return ends;
}

/// True if bytes pass both ways.
inline bool is_alive(TunnelEnds& tunnel) {
  tunnel.client.send("ping");
  if (tunnel.node.read_exactly(4) != "ping") return false;
  tunnel.node.send("pong");
  return tunnel.client.read_exactly(4) == "pong";
}

}  // namespace pushgate::test
