// echoing.mjs - users whose open tunnels are watched while something happens behind the agent.

import assert from 'node:assert/strict';
import { connectWebSocket, whoAnswers } from './clients.mjs';
import { inParallel, until } from './wait.mjs';

const kEveryMs = 100;

/// Keeps a tunnel for each uid open and talking: one message each 100 ms, each awaiting its echo.
export class EchoingUsers {
  #port;
  #users = new Map();

  constructor(port) {
    this.#port = port;
  }

  /// Opens the tunnels and starts talking. `tunnel.node` is the node that answered.
  async open(uids) {
    await inParallel(uids, 40, async (uid) => {
      const socket = await connectWebSocket(this.#port, uid, { perMessageDeflate: false });
      const { node } = await whoAnswers(socket);
      const tunnel = { uid, node, socket, sent: 0, echoed: 0, closed: false };
      socket.on('message', (data) => {
        assert.equal(data.toString(), `message ${tunnel.echoed}`);
        tunnel.echoed += 1;
      });
      socket.on('close', () => (tunnel.closed = true)).on('error', () => {});
      tunnel.timer = setInterval(() => {
        if (tunnel.sent === tunnel.echoed && !tunnel.closed) socket.send(`message ${tunnel.sent++}`);
      }, kEveryMs);
      this.#users.set(uid, tunnel);
    });
  }

  get all() {
    return [...this.#users.values()];
  }

  on(node) {
    return this.all.filter((tunnel) => tunnel.node === node);
  }

  get nodeOf() {
    return new Map(this.all.map(({ uid, node }) => [uid, node]));
  }

  /// Fails if one of the tunnels has closed, or does not echo `count` more messages.
  async keepEchoing(tunnels, count = 3) {
    const goals = tunnels.map((tunnel) => [tunnel, tunnel.echoed + count]);
    await until(
      () => `${goals.filter(([tunnel, goal]) => tunnel.echoed < goal).length} tunnels to echo`,
      () => goals.every(([tunnel, goal]) => tunnel.closed || tunnel.echoed >= goal),
    );
    assert.deepEqual(tunnels.filter(({ closed }) => closed).map(({ uid }) => uid), [], 'closed tunnels');
  }

  close() {
    for (const { timer, socket } of this.all) {
      clearInterval(timer);
      socket.terminate();
    }
  }
}
