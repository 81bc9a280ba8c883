// redis_overrun.test.mjs - Redis cuts a subscriber that reads too slowly (client-output-buffer-limit pubsub): what do the
// clients of that process lose, and are they told?

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ask, connectSocketIo } from '../lib/clients.mjs';
import { startPush } from '../lib/push.mjs';
import { World } from '../lib/processes.mjs';
import { startRedis } from '../lib/redis.mjs';
import { until } from '../lib/wait.mjs';

const kRoom = 'crowd';
const kLarge = 'x'.repeat(128 * 1024);
const kMostLarge = 1000; // socket buffers fill up first
const kClients = 3;
const numbers = (from, to) => Array.from({ length: to - from + 1 }, (_, n) => from + n);

for (const mode of ['classic', 'sharded']) {
  describe(`A process that stands still until Redis cuts its subscription, ${mode}`, () => {
    const world = new World();
    let control, config;

    before(async () => {
      const redis = await startRedis(world);
      control = await redis.client();
      await control.configSet('client-output-buffer-limit', 'pubsub 2097152 0 0');
      config = { redisAdapter: { ...redis.config, mode } };
    });
    after(() => world.close());

    async function startTwo(node) {
      // When it goes on it reads much at once; its clients' queues are not what this is about.
      const common = { api: { address: '127.0.0.1:0' }, resyncEvent: 'resync', queue: { bytes: '256MiB' } };
      const start = (name) => startPush(world, { count: 1, config, node: { ...common, ...node, name } });
      const [fast, slow] = [await startListening(start, 'fast'), await startListening(start, 'slow')];
      world.defer(() => slow.signal('SIGCONT'));
      fast.clients = await connect(fast);
      slow.clients = await connect(slow);
      fast.published = 0;
      await until('the processes to hear each other', async () => {
        await publish(fast, 1);
        return slow.clients.every(({ got }) => got.length > 0);
      });
      return [fast, slow];
    }
    /// `subscriber` is the connection by which the process hears the others.
    async function startListening(start, name) {
      const before = await subscribers();
      const push = await start(name);
      push.subscriber = await until(`${name} to listen`, async () => (await subscribers()).find((id) => !before.includes(id)));
      return push;
    }
    function connect(push) {
      return Promise.all(
        numbers(1, kClients).map(async (n) => {
          const heard = { got: [], resyncs: [], ends: 0 };
          const listen = (socket) => {
            socket.on('tick', (number) => heard.got.push(number));
            socket.on('resync', (what) => heard.resyncs.push(what));
            socket.on('disconnect', () => (heard.ends += 1));
          };
          const socket = await connectSocketIo(push.url, `u${n}`, { transports: ['websocket'], inQuery: true, listen });
          world.defer(() => socket.disconnect());
          await ask(socket, 'join', kRoom);
          return Object.assign(heard, { socket });
        }),
      );
    }
    async function publish(push, count, more) {
      for (let n = 0; n < count; ++n) {
        const { status } = await push.api('/api/v1/publish', { rooms: [kRoom], event: 'tick', args: [++push.published, more] });
        assert.equal(status, 200);
      }
    }
    /// The ids of the connections that listen.
    const subscribers = async () => {
      const list = await control.sendCommand(['CLIENT', 'LIST', 'TYPE', 'pubsub']);
      return [...list.matchAll(/^id=(\d+) /gm)].map(([, id]) => id);
    };

    /// Publishes large events while `slow` stands still, until Redis has cut it.
    async function overrun(fast, slow) {
      slow.signal('SIGSTOP');
      await until('Redis to cut the subscriber', async () => {
        await publish(fast, 1, kLarge);
        assert.ok(fast.published < kMostLarge, 'Redis keeps everything');
        return !(await subscribers()).includes(slow.subscriber);
      });
      slow.signal('SIGCONT');
    }
    const metrics = async (push) => [await push.metric('pushgate_bus_gaps_total'), await push.metric('pushgate_node_resyncs_total')];

    it('subscribes again by itself, tells its clients, and from then on they miss nothing', async () => {
      const [fast, slow] = await startTwo({});
      assert.deepEqual(await metrics(slow), [0, 0]);

      await overrun(fast, slow);
      await until('its clients to be told', () => slow.clients.every(({ resyncs }) => resyncs.length > 0));
      const first = fast.published + 1;
      await publish(fast, 50);

      await until('them to get what came after that', () => slow.clients.every(({ got }) => got.at(-1) === fast.published));
      for (const { got, resyncs, ends } of slow.clients) {
        assert.deepEqual(got.slice(got.indexOf(first)), numbers(first, fast.published));
        assert.equal(new Set(got).size, got.length, 'nothing came twice');
        assert.ok(got.length < fast.published, 'and something was lost, or this proves nothing');
        assert.deepEqual(resyncs, [{ reason: 'bus' }]);
        assert.equal(ends, 0);
      }
      assert.deepEqual(await metrics(slow), [1, kClients]);
      assert.deepEqual(await metrics(fast), [0, 0]);
      for (const { got, resyncs } of fast.clients) {
        assert.deepEqual(got, numbers(1, fast.published), 'who reads fast has got everything');
        assert.deepEqual(resyncs, []);
      }
      assert.match(slow.log, /redis connection lost/);
      await Promise.all([slow.close(), fast.close()]);
    });

    it('loses nothing of what is logged: that does not come by the subscription', async () => {
      const [fast, slow] = await startTwo({ recovery: { enabled: true } });

      await overrun(fast, slow);
      await publish(fast, 50);

      const before = slow.clients.map(({ got }) => got[0]);
      await until(
        () => `all of them; the last were ${slow.clients.map(({ got }) => got.at(-1))} of ${fast.published}`,
        () => slow.clients.every(({ got }) => got.at(-1) === fast.published),
      );
      slow.clients.forEach(({ got, ends }, n) => {
        assert.deepEqual(got, numbers(before[n], fast.published));
        assert.equal(ends, 0);
      });
      await until('the gap of the bus to be counted', async () => (await metrics(slow))[0] === 1);
    });
  });
}
