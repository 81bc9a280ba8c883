// node_limits.test.mjs - compression, the largest payload, a new start of the node, and the client's files.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { after, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { startAgent } from '../lib/agent.mjs';
import { ask, connectSocketIo, get, hear } from '../lib/clients.mjs';
import { startPush } from '../lib/push.mjs';
import { World } from '../lib/processes.mjs';
import { until, within } from '../lib/wait.mjs';

const kEcho = { events: ['rooms', 'echo'] };

describe('The push node', () => {
  const world = new World();
  const sockets = [];
  after(async () => {
    sockets.forEach((socket) => socket.disconnect());
    await world.close();
  });

  async function connect(push, uid, options = {}) {
    const socket = await connectSocketIo(push.url, uid, { inQuery: true, ...options });
    sockets.push(socket);
    return socket;
  }

  it('compresses WebSocket messages if it is told to, a broadcast once for all', async () => {
    const push = await startPush(world, { node: { ...kEcho, compression: { enabled: true, threshold: '1KiB' } } });
    const options = { transports: ['websocket'], perMessageDeflate: { threshold: 0 } };
    const [one, two, plain] = [await connect(push, 'a', options), await connect(push, 'b', options), await connect(push, 'c', { ...options, perMessageDeflate: false })];
    const { ws } = one.io.engine.transport;
    assert.match(ws.extensions, /permessage-deflate/);
    assert.equal(plain.io.engine.transport.ws.extensions, '');

    const text = 'all work and no play '.repeat(10_000);
    assert.equal(await ask(one, 'message-with-ack', text), text);
    const bytes = randomBytes(50_000);
    assert.ok(bytes.equals(await ask(one, 'message-with-ack', bytes)));

    for (const socket of [one, two, plain]) await ask(socket, 'join', 'r');
    const before = ws._socket.bytesRead;
    const heard = Promise.all([one, plain].map((socket) => hear(socket, 'news')));
    await ask(two, 'publish', { room: 'r', event: 'news', data: text });
    for (const [[got]] of await heard) assert.equal(got, text);
    assert.ok(ws._socket.bytesRead - before < text.length / 20, `${ws._socket.bytesRead - before} bytes arrived`);
  });

  it('does not compress unless it is told to', async () => {
    const push = await startPush(world, { node: kEcho });
    const socket = await connect(push, 'a', { transports: ['websocket'], perMessageDeflate: { threshold: 0 } });
    assert.equal(socket.io.engine.transport.ws.extensions, '');
  });

  it('compresses polls for clients that take it', async () => {
    const push = await startPush(world, { node: kEcho });
    const echo = `42["message-back","${'x'.repeat(100_000)}"]`;

    /// The answer to a poll that has a large message to give.
    async function poll(acceptEncoding) {
      const path = '/socket.io/?EIO=4&transport=polling';
      const { sid } = JSON.parse((await get(push.port, undefined, { path })).body.slice(1));
      const session = `${path}&sid=${sid}`;
      const post = (body) => get(push.port, undefined, { path: session, method: 'POST', body });
      await post('40');
      await post(echo.replace('message-back', 'message'));
      const headers = acceptEncoding === undefined ? {} : { 'accept-encoding': acceptEncoding };
      return get(push.port, undefined, { path: session, headers });
    }

    for (const accepted of ['gzip, deflate, br', 'br;q=1, GZIP;q=0.5', '*']) {
      const answer = await poll(accepted);
      assert.equal(answer.headers['content-encoding'], 'gzip', accepted);
      assert.ok(answer.raw.length < 2000);
      assert.ok(gunzipSync(answer.raw).toString().endsWith(echo));
    }
    for (const refused of [undefined, 'br', 'gzip;q=0', 'deflate, gzip; q=0.000']) {
      const answer = await poll(refused);
      assert.equal(answer.headers['content-encoding'], undefined, refused);
      assert.ok(answer.body.endsWith(echo));
    }
  });

  it('ends a session that sends more than maxPayload, and no other', async () => {
    const push = await startPush(world, { node: { ...kEcho, maxPayload: '100KiB' } });
    const other = await connect(push, 'other');
    for (const transports of [['websocket'], ['polling']]) {
      const socket = await connect(push, 'greedy', { transports });
      const fits = 'x'.repeat(90 * 1024);
      assert.equal(await ask(socket, 'message-with-ack', fits), fits);
      const end = once(socket, 'disconnect');
      socket.emit('message', 'x'.repeat(110 * 1024));
      const [reason] = await within('the end', end);
      assert.match(reason, /^transport (close|error)$/);
    }
    const binary = await connect(push, 'greedy', { transports: ['websocket'] });
    const end = once(binary, 'disconnect');
    binary.emit('message', Buffer.alloc(110 * 1024));
    await within('the end', end);
    assert.equal(await ask(other, 'message-with-ack', 'fine'), 'fine');
  });

  it('lets clients of all generations come back by themselves to a new start', async () => {
    const first = await startPush(world, { node: kEcho, config: {} });
    const table = (push) => ({ default: { backends: [{ id: 'node', address: `127.0.0.1:${push.port}` }] } });
    const agent = await startAgent(world, table(first), { health: { backoff: '100ms', maxBackoff: '200ms' } });
    const options = { reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 200 };
    const clients = [];
    for (const generation of [4, 2, 1]) {
      for (const transports of [undefined, ['polling'], ['websocket']]) {
        const client = await connect(agent, `u${generation}`, { generation, transports, ...options });
        client.reasons = [];
        client.on('disconnect', (reason) => client.reasons.push(reason));
        clients.push(client);
      }
    }

    await first.killHard();
    await until('all to notice', () => clients.every(({ reasons }) => reasons.length > 0));
    const second = await startPush(world, { node: kEcho });
    agent.replaceRouter(table(second));

    await until('all to be back', () => clients.every(({ connected }) => connected));
    for (const client of clients) {
      assert.equal(await ask(client, 'message-with-ack', 'again'), 'again');
      assert.match(client.reasons[0], /^transport (close|error)$/);
    }
  });

  it('serves the files of the client, with tags for caches', async () => {
    const push = await startPush(world);
    for (const name of ['socket.io.js', 'socket.io.min.js', 'socket.io.esm.min.js', 'socket.io.msgpack.min.js', 'socket.io.min.js.map']) {
      const response = await fetch(`${push.url}/socket.io/${name}`);
      assert.equal(response.status, 200, `${name}: is it in share/client beside the program?`);
      assert.match(response.headers.get('content-type'), name.endsWith('.map') ? /json/ : /javascript/);
      const again = await fetch(`${push.url}/socket.io/${name}`, { headers: { 'if-none-match': response.headers.get('etag') } });
      assert.equal(again.status, 304);
    }
    assert.equal((await fetch(`${push.url}/`)).status, 404, 'no demo unless it is wanted');
    const none = await startPush(world, { node: { clientFiles: 'off' } });
    assert.equal((await fetch(`${none.url}/socket.io/socket.io.js`)).status, 404);
  });
});
