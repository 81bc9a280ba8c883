// node_suite.mjs - what a client of any generation may expect of the push node, alone or behind the agent.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { ask, connectSocketIo, hear, kTransports } from './clients.mjs';
import { startPush } from './push.mjs';
import { World } from './processes.mjs';
import { until, within } from './wait.mjs';

const kLarge = 900_000; // below maxPayload, also as base64 of 675,000 bytes
const kNode = { namespaces: ['/', '/chat'], events: ['gopush', 'rooms', 'echo'], api: { address: '127.0.0.1:0' } };

let visitors = 0;

/// Declares the tests of one generation of clients at one kind of entrance.
export function nodeSuite(generation, { agent }) {
  describe(`Socket.IO ${generation} at ${agent ? 'agent and two nodes' : 'a node'}`, () => {
    const world = new World();
    const sockets = [];
    let push;

    before(async () => {
      push = await startPush(world, { agent, count: agent ? 2 : 1, node: kNode });
    });
    after(async () => {
      sockets.forEach((socket) => socket.disconnect());
      await world.close();
    });

    /// `uid` is its own, unless options name one.
    async function connect(options = {}) {
      const { uid = `user-${++visitors}`, ...more } = options;
      const socket = await connectSocketIo(push.url, uid, { generation, inQuery: true, ...more });
      sockets.push(socket);
      return socket;
    }

    /// A second namespace on the connection of `socket`.
    const namespace = (socket, nsp) => socket.io.socket(nsp);

    for (const [name, transports] of Object.entries(kTransports)) {
      describe(`by ${name}`, () => {
        it('is connected by it, and greeted', async () => {
          const socket = await connect({ transports });
          const expected = transports ? transports[0] : 'websocket';
          assert.equal(socket.io.engine.transport.name, expected);
          assert.equal(await ask(socket, 'message-with-ack', 1), 1);
        });

        it('gets its events and acknowledgements with every kind of value', async () => {
          const socket = await connect({ transports });
          const values = [1, 'ü\u2028"\\\u{1f600}', true, null, [1, [2]], { a: { b: [] } }, -0.5, ''];
          const back = hear(socket, 'message-back');
          socket.emit('message', ...values);

          assert.deepEqual((await back)[0], values);
          const answers = new Promise((resolve) => socket.emit('message-with-ack', ...values, (...got) => resolve(got)));
          assert.deepEqual(await within('the ack', answers), values);
        });

        it('gets its binaries back, in events and acknowledgements', async () => {
          const socket = await connect({ transports });
          const one = randomBytes(3000);
          const two = Buffer.from([0, 255, 30, 10, 128]);
          const back = hear(socket, 'message-back');
          socket.emit('message', one, { deep: [two, 'text'] }, Buffer.alloc(0));

          const [[first, second, third]] = await back;
          assert.ok(one.equals(first));
          assert.ok(two.equals(second.deep[0]));
          assert.equal(second.deep[1], 'text');
          assert.equal(third.length, 0);
          assert.ok(one.equals(await ask(socket, 'message-with-ack', one)));
        });

        it('carries large texts and binaries', async () => {
          const socket = await connect({ transports });
          const text = 'x'.repeat(kLarge - 20) + 'ü';
          const binary = randomBytes(kLarge * 0.7);

          assert.equal(await ask(socket, 'message-with-ack', text), text);
          assert.ok(binary.equals(await ask(socket, 'message-with-ack', binary)));
        });

        it('keeps the order of many messages', async () => {
          const socket = await connect({ transports });
          const back = hear(socket, 'message-back', 500);
          for (let n = 0; n < 500; ++n) socket.emit('message', n);

          assert.deepEqual((await back).map(([n]) => n), Array.from({ length: 500 }, (_, n) => n));
        });

        it('is in the rooms that it joins, until it leaves', async () => {
          const [one, two, three] = [await connect({ transports }), await connect({ transports }), await connect()];
          const room = `rooms-${name}`;
          assert.deepEqual(await ask(one, 'join', room), { ok: true });
          assert.deepEqual(await ask(two, 'join', [room, 'other']), { ok: true });
          const own = [];
          one.on('news', (value) => own.push(value));
          three.on('news', (value) => own.push(value));

          const heard = hear(two, 'news', 2);
          assert.deepEqual(await ask(one, 'publish', { room, event: 'news', data: { n: 1 } }), { ok: true });
          assert.deepEqual(await ask(three, 'publish', { room: 'other', event: 'news', data: randomBytes(8) }), { ok: true });
          const [[first], [second]] = await heard;
          assert.deepEqual(first, { n: 1 });
          assert.equal(second.length, 8);

          assert.deepEqual(await ask(two, 'leave', room), { ok: true });
          const last = hear(two, 'news');
          await ask(one, 'publish', { room, event: 'news', data: 'not for two' });
          await ask(one, 'publish', { room: 'other', event: 'news', data: 'for two' });
          assert.deepEqual(await last, [['for two']]);
          assert.deepEqual(own, [], 'a sender does not hear itself, nor one who is not in the room');
        });
      });
    }

    it('gets volatile messages if it can take them', async () => {
      for (const transports of [['websocket'], ['polling']]) {
        const [one, two] = [await connect({ transports }), await connect()];
        await ask(one, 'join', `volatile-${transports}`);
        let came = false;
        one.on('news', () => (came = true));
        // While no poll is open they are left out: that is what volatile means.
        await until('one to come', async () => {
          await ask(two, 'publish', { room: `volatile-${transports}`, event: 'news', volatile: true });
          return came;
        });
      }
    });

    it('says hello as gopush did, and knows its event room', async () => {
      const one = await connect({ transports: ['websocket'] });
      const two = await connect({ transports: ['polling'] });
      one.emit('room', { room: 'abc', noBroadcast: true });
      await ask(one, 'message-with-ack', 'in order');
      const heard = hear(one, 'arrived');
      two.emit('room', { room: 'abc', event: 'arrived', more: [1] });

      assert.deepEqual(await heard, [[{ room: 'abc', event: 'arrived', more: [1] }]]);
    });

    it('may not take rooms that are not for it', async () => {
      const socket = await connect();
      for (const [room, error] of [['user:somebody', 'reserved'], ['', 'bad_name'], ['abcdefghij0123456789', 'reserved'], ['a\u0007', 'bad_name'], [17, 'bad_request']]) {
        assert.deepEqual(await ask(socket, 'join', room), { ok: false, error }, JSON.stringify(room));
      }
      assert.deepEqual(await ask(socket, 'publish', { room: 'r', event: 'disconnect' }), { ok: false, error: 'bad_request' });
    });

    it('can be in several namespaces, which know nothing of each other', async () => {
      const root = await connect();
      const other = await connect();
      const [chat, otherChat] = [namespace(root, '/chat'), namespace(other, '/chat')];
      assert.deepEqual(await Promise.all([chat, otherChat].map((socket) => ask(socket, 'join', 'r'))), [{ ok: true }, { ok: true }]);
      await ask(root, 'join', 'r');
      root.on('news', () => assert.fail('this was for /chat'));

      const heard = hear(chat, 'news');
      await ask(otherChat, 'publish', { room: 'r', event: 'news', data: 'for chat' });
      assert.deepEqual(await heard, [['for chat']]);

      chat.disconnect();
      assert.equal(await ask(root, 'message-with-ack', 'still here'), 'still here');
    });

    it('is refused a namespace that there is not', async () => {
      const socket = await connect();
      const nowhere = namespace(socket, '/nowhere');
      const [error] = await within('a refusal', once(nowhere, generation === 4 ? 'connect_error' : 'error'));

      assert.equal(error.message ?? error, 'Invalid namespace');
      assert.equal(await ask(socket, 'message-with-ack', 'unharmed'), 'unharmed');
    });

    it('learns why a connection ended', async () => {
      const ending = async (options, end) => {
        const socket = await connect(options);
        const reason = once(socket, 'disconnect');
        await end(socket);
        return (await within('a disconnect', reason))[0];
      };
      const byServer = (uid, close) => async () => {
        const { status } = await push.api('/api/v1/disconnect', { uid, close });
        assert.equal(status, 200);
      };
      for (const transports of [undefined, ['polling']]) {
        assert.equal(await ending({ transports }, (socket) => socket.disconnect()), 'io client disconnect');
      }
      if (!agent) return; // only an agent says who somebody is
      for (const transports of [undefined, ['polling']]) {
        const [one, two] = [`end-${++visitors}`, `end-${++visitors}`];
        assert.equal(await ending({ transports, uid: one }, byServer(one, false)), 'io server disconnect');
        assert.equal(await ending({ transports, uid: two }, byServer(two, true)), 'io server disconnect');
      }
    });
  });
}
