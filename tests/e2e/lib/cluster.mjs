// cluster.mjs - Socket.IO servers of Node.js that share a Redis with the push nodes.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { end, ended } from './processes.mjs';
import { within } from './wait.mjs';

const kFixture = fileURLToPath(new URL('../fixtures/cluster_server.mjs', import.meta.url));

/// One Node.js server; `call` runs an operation of the fixture in it.
export class ClusterServer {
  #child;
  #calls = 0;
  #answers = new Map();

  constructor(child, port) {
    this.#child = child;
    this.url = `http://127.0.0.1:${port}`;
    child.on('message', ({ id, value, error }) => {
      const { resolve, reject } = this.#answers.get(id);
      this.#answers.delete(id);
      if (error === undefined) resolve(value);
      else reject(new Error(error));
    });
  }

  call(operation, ...args) {
    const id = ++this.#calls;
    const answer = new Promise((resolve, reject) => this.#answers.set(id, { resolve, reject }));
    this.#child.send({ id, operation, args });
    return within(`the server to do ${operation}`, answer);
  }

  async killHard() {
    this.#child.kill('SIGKILL');
    await ended(this.#child);
  }
}

/// `mode`: classic, sharded or streams.
export async function startClusterServer(world, mode, redis, options = {}) {
  const child = fork(kFixture, [mode, JSON.stringify(redis.options), JSON.stringify(options)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced', // binaries travel as they are
  });
  world.defer(() => end(child));
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`a Socket.IO server ended with code ${code} before it listened`);
  });
  failed.catch(() => {});
  const [{ port }] = await within('a Socket.IO server', Promise.race([once(child, 'message'), failed]));
  return new ClusterServer(child, port);
}
