// smuggling.test.mjs - does any byte of an ambiguous request reach a node?

import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, before, describe, it } from 'node:test';
import { startAgent } from '../lib/agent.mjs';
import { World } from '../lib/processes.mjs';
import { within } from '../lib/wait.mjs';

const kMarker = '/smuggled';
const kSmuggled = `GET ${kMarker} HTTP/1.1\r\nHost: example.com\r\nCookie: uid=victim\r\n\r\n`;

/// A request whose head is `lines` after a good start, with `body` behind it.
const request = (lines, body = '', start = 'POST / HTTP/1.1') =>
  [start, 'Host: example.com', 'Cookie: uid=ann', ...lines].join('\r\n') + '\r\n\r\n' + body;

const kChunked = 'Transfer-Encoding: chunked';
const kEmptyChunks = `0\r\n\r\n${kSmuggled}`;

/// Name → [bytes, status]. Each is wrong in its head, so that a node must see nothing at all.
const kWrongHeads = {
  'Content-Length and Transfer-Encoding': [request(['Content-Length: 4', kChunked], kEmptyChunks), 400],
  'Transfer-Encoding and Content-Length': [request([kChunked, 'Content-Length: 4'], kEmptyChunks), 400],
  'two different Content-Length fields': [request(['Content-Length: 0', 'Content-Length: 60'], kSmuggled), 400],
  'a Content-Length with a sign': [request(['Content-Length: +5'], `12345${kSmuggled}`), 400],
  'an empty Content-Length': [request(['Content-Length:'], kSmuggled), 400],
  'a Content-Length that overflows': [request(['Content-Length: 18446744073709551617'], kSmuggled), 400],
  'chunked twice': [request(['Transfer-Encoding: chunked, chunked'], kEmptyChunks), 400],
  'chunked not last': [request(['Transfer-Encoding: chunked, identity'], kEmptyChunks), 400],
  'an unknown transfer coding': [request(['Transfer-Encoding: gzip, chunked'], kEmptyChunks), 501],
  'a transfer coding with a vertical tab': [request(['Transfer-Encoding: \x0bchunked'], kEmptyChunks), 400],
  'a space before the colon': [request(['Transfer-Encoding : chunked'], kEmptyChunks), 400],
  'a folded field': [request(['Transfer-Encoding:', ' chunked'], kEmptyChunks), 400],
  'a bare line feed in the head': [request(['X: y\nTransfer-Encoding: chunked'], kEmptyChunks), 400],
  'a bare carriage return in a value': [request(['X: y\rTransfer-Encoding: chunked'], kEmptyChunks), 400],
  'a NUL in a value': [request(['X: y\0z']), 400],
  'an empty field name': [request([': y']), 400],
  'Transfer-Encoding in HTTP/1.0': [request([kChunked], kEmptyChunks, 'POST / HTTP/1.0'), 400],
  'two different Host fields': [request(['Host: other.example']), 400],
  'no Host': ['GET / HTTP/1.1\r\nCookie: uid=ann\r\n\r\n', 400],
  'a target that names another host': [request([], '', 'GET http://other.example/ HTTP/1.1'), 400],
  'a fragment in the target': [request([], '', 'GET /#x HTTP/1.1'), 400],
  'a body behind a WebSocket handshake': [
    request(
      ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Content-Length: 60'],
      kSmuggled,
      'GET / HTTP/1.1',
    ),
    400,
  ],
};

/// Chunked bodies that are wrong only after a good head: the head may travel, what is wrong may not.
const kWrongChunks = {
  'a chunk size that is no number': 'zz\r\n',
  'an empty chunk size': '\r\n',
  'a chunk size that overflows': '10000000000000000\r\n',
  'a chunk size with a sign': '+5\r\n12345\r\n0\r\n\r\n',
  'a bare line feed after a chunk size': '5\n12345\r\n0\r\n\r\n',
  'a chunk longer than its size': '5\r\n12345678\r\n0\r\n\r\n',
  'a bare line feed after the last chunk': '0\n\n',
};

/// A node that only records: whatever arrives here has passed the agent.
async function startSink(world) {
  const sink = { bytes: '', sockets: new Set() };
  const server = net.createServer((socket) => {
    sink.sockets.add(socket);
    socket.on('data', (chunk) => (sink.bytes += chunk.toString('latin1'))).on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  world.defer(() => {
    sink.sockets.forEach((socket) => socket.destroy());
    server.close();
  });
  sink.port = server.address().port;
  return sink;
}

/// Sends `bytes` and resolves with all that came back once the agent has closed the connection.
async function sendAndAwaitClose(port, bytes) {
  const socket = net.connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk.toString('latin1'))).on('error', () => {});
  socket.write(Buffer.from(bytes, 'latin1'));
  await within('the agent to close the connection', once(socket, 'close'));
  return answer;
}

describe('A request that could be read in two ways', () => {
  const world = new World();
  let sink, agent;

  before(async () => {
    sink = await startSink(world);
    agent = await startAgent(world, { default: [{ ip: '127.0.0.1', ports: [sink.port] }] });
  });
  after(() => world.close());

  for (const [name, [bytes, status]] of Object.entries(kWrongHeads)) {
    it(`is refused and nothing reaches a node: ${name}`, async () => {
      sink.bytes = '';

      const answer = await sendAndAwaitClose(agent.port, bytes);

      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
      assert.match(answer, /\r\nconnection: close\r\n/i);
      assert.equal(answer.match(/HTTP\/1\.1 \d{3} /g).length, 1, 'one answer only');
      assert.equal(sink.bytes, '');
    });
  }

  for (const [name, body] of Object.entries(kWrongChunks)) {
    it(`is refused and what follows it reaches no node: ${name}`, async () => {
      sink.bytes = '';

      const answer = await sendAndAwaitClose(agent.port, request([kChunked], body + kSmuggled));

      assert.match(answer, /^HTTP\/1\.1 400 /);
      assert.equal(answer.match(/HTTP\/1\.1 \d{3} /g).length, 1, 'one answer only');
      assert.ok(!sink.bytes.includes(kMarker), `the node received ${JSON.stringify(sink.bytes)}`);
      assert.ok(!sink.bytes.includes('0\r\n\r\n'), 'the node was told of no end of the body');
    });
  }

  it('is told from a good one, which does reach the node', async () => {
    sink.bytes = '';
    const socket = net.connect(agent.port, '127.0.0.1');
    const arrived = new Promise((resolve) => {
      const look = () => (sink.bytes.endsWith('12345') ? resolve() : setImmediate(look));
      look();
    });

    socket.write(request(['Content-Length: 5'], '12345'));

    await within('the good request to arrive', arrived);
    assert.match(sink.bytes, /^POST \/ HTTP\/1\.1\r\n/);
    socket.destroy();
  });
});
