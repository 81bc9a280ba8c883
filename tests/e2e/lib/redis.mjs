// redis.mjs - a real Redis of the test's own, on a port or, if it is to be started again, on a unix socket:
// nobody can take that while Redis is away.

import net from 'node:net';
import { once } from 'node:events';
import path from 'node:path';
import { createClient } from 'redis';
import { end, hasEnded } from './processes.mjs';
import { until } from './wait.mjs';

/// A port that nobody has now: Redis cannot be told to take any.
async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

export class Redis {
  #world;
  #child;
  #listen;

  /// `place` is {port} or {path}.
  constructor(world, place) {
    this.#world = world;
    this.#listen = place.path ? ['--port', '0', '--unixsocket', place.path] : ['--port', String(place.port), '--bind', '127.0.0.1'];
    /// For a push node's redisAdapter, and for Node.js clients.
    this.config = place.path ? { path: place.path } : { host: '127.0.0.1', port: place.port };
    this.options = { socket: place.path ? { path: place.path } : { host: '127.0.0.1', port: place.port } };
  }

  /// Starts it, or starts it again after `stop` in the same place, with nothing in it. False if the
  /// place is taken.
  async start() {
    const child = this.#world.spawn('redis-server', [...this.#listen, '--save', '', '--appendonly', 'no']);
    this.#child = child;
    await until(
      () => `Redis to listen; it said:\n${child.text.out}`,
      () => hasEnded(child) || /Ready to accept connections|ready to accept connections at/.test(child.text.out),
    );
    return !hasEnded(child);
  }

  stop() {
    return end(this.#child);
  }

  async client() {
    const client = createClient(this.options);
    client.on('error', () => {});
    await client.connect();
    this.#world.defer(() => client.disconnect().catch(() => {}));
    return client;
  }
}

/// If somebody takes the port between the asking and the binding, another one is tried.
export async function startRedis(world, { unix = false } = {}) {
  for (let attempt = 0; attempt < 5; ++attempt) {
    const place = unix ? { path: path.join(world.folder(), 'redis.sock') } : { port: await freePort() };
    const redis = new Redis(world, place);
    if (await redis.start()) return redis;
  }
  throw new Error('Redis found no place to listen');
}
