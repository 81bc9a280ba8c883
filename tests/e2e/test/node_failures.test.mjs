// node_failures.test.mjs - nodes die, Redis goes and comes back, readers are slow, everybody returns at once.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { startAgent } from '../lib/agent.mjs';
import { ask, connectSocketIo, hear } from '../lib/clients.mjs';
import { startClusterServer } from '../lib/cluster.mjs';
import { startPush } from '../lib/push.mjs';
import { World } from '../lib/processes.mjs';
import { startRedis } from '../lib/redis.mjs';
import { openSlowReader } from '../lib/slow_reader.mjs';
import { inParallel, until } from '../lib/wait.mjs';

const kApi = { api: { address: '127.0.0.1:0' } };
const kWebSocket = { transports: ['websocket'], inQuery: true };

const publish = async (push, body) => assert.equal((await push.api('/api/v1/publish', body)).status, 200);

/// Publishes to the room again and again until every client has heard it once from now on.
async function untilReached(push, room, clients) {
  const waiting = new Set(clients);
  const listeners = clients.map((client) => [client, () => waiting.delete(client)]);
  listeners.forEach(([client, heard]) => client.on('reach', heard));
  await until(`${room} to reach all`, async () => {
    await push.api('/api/v1/publish', { event: 'reach', rooms: [room] });
    return waiting.size === 0;
  });
  listeners.forEach(([client, heard]) => client.off('reach', heard));
}

for (const mode of ['classic', 'sharded', 'streams']) {
  describe(`When something fails in a cluster over Redis, ${mode}`, () => {
    const world = new World();
    let redis, control, a, b, server, clientsOfA, clientsOfB, clientOfServer, all;

    before(async () => {
      redis = await startRedis(world, { unix: true });
      control = await redis.client();
      const config = { redisAdapter: { ...redis.config, mode, requestsTimeout: '1s' } };
      const start = (name) => startPush(world, { count: 1, config, node: { ...kApi, name, presence: { lease: '2s' } } });
      [a, b] = [await start('a'), await start('b')];
      server = await startClusterServer(world, mode, redis);
      const connect = (url, count) => Promise.all(Array.from({ length: count }, (_, n) => connectSocketIo(url, `u${n}`, kWebSocket)));
      clientsOfA = await connect(a.url, 5);
      clientsOfB = await connect(b.url, 5);
      [clientOfServer] = await connect(server.url, 1);
      all = [...clientsOfA, ...clientsOfB, clientOfServer];
      for (const client of all) await ask(client, 'join', 'room');
      await untilReached(a, 'room', all);
    });
    after(async () => {
      all?.forEach((client) => client.disconnect());
      await world.close();
    });

    it('delivery resumes after the connections that listen were killed', async () => {
      await control.sendCommand(['CLIENT', 'KILL', 'TYPE', 'pubsub']);
      if (mode === 'streams') await control.sendCommand(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']);
      await untilReached(a, 'room', all);
      await untilReached(b, 'room', all);
    });

    it('clients of a node hear each other while Redis is away, and the others again when it is back', async () => {
      await redis.stop();
      const heard = Promise.all(clientsOfA.slice(1).map((client) => hear(client, 'without-redis')));
      await ask(clientsOfA[0], 'publish', { room: 'room', event: 'without-redis' });
      await heard;

      assert.ok(await redis.start(), 'Redis did not start again');
      await untilReached(a, 'room', all);
      await untilReached(b, 'room', all);
    });

    it('a node that is killed in the middle of broadcasts harms nobody else, and its clients are gone', async () => {
      const kCount = 200;
      const heard = Promise.all([...clientsOfA, clientOfServer].map((client) => hear(client, 'going-on', kCount)));
      for (let n = 0; n < kCount; ++n) {
        if (n === kCount / 4) await b.killHard();
        await publish(a, { event: 'going-on', rooms: ['room'], data: n });
      }
      for (const events of await heard) {
        assert.deepEqual(events.map(([n]) => n), Array.from({ length: kCount }, (_, n) => n));
      }

      const left = [...clientsOfA, clientOfServer].map(({ id }) => id).sort();
      await until('the others alone to be found', async () => {
        const found = await server.call('fetchSockets', { to: 'room' }).catch(() => []);
        return JSON.stringify(found.map(({ id }) => id).sort()) === JSON.stringify(left);
      });
      clientsOfA.forEach((client) => client.on('ask', (done) => done(1)));
      clientOfServer.on('ask', (done) => done(1));
      await until('a question to be answered by all who are left', async () => {
        const answers = await server.call('emitWithAck', { to: 'room', timeout: 3000 }, 'ask').catch(() => []);
        return answers.length === left.length;
      });
    });
  });
}

describe('Devices of one user', () => {
  const world = new World();
  after(() => world.close());

  it('all get what is published to the user, on whichever node', async () => {
    const redis = await startRedis(world);
    const config = { redisAdapter: redis.config };
    const one = await startPush(world, { count: 2, config, node: { ...kApi, name: 'one' } });
    const two = await startPush(world, { count: 1, config, node: { ...kApi, name: 'two' } });
    // What an agent does: it names the user in a header.
    const as = (uid) => ({ transports: ['websocket'], extraHeaders: { 'x-pushgate-uid': uid } });
    const urls = [...one.nodes, ...two.nodes].map(({ url }) => url);
    const devices = await Promise.all(urls.map((url) => connectSocketIo(url, 'dup', as('dup'))));
    const other = await connectSocketIo(urls[0], 'other', as('other'));
    other.on('note', () => assert.fail('this was for somebody else'));
    await untilReached(two, 'user:dup', devices);

    const heard = Promise.all(devices.map((device) => hear(device, 'note')));
    await publish(one, { event: 'note', rooms: ['user:dup'], data: 'for all devices' });
    for (const [args] of await heard) assert.deepEqual(args, ['for all devices']);
    const last = hear(other, 'last');
    await publish(one, { event: 'last', rooms: ['user:other'] });
    await last;
    [...devices, other].forEach((device) => device.disconnect());
  });
});

describe('A reader of 1 KiB/s in a room of 100', () => {
  const world = new World();
  after(() => world.close());

  const kBig = 'x'.repeat(64 * 1024);
  const kMostRounds = 2000;
  const residentMiB = ({ pid }) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

  /// Sends large messages to the slow one, and a small one to all each time, until `enough`.
  async function flood(queue, { volatile = false } = {}, enough) {
    const push = await startPush(world, { node: { ...kApi, queue } });
    const crowd = await inParallel(Array.from({ length: 99 }), 20, (_, n) => connectSocketIo(push.url, `u${n}`, kWebSocket));
    await inParallel(crowd, 20, (client) => ask(client, 'join', 'crowd'));
    const slow = await openSlowReader(push.port, ['crowd', 'slow']);
    world.defer(() => [slow.destroy(), ...crowd.map((client) => client.disconnect())]);
    crowd.forEach((client) => {
      client.got = [];
      client.on('tick', (n) => client.got.push(n));
    });

    const before = residentMiB(push);
    let round = 0;
    let queued = 0;
    while (!(await enough(push, slow))) {
      assert.ok(++round < kMostRounds, 'nothing happened to the slow reader');
      await publish(push, { event: 'big', rooms: ['slow'], data: kBig, volatile });
      await publish(push, { event: 'tick', rooms: ['crowd'], data: round, volatile });
      queued = Math.max(queued, await push.metric('pushgate_node_queued_bytes'));
    }
    await until('the others to have everything', () => crowd.every(({ got }) => got.length === round));
    for (const { got } of crowd) assert.deepEqual(got, Array.from({ length: round }, (_, n) => n + 1));
    assert.ok(crowd.every(({ connected }) => connected));
    assert.ok(queued < 2 * 1024 * 1024, `${queued} bytes were queued`);
    assert.ok(residentMiB(push) - before < 64, `memory grew from ${before} to ${residentMiB(push)} MiB`);
    return { push, slow };
  }

  const counted = (name, least = 1) => async (push) => (await push.metric(name)) >= least;

  it('is closed by the policy close, and nobody else notices', async () => {
    const { push, slow } = await flood({ bytes: '1MiB', whenFull: 'close' }, {}, counted('pushgate_node_slow_consumers_total'));
    await slow.closed;
    assert.equal(await push.metric('pushgate_node_slow_consumers_total'), 1);
  });

  it('misses the oldest by the policy dropOldest, and stays', async () => {
    const { push, slow } = await flood({ bytes: '1MiB', whenFull: 'dropOldest' }, {}, counted('pushgate_node_messages_dropped_oldest_total', 30));
    assert.ok(slow.isOpen());
    assert.equal(await push.metric('pushgate_node_slow_consumers_total'), 0);
  });

  it('misses volatile messages before anything else', async () => {
    const { push, slow } = await flood({ bytes: '1MiB', whenFull: 'close' }, { volatile: true }, counted('pushgate_node_messages_dropped_volatile_total', 30));
    assert.ok(slow.isOpen());
    assert.equal(await push.metric('pushgate_node_slow_consumers_total'), 0);
  });
});

describe('A thousand clients that come back at once', () => {
  const world = new World();
  after(() => world.close());
  const kClients = 1000;

  it('are all served, through the agent, and their rooms work', async () => {
    const first = await startPush(world, { node: kApi });
    const table = (push) => ({ default: { backends: [{ id: 'node', address: `127.0.0.1:${push.port}` }] } });
    const agent = await startAgent(world, table(first), { health: { backoff: '100ms', maxBackoff: '200ms' } });
    const options = { ...kWebSocket, reconnection: true, reconnectionDelay: 100, reconnectionDelayMax: 1000 };
    const clients = await inParallel(Array.from({ length: kClients }), 100, (_, n) => connectSocketIo(agent.url, `u${n}`, options));
    world.defer(() => clients.forEach((client) => client.disconnect()));
    clients.forEach((client) => client.on('disconnect', () => (client.wasAway = true)));

    await first.killHard();
    const second = await startPush(world, { node: kApi });
    agent.replaceRouter(table(second));

    await until('all to be back', () => clients.every(({ connected, wasAway }) => connected && wasAway));
    await inParallel(clients, 100, (client) => ask(client, 'join', 'all'));
    const heard = Promise.all(clients.map((client) => hear(client, 'news')));
    await publish(second, { event: 'news', rooms: ['all'], data: 1 });
    await heard;
    assert.equal(await second.metric('pushgate_node_websocket_sessions'), kClients);
  });
});
