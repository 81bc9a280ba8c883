// talkers.mjs - Socket.IO users who talk to their node without pause while something happens to it, and reconnect by
// themselves.

import assert from 'node:assert/strict';
import { connectSocketIo } from './clients.mjs';
import { inParallel, until } from './wait.mjs';

const kEveryMs = 100;

/// One message each 100 ms for each of them, once the last one was acknowledged. The nodes need the events "echo".
export class Talkers {
  #url;
  #nodeOf;
  #talkers = [];

  /// `nodeOf(socket)` names the node that a session is on.
  constructor(url, nodeOf) {
    this.#url = url;
    this.#nodeOf = nodeOf;
  }

  async open(uids) {
    await inParallel(uids, 40, async (uid) => {
      const options = { transports: ['websocket'], reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 500 };
      const socket = await connectSocketIo(this.#url, uid, options);
      const talker = { uid, socket, node: this.#nodeOf(socket), answered: 0, waiting: false, ends: [] };
      socket.on('connect', () => (talker.node = this.#nodeOf(socket)));
      socket.on('disconnect', (reason) => {
        talker.ends.push(reason);
        talker.waiting = false;
      });
      talker.timer = setInterval(() => this.#say(talker), kEveryMs);
      this.#talkers.push(talker);
    });
  }

  #say(talker) {
    if (talker.waiting || !talker.socket.connected) return;
    talker.waiting = true;
    const text = `${talker.uid} ${talker.answered}`;
    talker.socket.emit('message-with-ack', text, (echo) => {
      assert.equal(echo, text);
      talker.answered += 1;
      talker.waiting = false;
    });
  }

  get all() {
    return [...this.#talkers];
  }

  on(node) {
    return this.#talkers.filter((talker) => talker.node === node);
  }

  /// Who was disconnected since the last `forgetEnds`, and why.
  ends() {
    return this.#talkers.filter(({ ends }) => ends.length > 0).map(({ uid, ends }) => [uid, ...ends]);
  }

  forgetEnds() {
    for (const talker of this.#talkers) talker.ends = [];
  }

  /// Fails if one of them is not answered `count` more times.
  async keepTalking(talkers, count = 2) {
    const goals = talkers.map((talker) => [talker, talker.answered + count]);
    await until(
      () => `${goals.filter(([talker, goal]) => talker.answered < goal).length} users to be answered`,
      () => goals.every(([talker, goal]) => talker.answered >= goal),
    );
  }

  close() {
    for (const { timer, socket } of this.#talkers) {
      clearInterval(timer);
      socket.disconnect();
    }
  }
}
