// websocket.test.mjs - does a plain WebSocket notice that the agent stands between it and its node?

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { after, before, describe, it } from 'node:test';
import WebSocket from 'ws';
import { startAgent } from '../lib/agent.mjs';
import { connectWebSocket, cookieOf, roundTrip, users, whoAnswers } from '../lib/clients.mjs';
import { nodeOfEachUid, product, startNodes } from '../lib/nodes.mjs';
import { World } from '../lib/processes.mjs';
import { inParallel, until, within } from '../lib/wait.mjs';

const kMiB = 1024 * 1024;

describe('A plain WebSocket through the agent', () => {
  const world = new World();
  let nodes, agent;

  before(async () => {
    nodes = await startNodes(world, 'ws', 3);
    agent = await startAgent(world, { default: product(nodes) });
  });
  after(() => world.close());

  const open = (options) => connectWebSocket(agent.port, 'ann', options);

  it('negotiates the subprotocol with the node', async () => {
    const socket = await open({ protocols: ['chat.v1', 'chat.v2'] });

    assert.equal(socket.protocol, 'chat.v2');
    socket.terminate();
  });

  it('negotiates permessage-deflate with the node and carries compressed messages', async () => {
    const socket = await open({ perMessageDeflate: { threshold: 0 } });
    const message = 'so much the same '.repeat(50_000);

    const { data, binary } = await roundTrip(socket, message);

    assert.match(socket.extensions, /^permessage-deflate/);
    assert.equal(data.toString(), message);
    assert.equal(binary, false);
    assert.ok(socket._socket.bytesWritten < message.length / 10, 'the message travelled compressed');
    socket.terminate();
  });

  it('works without any extension', async () => {
    const socket = await open({ perMessageDeflate: false });

    assert.equal(socket.extensions, '');
    assert.equal((await roundTrip(socket, 'plain')).data.toString(), 'plain');
    socket.terminate();
  });

  it('carries a message of 16 MiB unchanged, there and back', async () => {
    const socket = await open({ perMessageDeflate: false });
    const message = randomBytes(16 * kMiB);

    const { data, binary } = await roundTrip(socket, message);

    assert.ok(binary && data.equals(message));
    socket.terminate();
  });

  it('carries binary messages of every small size in order', async () => {
    const socket = await open({ perMessageDeflate: false });
    const sizes = Array.from({ length: 300 }, (_, size) => size);
    const received = [];
    socket.on('message', (data) => received.push(data.length));

    for (const size of sizes) socket.send(Buffer.alloc(size, size));

    await until('300 echoes', () => received.length === sizes.length);
    assert.deepEqual(received, sizes);
    socket.terminate();
  });

  it('holds back a node that sends more than its client reads, and loses nothing', async () => {
    const socket = await open({ perMessageDeflate: false });
    socket._socket.pause();

    for (let i = 0; i < 8; ++i) socket.send(`send ${4 * kMiB}`);
    let received = 0;
    const done = new Promise((resolve) => {
      socket.on('message', (data) => (received += data.length) === 32 * kMiB && resolve());
    });
    socket._socket.resume();

    await within('32 MiB to arrive', done);
    socket.terminate();
  });

  it('passes a ping of the client to the node and the pong back', async () => {
    const socket = await open();
    const pong = once(socket, 'pong');

    socket.ping('marco');

    const [payload] = await within('a pong', pong);
    assert.equal(payload.toString(), 'marco');
    socket.terminate();
  });

  it('passes a ping of the node to the client and the pong back', async () => {
    const socket = await open();

    const { data } = await roundTrip(socket, 'ping polo');

    assert.equal(data.toString(), 'pong polo');
    socket.terminate();
  });

  it("passes the node's close code and reason to the client", async () => {
    const socket = await open();
    const closed = once(socket, 'close');

    socket.send('close 4001 moved');

    const [code, reason] = await within('the close', closed);
    assert.equal(code, 4001);
    assert.equal(reason.toString(), 'moved');
  });

  it("passes the client's close code to the node, which answers with the same", async () => {
    const socket = await open();
    const closed = once(socket, 'close');

    socket.close(4002, 'enough');

    const [code, reason] = await within('the close', closed);
    assert.equal(code, 4002);
    assert.equal(reason.toString(), 'enough');
  });

  it('ends abruptly for the client when the node ends abruptly', async () => {
    const socket = await open();
    const closed = once(socket, 'close');

    socket.send('terminate');

    const [code] = await within('the close', closed);
    assert.equal(code, 1006);
  });

  it("shows the node the client's own handshake, and who the user is", async () => {
    const socket = await open({ path: '/room/7?colour=red%20hat', headers: { origin: 'https://example.com' } });

    const { url, headers } = await whoAnswers(socket);

    assert.equal(url, '/room/7?colour=red%20hat');
    assert.equal(headers.origin, 'https://example.com');
    assert.equal(headers.cookie, 'uid=ann');
    assert.equal(headers['x-pushgate-uid'], 'ann');
    assert.equal(headers['x-pushgate-product'], 'default');
    assert.equal(headers['x-forwarded-for'], '127.0.0.1');
    assert.ok(headers['x-request-id']);
    socket.terminate();
  });

  it('relays a refusal of the node as it is', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${agent.port}/forbidden?uid=ann`);
    socket.on('error', () => {});

    const [request, response] = await within('the refusal', once(socket, 'unexpected-response'));

    assert.equal(response.statusCode, 403);
    assert.equal((await response.toArray()).join(''), 'not you');
    request.destroy();
  });

  it('refuses a user without a uid with 430 and JSON', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${agent.port}/`);
    socket.on('error', () => {});

    const [request, response] = await within('the refusal', once(socket, 'unexpected-response'));

    assert.equal(response.statusCode, 430);
    assert.equal(JSON.parse((await response.toArray()).join('')).error.rule, 'missing_uid');
    request.destroy();
  });

  it('answers a handshake without a key itself', async () => {
    const answer = await sendRaw(agent.port, handshake('ann').replace(/Sec-WebSocket-Key.*\r\n/, ''));

    assert.match(answer, /^HTTP\/1\.1 400 /);
  });

  it('answers a handshake of an unknown version with 426 and the version it knows', async () => {
    const answer = await sendRaw(agent.port, handshake('ann').replace('Version: 13', 'Version: 8'));

    assert.match(answer, /^HTTP\/1\.1 426 /);
    assert.match(answer, /sec-websocket-version: 13/i);
  });

  it('keeps 300 users on their nodes, and each on the node of its HTTP requests', async () => {
    const names = users(300, 'ws');
    const sockets = await inParallel(names, 60, (uid) => connectWebSocket(agent.port, uid));
    await inParallel(sockets, 60, (socket) => roundTrip(socket, 'hello'));
    await inParallel(names, 30, async (uid) => {
      const response = await fetch(agent.url, { headers: { cookie: cookieOf(uid) } });
      assert.equal(response.status, 200);
    });

    const nodeOf = await nodeOfEachUid(nodes);

    assert.ok(names.every((uid) => nodeOf.has(uid)));
    sockets.forEach((socket) => socket.terminate());
  });
});

const handshake = (uid) =>
  [
    'GET / HTTP/1.1',
    'Host: example.com',
    `Cookie: uid=${uid}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    '\r\n',
  ].join('\r\n');

/// Everything that comes back until the other side closes or has answered with a whole head.
async function sendRaw(port, bytes) {
  const socket = net.connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk)).on('error', () => {});
  socket.write(bytes);
  await until('an answer', () => answer.includes('\r\n\r\n') || socket.closed);
  socket.destroy();
  return answer;
}
