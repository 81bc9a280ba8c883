// slow_reader.mjs - a Socket.IO client over WebSocket that reads 1 KiB a second.

import { once } from 'node:events';
import net from 'node:net';
import { within } from './wait.mjs';

const kBytes = 1024;
const kEveryMs = 1000;

/// A text frame of a client; the mask is zero, which the protocol allows.
function frame(text) {
  const payload = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}

/// Connects, joins `rooms`, and then reads slowly. `closed` resolves when the node has ended it.
export async function openSlowReader(port, rooms) {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await within('a connection', once(socket, 'connect'));
  let text = '';
  const collect = (chunk) => (text += chunk.toString('latin1'));
  const heard = async (part) => {
    while (!text.includes(part)) await within(part, once(socket, 'data'));
  };
  socket.on('data', collect);
  socket.write(
    `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  await heard('"sid"');
  socket.write(frame('40'));
  await heard('40{"sid"');
  socket.write(frame(`420["join",${JSON.stringify(rooms)}]`));
  await heard('430[{"ok":true}]');

  socket.off('data', collect);
  socket.pause();
  const timer = setInterval(() => socket.read(kBytes), kEveryMs);
  // The end is noticed by writing: what lies unread hides it. A pong that nobody asked for is allowed.
  const pong = setInterval(() => socket.write(Buffer.from([0x8a, 0x80, 0, 0, 0, 0])), 50);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  closed.then(() => [timer, pong].forEach(clearInterval));
  return { closed, isOpen: () => !socket.destroyed, destroy: () => socket.destroy() };
}
