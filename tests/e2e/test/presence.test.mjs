// presence.test.mjs - who is where, asked of any of several processes on one Redis, while one of them stands still or dies.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ask, connectSocketIo } from '../lib/clients.mjs';
import { startPush } from '../lib/push.mjs';
import { World } from '../lib/processes.mjs';
import { startRedis } from '../lib/redis.mjs';
import { until } from '../lib/wait.mjs';

const kRoom = 'p:1';

describe('Presence over Redis', { concurrency: true }, () => {
  for (const mode of ['classic', 'sharded', 'streams']) {
    describe(mode, { concurrency: false }, () => {
      const world = new World();
      const open = [];
      let a, b, c, watcher, phone, laptop, nobody, doomed;

      before(async () => {
        const redis = await startRedis(world);
        const config = { redisAdapter: { ...redis.config, mode, requestsTimeout: '2s' } };
        const node = {
          api: { address: '127.0.0.1:0' }, events: ['rooms', 'echo'], presence: { lease: '1s' }, rooms: [{ match: 'p:*', presence: true }],
        };
        [a, b, c] = await Promise.all(['a', 'b', 'c'].map((name) => startPush(world, { count: 1, config, node: { ...node, name } })));
        world.defer(() => open.forEach((socket) => socket.disconnect()));
        watcher = await connect(a, undefined);
        phone = await connect(a, 'ann');
        laptop = await connect(b, 'ann');
        nobody = await connect(b, undefined);
        doomed = await connect(c, 'carl');
        for (const socket of [watcher, phone, laptop, nobody, doomed]) await ask(socket, 'join', kRoom);
        await ask(laptop, 'join', 'other');
        for (const push of [a, b, c]) await becomes(push, `/api/v1/presence?room=${kRoom}`, { count: 5, partial: false });
      });
      after(async () => {
        b?.signal('SIGCONT');
        await world.close();
      });

      /// A client that writes down what it hears of others: "+<socket>" or "-<socket>".
      async function connect(push, uid) {
        const seen = [];
        const options = { transports: ['websocket'], ...(uid && { extraHeaders: { 'x-pushgate-uid': uid } }) };
        const listen = (socket) =>
          socket.on('presence', ({ room, joined, left }) => {
            assert.equal(room, kRoom);
            seen.push(...(joined ?? left).map(({ socket: id, uid: who }) => `${joined ? '+' : '-'}${id} ${who ?? ''}`));
          });
        const socket = await connectSocketIo(push.url, uid ?? 'x', { ...options, listen });
        socket.seen = seen;
        socket.name = `${socket.id} ${uid ?? ''}`;
        open.push(socket);
        return socket;
      }

      /// The answer, as soon as it has these members.
      async function becomes(push, page, expected) {
        let body;
        await until(
          () => `${page} of ${push.nodes[0].name} to be ${JSON.stringify(expected)}, not ${JSON.stringify(body)}`,
          async () => {
            ({ body } = await push.api(page));
            return Object.entries(expected).every(([key, value]) => JSON.stringify(body[key]) === JSON.stringify(value));
          },
        );
        return body;
      }
      const hears = (socket, what) => until(() => `${what}; heard was ${socket.seen}`, () => socket.seen.includes(what));
      const complete = { partial: false, missing: [], missingUnnamed: 0 };

      it('is the same, whichever process is asked', async () => {
        for (const push of [a, b, c]) {
          await becomes(push, '/api/v1/rooms', { rooms: ['other', kRoom], ...complete });
          const room = await becomes(push, '/api/v1/rooms/p%3A1', { count: 5, users: 2, presence: true, ...complete });
          const places = room.members.map(({ socket, uid, node }) => `${socket} ${uid ?? ''} ${node}`).sort();
          const expected = [[watcher, a], [phone, a], [laptop, b], [nobody, b], [doomed, c]];
          assert.deepEqual(places, expected.map(([socket, on]) => `${socket.name} ${on.nodes[0].name}`).sort());

          const { members, users } = await becomes(push, `/api/v1/presence?room=${kRoom}`, { count: 5, ...complete });
          assert.equal(users, 2);
          const sockets = members.find(({ uid }) => uid === 'ann').sockets;
          assert.deepEqual(sockets.sort(), [phone.id, laptop.id].sort());

          const ann = await becomes(push, '/api/v1/users/ann', { online: true, ...complete });
          const devices = ann.devices.map(({ socket, node }) => `${socket} ${node}`).sort();
          assert.deepEqual(devices, [`${phone.id} ${a.nodes[0].name}`, `${laptop.id} ${b.nodes[0].name}`].sort());
          await becomes(push, '/api/v1/users/nobody', { online: false, devices: [], ...complete });
        }
      });

      it('tells members on all processes who comes and goes', async () => {
        const guest = await connect(c, 'guest');
        await ask(guest, 'join', kRoom);
        for (const socket of [watcher, laptop, doomed]) await hears(socket, `+${guest.name}`);
        guest.disconnect();
        for (const socket of [watcher, laptop, doomed]) await hears(socket, `-${guest.name}`);
      });

      it('sockets join, leave and are disconnected by any process', async () => {
        const guest = await connect(b, 'guest');
        await a.api('/api/v1/join', { uid: 'guest', rooms: [kRoom, 'lounge'] });
        await hears(watcher, `+${guest.name}`);
        await becomes(c, '/api/v1/rooms/lounge', { count: 1, ...complete });
        await c.api('/api/v1/leave', { socket: guest.id, rooms: [kRoom] });
        await hears(watcher, `-${guest.name}`);
        const ended = new Promise((resolve) => guest.once('disconnect', resolve));
        await c.api('/api/v1/disconnect', { uid: 'guest' });
        assert.equal(await ended, 'io server disconnect');
        await becomes(a, '/api/v1/users/guest', { online: false, devices: [], ...complete });
        await becomes(a, '/api/v1/rooms', { rooms: ['other', kRoom], ...complete });
      });

      it('names a process that stands still, and has its members again when it goes on', async () => {
        b.signal('SIGSTOP');

        const missing = { partial: true, missing: [b.nodes[0].name] };
        const { members } = await becomes(a, `/api/v1/presence?room=${kRoom}`, { count: 3, ...missing });
        assert.deepEqual(members.find(({ uid }) => uid === 'ann').sockets, [phone.id]);
        await becomes(c, '/api/v1/users/ann', { online: true, ...missing });
        await becomes(c, '/api/v1/rooms', { rooms: [kRoom], ...missing });
        // Its lease runs out: the others are told that its members have gone.
        for (const socket of [laptop, nobody]) await hears(watcher, `-${socket.name}`);
        const from = watcher.seen.length;

        b.signal('SIGCONT');

        for (const push of [a, b, c]) await becomes(push, `/api/v1/presence?room=${kRoom}`, { count: 5, ...complete });
        await until('its members to be told of again', () =>
          [laptop, nobody].every((socket) => watcher.seen.slice(from).includes(`+${socket.name}`)),
        );
        assert.ok(laptop.connected && nobody.connected);
      });

      it('forgets the members of a process that was killed, by itself', async () => {
        const heard = doomed.name;
        await c.killHard();

        for (const socket of [watcher, laptop]) await hears(socket, `-${heard}`);
        for (const push of [a, b]) {
          await becomes(push, `/api/v1/presence?room=${kRoom}`, { count: 4, ...complete });
          await becomes(push, '/api/v1/users/carl', { online: false, devices: [], ...complete });
        }
        const gone = watcher.seen.filter((line) => line === `-${heard}`);
        assert.equal(gone.length, 1, 'told once, though two processes saw it die');
      });
    });
  }
});
