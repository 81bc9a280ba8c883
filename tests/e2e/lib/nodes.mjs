// nodes.mjs - the servers behind the agent: real ones, each a process of its own on a port that the
// kernel chose.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { end, ended } from './processes.mjs';
import { within } from './wait.mjs';

const fixture = (kind) => fileURLToPath(new URL(`../fixtures/${kind}_node.mjs`, import.meta.url));

/// One server process. `ask` questions it over the IPC channel, which also ends it with its test.
export class Node {
  #child;
  #questions = 0;
  #answers = new Map();

  constructor(name, port, child) {
    this.name = name;
    this.port = port;
    this.address = `127.0.0.1:${port}`;
    this.#child = child;
    child.on('message', ({ answer, value }) => this.#answers.get(answer)?.(value));
  }

  get pid() {
    return this.#child.pid;
  }

  /// What the node has seen so far: see fixtures/witness.mjs.
  seen() {
    const question = ++this.#questions;
    const answer = new Promise((resolve) => this.#answers.set(question, resolve));
    this.#child.send({ question });
    return within(`${this.name} to say what it saw`, answer);
  }

  /// Ends it as a crash does: without a farewell to anybody.
  async killHard() {
    this.#child.kill('SIGKILL');
    await ended(this.#child);
  }
}

/// Starts fixtures/<kind>_node.mjs. `args` become its command line after its name.
export async function startNode(world, kind, name, args = []) {
  const child = fork(fixture(kind), [name, ...args.map(String)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  world.defer(() => end(child));
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`${kind} node ${name} ended with code ${code} before it listened`);
  });
  failed.catch(() => {});
  const [{ port }] = await within(`${kind} node ${name}`, Promise.race([once(child, 'message'), failed]));
  return new Node(name, port, child);
}

/// `count` nodes of one kind: node-1, node-2, …
export function startNodes(world, kind, count, args = []) {
  const names = Array.from({ length: count }, (_, index) => `node-${index + 1}`);
  return Promise.all(names.map((name) => startNode(world, kind, name, args)));
}

/// The full form of a product for the router table, with the node's name as its id.
export function product(nodes, options = {}) {
  return { backends: nodes.map((node) => ({ id: node.name, address: node.address })), ...options };
}

/// Fails unless every uid was seen by exactly one node. Returns uid → node name.
export async function nodeOfEachUid(nodes) {
  const nodeOf = new Map();
  for (const node of nodes) {
    for (const uid of Object.keys((await node.seen()).uids)) {
      if (nodeOf.has(uid)) throw new Error(`${uid} was seen by ${nodeOf.get(uid)} and by ${node.name}`);
      nodeOf.set(uid, node.name);
    }
  }
  return nodeOf;
}
