// recovery_streams.test.mjs - clients that go on where they were, at servers of the other make: the
// streams adapter of Socket.IO and the push nodes keep sessions and messages alike.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { ask, connectSocketIo } from '../lib/clients.mjs';
import { startClusterServer } from '../lib/cluster.mjs';
import { startPush } from '../lib/push.mjs';
import { World } from '../lib/processes.mjs';
import { startRedis } from '../lib/redis.mjs';
import { until } from '../lib/wait.mjs';

const kApi = { api: { address: '127.0.0.1:0' } };

describe('Connection state recovery over the streams adapter', () => {
  const world = new World();
  let redis, server, push, room;
  let rounds = 0;

  const startNodes = (name) =>
    startPush(world, {
      config: { redisAdapter: { ...redis.config, mode: 'streams' } },
      node: { ...kApi, name, recovery: { enabled: true }, events: ['rooms'] },
    });

  before(async () => {
    redis = await startRedis(world);
    server = await startClusterServer(world, 'streams', redis, { recovery: true });
    push = await startNodes('a');
  });
  after(() => world.close());
  beforeEach(() => (room = `room-${++rounds}`));

  const fromServer = (value) => server.call('emit', { to: room }, 'news', value);
  const fromNode = async (value, nodes = push) =>
    assert.equal((await nodes.api('/api/v1/publish', { rooms: [room], event: 'news', data: value })).status, 200);

  /// A client in the room that has heard something, with an offset.
  async function connected(url) {
    const client = await connectSocketIo(url, 'ann', { inQuery: true, transports: ['websocket'] });
    assert.deepEqual(await ask(client, 'join', room), { ok: true });
    await until('the client to be reached with an offset', async () => {
      await server.call('emit', { to: room }, 'reach');
      return client._lastOffset !== undefined;
    });
    client.name = client.id; // once it is disconnected it has none
    return client;
  }

  /// The same client at another server; it notes all news from the first moment on.
  async function comeBack(url, before) {
    const news = [];
    const client = await connectSocketIo(url, 'ann', {
      inQuery: true,
      transports: ['websocket'],
      listen: (socket) => {
        socket._pid = before._pid;
        socket._lastOffset = before._lastOffset;
        socket.on('news', (value) => news.push(value));
      },
    });
    return { client, news };
  }

  async function lose(client) {
    const gone = new Promise((resolve) => client.once('disconnect', resolve));
    client.io.engine.transport.ws.terminate();
    await gone;
  }
  const sessionIsSaved = async (client) => {
    const control = await redis.client();
    await until('the session to be saved', async () => (await control.sendCommand(['EXISTS', `sio:session:${client._pid}`])) === 1);
  };

  async function goesOn(client, url) {
    await fromServer('from the server');
    await fromNode('from a node');
    const { client: again, news } = await comeBack(url, client);
    await until('the missed news', () => news.length >= 2);
    assert.ok(again.recovered, 'not recovered');
    assert.equal(again.id, client.name);
    assert.deepEqual([...news].sort(), ['from a node', 'from the server']);
    await fromServer('live, from the server');
    await fromNode('live, from a node');
    await until('the live news', () => news.length >= 4);
    assert.deepEqual(news.slice(2).sort(), ['live, from a node', 'live, from the server']);
    return again;
  }

  it('takes a client of a Node.js server on at a push node', async () => {
    const client = await connected(server.url);
    await lose(client);
    await sessionIsSaved(client);
    (await goesOn(client, push.nodes[0].url)).disconnect();
  });

  it('hands a client of a push node over to a Node.js server', async () => {
    const client = await connected(push.nodes[0].url);
    await lose(client);
    await sessionIsSaved(client);
    (await goesOn(client, server.url)).disconnect();
  });

  it('does so when the push node was killed', async () => {
    for (const url of [push.nodes[0].url, server.url]) {
      const doomed = await startNodes('doomed');
      const client = await connected(doomed.nodes[0].url);
      await sessionIsSaved(client);
      await doomed.killHard();
      (await goesOn(client, url)).disconnect();
    }
  });
});
