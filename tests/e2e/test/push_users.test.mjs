// push_users.test.mjs - acknowledged pushes to users through the HTTP API: two node processes on one Redis, and real clients.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { ask, connectSocketIo } from '../lib/clients.mjs';
import { startPush } from '../lib/push.mjs';
import { World } from '../lib/processes.mjs';
import { startRedis } from '../lib/redis.mjs';
import { until } from '../lib/wait.mjs';

describe('Users of two processes over Redis', { concurrency: true }, () => {
  for (const mode of ['classic', 'sharded', 'streams']) {
    describe(mode, { concurrency: false }, () => {
      const world = new World();
      const open = [];
      let a, b;

      before(async () => {
        const redis = await startRedis(world);
        const config = { redisAdapter: { ...redis.config, mode } };
        const node = { api: { address: '127.0.0.1:0' }, mailbox: { enabled: true }, events: ['rooms', 'echo'] };
        [a, b] = await Promise.all(['a', 'b'].map((name) => startPush(world, { count: 1, config, node: { ...node, name } })));
        // From here on each knows that the other is there.
        const [one, two] = [await connect(a, 'first'), await connect(b, 'first')];
        await until('the processes to know each other', async () => {
          const [ofA, ofB] = await Promise.all([a, b].map((push) => push.api('/api/v1/users/first')));
          return ofA.body.devices.length === 2 && ofB.body.devices.length === 2;
        });
        [one, two].forEach((socket) => socket.disconnect());
      });
      afterEach(async () => {
        open.splice(0).forEach((socket) => socket.disconnect());
        for (const push of [a, b]) await until('all to have gone', async () => (await push.metric('pushgate_node_sockets')) === 0);
      });
      after(() => world.close());

      /// A device of a user that writes down what is pushed to it, and acknowledges as `answer` says: a value, or nothing.
      async function connect(push, uid, { answer = () => ({ code: 200 }), ...options } = {}) {
        const got = [];
        const listen = (socket) => {
          socket.on('note', (data, done) => {
            got.push(data);
            const value = answer(data);
            if (value !== undefined) done(value);
          });
        };
        const extraHeaders = { 'x-pushgate-uid': uid };
        const socket = await connectSocketIo(push.url, uid, { transports: ['websocket'], extraHeaders, listen, ...options });
        socket.got = got;
        open.push(socket);
        return socket;
      }

      async function post(push, body) {
        const { status, body: answer } = await push.api('/api/v1/push', { event: 'note', ...body });
        assert.equal(status, 200, JSON.stringify(answer));
        assert.match(answer.id, /^[\w-]{20}$/);
        return answer.id;
      }
      /// What both processes say about a message, once they say what is expected.
      async function becomes(id, expected) {
        for (const push of [a, b]) {
          let last;
          await until(
            () => `${JSON.stringify(expected)}; the last answer was ${JSON.stringify(last)}`,
            async () => {
              last = (await push.api(`/api/v1/messages/${id}`)).body;
              return isSame(last.users, expected);
            },
          );
          assert.equal(last.id, id);
        }
      }
      const isSame = (users, expected) => {
        const text = (list) => JSON.stringify(list?.map(({ uid, sent, acknowledged, timedOut, stored }) => [uid, sent, acknowledged, timedOut, stored]).sort());
        return text(users) === text(expected);
      };
      const user = (uid, sent, acknowledged, timedOut, stored) => ({ uid, sent, acknowledged, timedOut, stored });
      /// Nobody is asked any more who might have come in between.
      const allSettled = () =>
        until('no push to be under way', async () => (await a.metric('pushgate_push_pending')) + (await b.metric('pushgate_push_pending')) === 0);
      /// Whatever was sent to a client before has come when this has.
      const settle = (socket) => ask(socket, 'message-with-ack', 1);

      it('a push reaches every device on either node, and each acknowledges', async () => {
        const phone = await connect(a, 'ann');
        const laptop = await connect(b, 'ann', { generation: 2 });
        const other = await connect(b, 'bob');

        for (const [index, push] of [a, b].entries()) {
          const id = await post(push, { uids: ['ann'], data: { index } });
          await becomes(id, [user('ann', 2, 2, 0, false)]);
        }

        for (const device of [phone, laptop]) assert.deepEqual(device.got, [{ index: 0 }, { index: 1 }]);
        await settle(other);
        assert.deepEqual(other.got, []);
      });

      it('a device that is silent is counted as late, and the message is kept only if nobody answered', async () => {
        const silent = () => undefined;
        await connect(a, 'ann', { answer: silent });
        const laptop = await connect(b, 'ann');
        await connect(b, 'mute', { answer: silent });

        // Long enough for the one who answers, on a busy machine.
        const id = await post(a, { uids: ['ann', 'mute', 'nobody'], data: 1, ackTimeout: 3000 });

        await becomes(id, [user('ann', 2, 1, 1, false), user('mute', 1, 0, 1, true), user('nobody', 0, 0, 0, true)]);
        assert.deepEqual(laptop.got, [1]);
        const again = await connect(a, 'mute');
        await until('the message to be delivered from the mailbox', () => again.got.length === 1);
        await becomes(id, [user('ann', 2, 1, 1, false), user('mute', 2, 1, 1, true), user('nobody', 0, 0, 0, true)]);
      });

      it('who is away finds it all in order, again and again until it is acknowledged', async () => {
        const ids = [];
        for (const n of [1, 2, 3]) {
          ids.push(await post(n % 2 ? a : b, { uids: ['away'], data: n }));
          await becomes(ids.at(-1), [user('away', 0, 0, 0, true)]);
          await allSettled();
        }

        const careless = await connect(b, 'away', { answer: () => undefined });
        await until('all of it', () => careless.got.length === 3);
        assert.deepEqual(careless.got, [1, 2, 3]);
        careless.disconnect();
        const half = await connect(a, 'away', { answer: (n) => (n < 3 ? 'yes' : undefined) });
        await until('all of it again', () => half.got.length === 3);
        assert.deepEqual(half.got, [1, 2, 3]);
        await becomes(ids[0], [user('away', 2, 1, 0, true)]);
        await becomes(ids[1], [user('away', 2, 1, 0, true)]);
        half.disconnect();

        const last = await connect(b, 'away');
        await becomes(ids[2], [user('away', 3, 1, 0, true)]);
        assert.deepEqual(last.got, [3], 'what was acknowledged has gone');
        last.disconnect();
        const nothing = await connect(a, 'away');
        const id = await post(b, { uids: ['away'], data: 4 });
        await becomes(id, [user('away', 1, 1, 0, false)]);
        assert.deepEqual(nothing.got, [4]);
      });

      it('nothing is kept for whom nothing shall be kept', async () => {
        const id = await post(a, { uids: ['gone'], data: 1, mailboxTtl: 0 });
        await becomes(id, [user('gone', 0, 0, 0, false)]);
        await allSettled();

        const socket = await connect(b, 'gone');
        const second = await post(a, { uids: ['gone'], data: 2 });
        await becomes(second, [user('gone', 1, 1, 0, false)]);
        assert.deepEqual(socket.got, [2]);
      });

      it('a message that nobody knows is not found', async () => {
        const { status, body } = await a.api('/api/v1/messages/aaaaaaaaaaaaaaaaaaaa');
        assert.equal(status, 404);
        assert.equal(body.error.rule, 'unknown_message');
      });
    });
  }
});
