// Writes golden_vectors.hpp: the bytes that the npm packages of a Socket.IO cluster hand to a Redis
// client, and what their MessagePack codecs make of single values.
//
//   npm install --no-save socket.io@4.8.4 @socket.io/redis-adapter@8.3.0 @socket.io/redis-emitter@5.1.0 \
//     @socket.io/redis-streams-adapter@0.3.1 notepack.io@3.0.1
//   node make_golden_vectors.mjs > golden_vectors.hpp
//
// Random ids are replaced by fixed ones of the same length before anything is encoded.

import { createRequire } from 'node:module';
import { EventEmitter } from 'node:events';

const require = createRequire(process.cwd() + '/');
const crypto = require('node:crypto');

// The adapters take their ids from here.
const fixedIds = [];
const realRandomBytes = crypto.randomBytes;
crypto.randomBytes = (n, ...rest) =>
  n === 8 && rest.length === 0 ? Buffer.from('2de3b5f69998d4af', 'hex') : realRandomBytes(n, ...rest);
require.cache[require.resolve('uid2')] = {
  id: 'uid2', loaded: true, exports: () => fixedIds.shift() ?? 'e4Kh8Q',
};

const { Server } = require('socket.io');
const { createAdapter, createShardedAdapter } = require('@socket.io/redis-adapter');
const { Emitter } = require('@socket.io/redis-emitter');
const streams = require('@socket.io/redis-streams-adapter');
const notepack = require('notepack.io');

const vectors = [];
let taken = [];

// A Redis client that only writes down what it is given ("redis" package, version 4 and later).
class Recorder extends EventEmitter {
  constructor(numsub = 3) { super(); this.numsub = numsub; }
  publish(channel, payload) { taken.push({ channel, payload }); return Promise.resolve(1); }
  sPublish(channel, payload) { return this.publish(channel, payload); }
  xAdd(stream, id, fields) {
    taken.push({ channel: stream, payload: JSON.stringify(Object.entries(fields).flat()) });
    return Promise.resolve('1-0');
  }
  pSubscribe() {}
  subscribe() {}
  sSubscribe() {}
  sendCommand() { return Promise.resolve(['', String(this.numsub)]); }
  xRead() { return new Promise(() => {}); }
  duplicate() { return this; }
  connect() { return Promise.resolve(); }
  get options() { return {}; }
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 20));

async function take(name, act) {
  taken = [];
  act();
  await settle();
  if (taken.length !== 1) throw new Error(`${name}: ${taken.length} messages`);
  vectors.push({ name, ...taken[0] });
}

const binary = () => Buffer.from([1, 2, 3]);
const ignore = () => {};

// A socket as fetchSockets and the acknowledgement of a broadcast need it.
function addSocket(nsp, id, rooms, answer) {
  const socket = {
    id, rooms: new Set([id, ...rooms]), data: { n: 1 },
    handshake: { headers: { host: 'a' }, query: {}, auth: {} },
    acks: new Map(), notifyOutgoingListeners: ignore,
    client: { writeToEngine() { setTimeout(() => socket.acks.forEach((ack) => ack(answer)), 5); } },
  };
  nsp.sockets.set(id, socket);
  nsp.adapter.addAll(id, socket.rooms);
}

async function classic() {
  fixedIds.push('gRZtnr', 'nHkjJK');
  const io = new Server({ adapter: createAdapter(new Recorder(), new Recorder()) });
  const chat = io.of('/chat');
  await take('classic.emit', () => io.emit('hello', 1, '2', { a: [true] }));
  await take('classic.emit_binary', () => chat.to('room1').emit('hello', binary()));
  await take('classic.emit_flags', () =>
    io.to(['a', 'b']).except('c').volatile.compress(false).emit('x', null, [1.5, -1, 70000]));
  await take('classic.emit_number_room', () => io.to(7).emit('x'));
  await take('classic.join', () => io.in('room1').socketsJoin('room2'));
  await take('classic.leave', () => io.in('room1').except('é"').socketsLeave(['a', 'b']));
  await take('classic.disconnect', () => io.in('room1').disconnectSockets(true));
  await take('classic.server_side_emit', () => io.serverSideEmit('ping', 1));
  fixedIds.push('e4Kh8Q');
  await take('classic.server_side_emit_ack', () => io.serverSideEmit('ping', 1, ignore));
  fixedIds.push('e4Kh8Q');
  await take('classic.all_rooms', () => io.of('/').adapter.allRooms().catch(ignore));
  fixedIds.push('e4Kh8Q');
  await take('classic.fetch', () => io.in('room1').fetchSockets().catch(ignore));
  fixedIds.push('FSKh8h');
  await take('classic.broadcast_ack', () => io.timeout(50).emit('withack', 1, ignore));

  addSocket(io.of('/'), 'socket-1', ['room1'], { ok: binary() });
  const adapter = io.of('/').adapter;
  const ask = (request) => adapter.onrequest('socket.io-request#/#', Buffer.from(
    request.type === 7 ? notepack.encode(request) : JSON.stringify(request)));
  const opts = { rooms: ['room1'], except: [], flags: {} };
  await take('classic.sockets_answer', () =>
    ask({ uid: 'nHkjJK', requestId: 'r1', type: 0, rooms: ['room1'] }));
  await take('classic.rooms_answer', () => ask({ uid: 'nHkjJK', requestId: 'r1', type: 1 }));
  await take('classic.fetch_answer', () => ask({ uid: 'nHkjJK', requestId: 'r1', type: 5, opts }));
  io.on('ping', (value, answer) => answer({ value }));
  await take('classic.server_side_emit_answer', () =>
    ask({ uid: 'nHkjJK', requestId: 'r1', type: 6, data: ['ping', 5] }));
  taken = [];
  ask({ uid: 'nHkjJK', requestId: 'r1', type: 7, packet: { type: 2, data: ['q'], nsp: '/' }, opts });
  await settle();
  vectors.push({ name: 'classic.client_count', ...taken[0] }, { name: 'classic.ack', ...taken[1] });
}

async function emitter() {
  const emitter = new Emitter(new Recorder());
  await take('emitter.emit', () => emitter.emit('hello', 1, '2', { a: [true] }));
  await take('emitter.emit_room', () => emitter.to('room1').emit('hello', 'x'));
  await take('emitter.emit_binary', () =>
    emitter.of('chat').to(['a', 'b']).except('c').volatile.emit('hello', binary()));
  await take('emitter.join', () => emitter.in('room1').socketsJoin('room2'));
  await take('emitter.leave', () => emitter.in('room1').socketsLeave('room2'));
  await take('emitter.disconnect', () => emitter.in('room1').disconnectSockets(true));
  await take('emitter.server_side_emit', () => emitter.serverSideEmit('ev', 1));
}

async function cluster(prefix, makeAdapter) {
  const io = new Server({ adapter: makeAdapter() });
  await take(`${prefix}.emit_room`, () => io.to('room1').emit('hello', 'x'));
  await take(`${prefix}.emit_socket`, () => io.to('x'.repeat(20)).emit('hello'));
  await take(`${prefix}.emit_binary`, () => io.of('/chat').volatile.emit('hello', binary(), { b: binary() }));
  await take(`${prefix}.join`, () => io.in('room1').socketsJoin('room2'));
  await take(`${prefix}.leave`, () => io.in('room1').socketsLeave('room2'));
  await take(`${prefix}.disconnect`, () => io.in('room1').disconnectSockets(true));
  await take(`${prefix}.fetch`, () => io.in('room1').fetchSockets().catch(ignore));
  await take(`${prefix}.server_side_emit`, () => io.serverSideEmit('ping', 1));
  await take(`${prefix}.server_side_emit_ack`, () => io.serverSideEmit('ping', binary(), ignore));
  await take(`${prefix}.broadcast_ack`, () => io.timeout(50).emit('withack', 1, ignore));

  addSocket(io.of('/'), 'socket-1', ['room1'], 'done');
  const adapter = io.of('/').adapter;
  const tell = (type, data) => adapter.onMessage({ type, data, uid: 'a'.repeat(16), nsp: '/' });
  const opts = { rooms: ['room1'], except: [], flags: {} };
  await take(`${prefix}.fetch_answer`, () => tell(7, { opts, requestId: 'r1' }));
  io.on('ping', (value, answer) => answer(value));
  await take(`${prefix}.server_side_emit_answer`, () => tell(9, { requestId: 'r1', packet: ['ping', 5] }));
  taken = [];
  tell(3, { packet: { type: 2, data: ['q'] }, requestId: 'r1', opts });
  await settle();
  vectors.push({ name: `${prefix}.client_count`, ...taken[0] }, { name: `${prefix}.ack`, ...taken[1] });
}

// What the codecs write for values that JSON can hold, and how JSON.stringify prints what they read.
const values = [
  null, true, false, 0, 1, 127, 128, 255, 256, 65535, 65536, 4294967295, 4294967296, 2 ** 40,
  9007199254740991, 9007199254740992, 12345678901234567000, -1, -32, -33, -128, -129, -32768, -32769,
  -2147483648, -2147483649, -9007199254740991, 0.5, -0.1, 1e-7, 5e-324,
  123456.789, '', 'a', 'é€😀', 'x'.repeat(31), 'x'.repeat(32), '\u0000\u001f"\\\n', [], [1, [2, [3]]], Array(15).fill(0), Array(16).fill(0), {}, { a: 1, b: { c: null } },
  Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`k${i}`, i])),
];
const decoded = [
  ['timestamp 32', 'd6ff00000000'], ['timestamp 64', 'd7ff1d5353006553f100'],
  ['timestamp 96', 'c70cff1dcd6500ffffffffffffffff'], ['timestamp 96 far', 'c70cff0000000000000045d964b800'],
  ['legacy date', 'd7000000018bcfe5687b'], ['legacy undefined', '92d4000001'],
  ['nan', 'cb7ff8000000000000'], ['infinity', 'cb7ff0000000000000'], ['float 32', 'ca3fc00000'],
  ['float 32 third', 'ca3eaaaaab'], ['negative zero', 'cb8000000000000000'], ['e21', 'cb444b1ae4d6e2ef50'],
  ['int keys', '8201a161fea162'], ['bad utf8', 'a3ff6180'],
];

function cpp(text) {
  return '"' + [...Buffer.from(text)].map((b) =>
    b === 0x22 || b === 0x5c ? '\\' + String.fromCharCode(b)
      : b >= 0x20 && b < 0x7f ? String.fromCharCode(b)
        : '\\' + b.toString(8).padStart(3, '0')).join('') + '"';
}
const hex = (payload) => Buffer.from(payload).toString('hex');

await classic();
await emitter();
await cluster('sharded', () => createShardedAdapter(new Recorder(), new Recorder()));
await cluster('streams', () => streams.createAdapter(new Recorder()));

console.log(`#pragma once
// golden_vectors.hpp - written by make_golden_vectors.mjs, which says where the bytes come from.
// clang-format off

#include <string>
#include <vector>

namespace pushgate::node::golden {

/// What was published where. A stream's entry: the JSON array of its names and values.
struct Message {
  std::string name;
  std::string channel;
  std::string hex;
};

inline const std::vector<Message> kMessages = {`);
for (const { name, channel, payload } of vectors) {
  console.log(`    {${cpp(name)}, ${cpp(channel)},\n     "${hex(payload)}"},`);
}
console.log(`};

/// JSON text, and the same value in MessagePack.
struct Value {
  std::string json;
  std::string hex;
};

inline const std::vector<Value> kValues = {`);
for (const value of values) {
  const json = JSON.stringify(value);
  const bytes = notepack.encode(value);
  console.log(`    {${cpp(json)}, "${hex(bytes)}"},`);
}
console.log(`};

/// MessagePack, and what JSON.stringify makes of what the nodes decode.
struct Decoded {
  std::string name;
  std::string hex;
  std::string json;
};

inline const std::vector<Decoded> kDecoded = {`);
for (const [name, text] of decoded) {
  console.log(`    {${cpp(name)}, "${text}", ${cpp(JSON.stringify(notepack.decode(Buffer.from(text, 'hex'))))}},`);
}
console.log(`};

}  // namespace pushgate::node::golden`);
process.exit(0);
