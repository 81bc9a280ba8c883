// clients.mjs - the users: who are they, and how do they come in?

import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { io as connect4 } from 'socket.io-client';
import connect1 from 'socket.io-client-1';
import connect2 from 'socket.io-client-2';
import WebSocket from 'ws';
import { within } from './wait.mjs';

/// Distinct users of the shapes that people have: numbers, names, e-mail addresses, not only ASCII.
export function users(count, prefix = 'user') {
  const shapes = [
    (n) => `${prefix}-${n}`,
    (n) => `${prefix}${n}@example.com`,
    (n) => `${prefix}/${1_000_000_007 * (n + 1)}`,
    (n) => `${prefix} ü ${n}`,
  ];
  return Array.from({ length: count }, (_, n) => shapes[n % shapes.length](n));
}

export const cookieOf = (uid) => `uid=${encodeURIComponent(uid)}`;

/// An HTTP agent whose every connection goes to the next of `ports`, whatever the URL says: what a
/// balancer without memory does to a client. Connections are never reused.
export class TakingTurns extends http.Agent {
  #ports;
  #next = 0;

  constructor(ports) {
    super({ keepAlive: false });
    this.#ports = ports;
  }

  createConnection() {
    return net.connect(this.#ports[this.#next++ % this.#ports.length], '127.0.0.1');
  }
}

/// How a Socket.IO client may travel. `upgrades` is what a client that names nothing does.
export const kTransports = {
  upgrades: undefined,
  polling: ['polling'],
  websocket: ['websocket'],
};

const kConnect = { 4: connect4, 2: connect2, 1: connect1 };

/// A connected Socket.IO client of generation 4, 2 or 1 for `uid`; half of the users name themselves
/// by cookie, half in the query, by `inQuery`. With default transports it resolves after the upgrade. `listen(socket)` is
/// called before anything can have come.
export async function connectSocketIo(url, uid, options = {}) {
  const { generation = 4, transports, agent, inQuery = false, query = {}, listen, ...more } = options;
  const socket = kConnect[generation](url, {
    forceNew: true,
    reconnection: false,
    timeout: 30_000,
    ...(transports && { transports }),
    ...(agent && { agent }),
    ...(inQuery ? { query: { ...query, uid } } : { query, extraHeaders: { cookie: cookieOf(uid) } }),
    ...more,
  });
  listen?.(socket);
  socket.port = new Promise((resolve) => socket.once('node', (_name, port) => resolve(port)));
  socket.hello = new Promise((resolve) => socket.once('go:push', resolve));
  await within(`${uid} to connect to ${url}`, connected(socket));
  if (!transports) await within(`${uid} to upgrade`, upgraded(socket));
  return socket;
}

function connected(socket) {
  return new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('connect_error', reject); // generation 4, and the transport errors of the others
    socket.once('error', reject); // the refusals of generations 2 and 1
  });
}

async function upgraded(socket) {
  const engine = socket.io.engine;
  if (engine.transport.name !== 'websocket') await new Promise((done) => engine.once('upgrade', done));
}

/// The next `count` events of this name, each as the list of its arguments.
export function hear(socket, event, count = 1) {
  const heard = [];
  const all = new Promise((resolve) => {
    socket.on(event, function listener(...values) {
      heard.push(values);
      if (heard.length < count) return;
      socket.off(event, listener);
      resolve(heard);
    });
  });
  return within(() => `${count} events ${event}; ${heard.length} came`, all);
}

/// Emits and resolves with the acknowledgement; rejects if the session ends before it comes.
export function ask(socket, event, ...values) {
  let onDisconnect;
  const answer = new Promise((resolve, reject) => {
    onDisconnect = (reason, details) => reject(new Error(`session ended: ${reason} ${describe(details)}`));
    socket.once('disconnect', onDisconnect);
    socket.emit(event, ...values, resolve);
  });
  return within(`an answer to ${event}`, answer).finally(() => socket.off('disconnect', onDisconnect));
}

/// What a client knows about the end of its session: the status and body of the request that failed.
function describe(details) {
  const request = details?.context;
  return request ? `${details.message} ${request.status} ${request.responseText ?? ''}` : (details?.message ?? '');
}

/// An open plain WebSocket for `uid`; `messages` on it collects what arrives.
export async function connectWebSocket(port, uid, { path = '/', protocols = [], ...options } = {}) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, {
    ...options,
    headers: { cookie: cookieOf(uid), ...options.headers },
  });
  await within(`${uid} to open a WebSocket`, once(socket, 'open'));
  return socket;
}

/// Sends `message` and resolves with the next one that arrives, as {data, binary}.
export async function roundTrip(socket, message, options) {
  const answer = once(socket, 'message');
  socket.send(message, options);
  const [data, binary] = await within('an echo', answer);
  return { data, binary };
}

/// Which node this user's WebSocket reaches, and what it received.
export async function whoAnswers(socket) {
  return JSON.parse((await roundTrip(socket, 'whoami')).data);
}

/// GET as `uid` on a connection of its own; resolves with {status, headers, body, raw}.
export function get(port, uid, { path = '/', method = 'GET', body, headers = {}, ...options } = {}) {
  const identity = uid === undefined ? {} : { cookie: cookieOf(uid) };
  return within(
    `an answer to ${method} ${path}`,
    new Promise((resolve, reject) => {
      const request = http.request(
        { host: '127.0.0.1', port, path, method, agent: false, headers: { ...identity, ...headers }, ...options },
        (response) => {
          const chunks = [];
          response.on('data', (chunk) => chunks.push(chunk)).on('error', reject);
          response.on('end', () => {
            const raw = Buffer.concat(chunks);
            resolve({ status: response.statusCode, headers: response.headers, body: raw.toString(), raw });
          });
        },
      );
      request.on('error', reject).end(body);
    }),
  );
}
