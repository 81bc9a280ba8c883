// redis.mjs - a real Redis of the test's own.

import net from 'node:net';
import { once } from 'node:events';
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

  constructor(world, port) {
    this.#world = world;
    this.port = port;
    this.url = `redis://127.0.0.1:${port}`;
  }

  /// Starts it, or starts it again after `stop` on the same port, with nothing in it.
  async start() {
    const child = this.#world.spawn('redis-server', [
      '--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--enable-debug-command', 'yes',
    ]);
    this.#child = child;
    await until(
      () => `Redis to listen; it said:\n${child.text.out}`,
      () => hasEnded(child) || child.text.out.includes('Ready to accept connections'),
    );
    return !hasEnded(child);
  }

  stop() {
    return end(this.#child);
  }

  async client() {
    const client = createClient({ url: this.url });
    client.on('error', () => {});
    await client.connect();
    this.#world.defer(() => client.disconnect().catch(() => {}));
    return client;
  }
}

/// If somebody takes the port between the asking and the binding, another one is tried.
export async function startRedis(world) {
  for (let attempt = 0; attempt < 5; ++attempt) {
    const redis = new Redis(world, await freePort());
    if (await redis.start()) return redis;
  }
  throw new Error('Redis found no port');
}
