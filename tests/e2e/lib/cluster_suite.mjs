// cluster_suite.mjs - one cluster of Node.js servers and push nodes over one Redis. What one of them
// says reaches the clients of all others, in both directions.
//
// The control is the same cluster with a third Node.js server in the place of the push nodes.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { after, before, beforeEach, afterEach, describe, it } from 'node:test';
import { Emitter } from '@socket.io/redis-emitter';
import { ask, connectSocketIo, hear } from './clients.mjs';
import { startClusterServer } from './cluster.mjs';
import { startPush } from './push.mjs';
import { World } from './processes.mjs';
import { startRedis } from './redis.mjs';
import { until, within } from './wait.mjs';

/// How a cluster of a mode is configured on both sides.
const kModes = {
  classic: {},
  'classic with pattern': { push: { subscribe: 'pattern' } },
  'classic with own response channels': {
    push: { specificResponseChannel: true },
    js: { publishOnSpecificResponseChannel: true },
  },
  sharded: {},
  streams: {},
};

/// Declares the tests of a mode. `third` is what stands beside two Node.js servers: push nodes, or
/// as a control one more of their own kind.
export function clusterSuite(mode, third) {
  const kind = mode.split(' ')[0];
  const { push: pushOptions = {}, js = {} } = kModes[mode];

  describe(`A cluster over Redis, ${mode}, with ${third}`, () => {
    const world = new World();
    let redis, servers, push, urls;
    let clients; // one at each server: two of Node.js, the others at the third
    let room; // a new one for each test

    before(async () => {
      redis = await startRedis(world);
      servers = [await startClusterServer(world, kind, redis, js), await startClusterServer(world, kind, redis, js)];
      const jsUrls = servers.map(({ url }) => url);
      if (third === 'push nodes') {
        const config = { redisAdapter: { ...redis.config, mode: kind, ...pushOptions } };
        push = await startPush(world, { count: 2, config, node: { api: { address: '127.0.0.1:0' } } });
        urls = [...jsUrls, ...push.nodes.map(({ url }) => url)];
      } else {
        servers.push(await startClusterServer(world, kind, redis, js));
        urls = [...jsUrls, servers[2].url, servers[2].url];
      }
    });
    after(() => world.close());

    let rounds = 0;
    beforeEach(async () => {
      room = `room-${++rounds}`;
      clients = await Promise.all(urls.map((url, n) => connectSocketIo(url, `user-${n}`, { inQuery: true, transports: ['websocket'] })));
      for (const client of clients) assert.deepEqual(await ask(client, 'join', [room, 'everybody']), { ok: true });
      // A room's channel is subscribed a moment after the join: wait until all are reached.
      await until('every client to be reached by the first server', async () => {
        const silent = clients.filter((client) => !client.reached);
        silent.forEach((client) => client.once('reach', () => (client.reached = true)));
        await servers[0].call('emit', { to: room }, 'reach');
        await servers[1].call('emit', { to: room }, 'reach');
        await new Promise((done) => setImmediate(done));
        return clients.every((client) => client.reached);
      });
      clients.forEach((client) => client.off('reach'));
    });
    afterEach(() => clients.forEach((client) => client.disconnect()));

    const everyone = (event, count = 1) => Promise.all(clients.map((client) => hear(client, event, count)));
    const others = (without, event) => Promise.all(clients.filter((client) => client !== without).map((client) => hear(client, event)));
    /// Fails if any of them hears `event` before it hears what is sent afterwards.
    const deaf = (list, event) => list.forEach((client) => client.on(event, () => assert.fail(`${event} was not for ${client.id}`)));

    it('carries a broadcast of a Node.js server to everybody', async () => {
      const heard = everyone('news');
      await servers[0].call('emit', {}, 'news', 1, { two: [3] }, 'vier €');
      for (const [args] of await heard) assert.deepEqual(args, [1, { two: [3] }, 'vier €']);
    });

    it('carries binaries', async () => {
      const binary = randomBytes(5000);
      const heard = everyone('binary');
      await servers[0].call('emit', { to: room }, 'binary', binary, { deep: [Buffer.from([0, 255])] }, 1.5, -70000, null);
      for (const [[first, second, ...rest]] of await heard) {
        assert.ok(binary.equals(first));
        assert.deepEqual([...second.deep[0]], [0, 255]);
        assert.deepEqual(rest, [1.5, -70000, null]);
      }
    });

    it('carries what a client of each server publishes to the others', async () => {
      for (const client of clients) {
        const heard = others(client, 'from-client');
        client.once('from-client', () => assert.fail('a sender does not hear itself'));
        const data = { text: 'ü', bytes: randomBytes(300) };
        await ask(client, 'publish', { room, event: 'from-client', data });
        for (const [[got]] of await heard) {
          assert.equal(got.text, 'ü');
          assert.ok(data.bytes.equals(got.bytes));
        }
        client.off('from-client');
      }
    });

    it('knows rooms and excepts', async () => {
      const [a, b, c, d] = clients;
      await ask(c, 'join', `${room}-except`);
      await ask(a, 'join', `${room}-two`);
      await ask(d, 'join', `${room}-two`);
      deaf([c], 'not-c');
      const first = Promise.all([a, b, d].map((client) => hear(client, 'not-c')));
      await servers[1].call('emit', { to: room, except: `${room}-except` }, 'not-c');
      await first;

      deaf([b, c], 'two');
      const second = Promise.all([a, d].map((client) => hear(client, 'two', 1)));
      await until('both to be in the room', async () => (await servers[0].call('fetchSockets', { to: `${room}-two` })).length === 2);
      await servers[0].call('emit', { to: [`${room}-two`] }, 'two');
      await second;

      deaf([a, b, c], 'one');
      const third = hear(d, 'one');
      await servers[0].call('emit', { to: d.id }, 'one');
      await third;
      const last = everyone('last');
      await servers[0].call('emit', { to: room }, 'last');
      await last;
    });

    it('keeps local broadcasts local, and carries volatile ones', async () => {
      deaf(clients.slice(1), 'local');
      const local = hear(clients[0], 'local');
      await servers[0].call('emit', { local: true }, 'local');
      await local;
      // Who is being written to at that moment does without: that is what volatile means.
      let all = false;
      everyone('volatile').then(() => (all = true), () => {});
      await until('everybody to hear a volatile one', async () => {
        await servers[0].call('emit', { volatile: true }, 'volatile', 7);
        return all;
      });
    });

    it('keeps the order of many broadcasts', async () => {
      const heard = everyone('many', 300);
      for (let n = 0; n < 300; ++n) await servers[0].call('emit', { to: room }, 'many', n);
      for (const all of await heard) assert.deepEqual(all.map(([n]) => n), Array.from({ length: 300 }, (_, n) => n));
    });

    it('fetches the sockets of all servers', async () => {
      const all = await servers[0].call('fetchSockets', { to: room });
      assert.deepEqual(all.map(({ id }) => id).sort(), clients.map(({ id }) => id).sort());
      for (const { id, rooms, handshake } of all) {
        assert.ok(rooms.includes(room) && rooms.includes(id), JSON.stringify(rooms));
        assert.equal(typeof handshake.address, 'string');
        assert.equal(typeof handshake.issued, 'number');
      }
      assert.equal((await servers[1].call('fetchSockets', { to: clients[3].id })).length, 1);
    });

    it('moves sockets of other servers into and out of rooms', async () => {
      const target = `${room}-joined`;
      await servers[0].call('socketsJoin', { to: room }, [target]);
      await until('all to have joined', async () => (await servers[1].call('fetchSockets', { to: target })).length === clients.length);
      const heard = everyone('joined');
      await until('all to be reached', async () => {
        await servers[1].call('emit', { to: target }, 'joined');
        return Promise.race([heard.then(() => true), new Promise((done) => setTimeout(done, 50, false))]);
      });

      await servers[0].call('socketsLeave', { to: clients[3].id }, [target]);
      await until('one to have left', async () => (await servers[1].call('fetchSockets', { to: target })).length === clients.length - 1);
    });

    it('disconnects sockets of other servers', async () => {
      const reason = Promise.all(clients.slice(2).map((client) => once(client, 'disconnect')));
      await servers[0].call('disconnectSockets', { to: [clients[2].id] }, false);
      await servers[0].call('disconnectSockets', { to: [clients[3].id] }, true);
      for (const [why] of await within('both to be disconnected', reason)) assert.equal(why, 'io server disconnect');
      assert.ok(clients[0].connected && clients[1].connected);
    });

    it('asks all clients and collects their answers', async () => {
      clients.forEach((client, n) => client.on('ask', (value, done) => done({ n, value, bytes: Buffer.from([n]) })));
      const answers = await servers[0].call('emitWithAck', { to: room, timeout: 8000 }, 'ask', { q: 1 });
      assert.deepEqual(answers.map(({ n }) => n).sort(), clients.map((_, n) => n));
      for (const { n, value, bytes } of answers) {
        assert.deepEqual(value, { q: 1 });
        assert.deepEqual([...bytes], [n]);
      }
    });

    it('says so if a client does not answer', async () => {
      clients.slice(0, 3).forEach((client) => client.on('ask', (done) => done(1)));
      await assert.rejects(servers[0].call('emitWithAck', { to: room, timeout: 800 }, 'ask'), /timed out/);
    });

    it('lets servers talk among themselves', async () => {
      await servers[0].call('serverSideEmit', 'from-server', room, { a: 1 });
      await until('the other server to hear it', async () =>
        (await servers[1].call('heard')).some(([name, value]) => name === room && value.a === 1));
    });

    it('does not keep a server waiting for the answers of its kind', async () => {
      // A push node has no code that could answer: it says so, or a question would always time out.
      const answers = await servers[0].call('serverSideEmitWithAck', 'question', 42).catch((error) => error.message);
      const given = Array.isArray(answers) ? answers : [];
      assert.ok(third === 'push nodes' || given.length === 2, JSON.stringify(answers));
      if (third === 'push nodes') assert.ok(given.some((answer) => answer?.answered === 42), JSON.stringify(answers));
    });

    it('lists the rooms of all servers', async () => {
      if (kind !== 'classic') return; // only this adapter has the request
      const rooms = await servers[0].call('allRooms');
      for (const client of clients) assert.ok(rooms.includes(client.id), `the own room of ${client.id}`);
      assert.ok(rooms.includes(room));
    });

    if (kind === 'classic') {
      it('hears redis-emitter', async () => {
        const emitter = new Emitter(await redis.client());
        const binary = randomBytes(100);
        const heard = everyone('emitted');
        emitter.to(room).emit('emitted', 'text', binary);
        for (const [[text, bytes]] of await heard) {
          assert.equal(text, 'text');
          assert.ok(binary.equals(bytes));
        }
        const all = everyone('to-all');
        emitter.emit('to-all');
        await all;
        emitter.in(room).socketsJoin(`${room}-emitter`);
        await until('all to have joined', async () =>
          (await servers[0].call('fetchSockets', { to: `${room}-emitter` })).length === clients.length);
        const gone = once(clients[3], 'disconnect');
        emitter.in(clients[3].id).disconnectSockets(true);
        await within('a disconnect', gone);
      });
    }

    if (third === 'push nodes') {
      it('carries what the HTTP API publishes', async () => {
        const heard = everyone('published');
        const { status } = await push.api('/api/v1/publish', { event: 'published', rooms: [room], args: [1, { $binary: 'AAEC' }] });
        assert.equal(status, 200);
        for (const [[one, bytes]] of await heard) {
          assert.equal(one, 1);
          assert.deepEqual([...bytes], [0, 1, 2]);
        }
      });

      it('lets the HTTP API move and disconnect sockets of Node.js servers', async () => {
        await push.api('/api/v1/join', { inRooms: [room], rooms: [`${room}-api`] });
        await until('all to have joined', async () =>
          (await servers[0].call('fetchSockets', { to: `${room}-api` })).length === clients.length);
        const gone = Promise.all([once(clients[0], 'disconnect'), once(clients[3], 'disconnect')]);
        await push.api('/api/v1/disconnect', { sockets: [clients[0].id, clients[3].id] });
        await within('both to be disconnected', gone);
      });
    }
  });
}
