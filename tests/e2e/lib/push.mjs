// push.mjs - how are push nodes started, alone or behind an agent, and ended?

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { kPushgate } from './agent.mjs';
import { end, ended, hasEnded } from './processes.mjs';
import { kPatienceMs, until, within } from './wait.mjs';

const kSanitizerReport = /(ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:).*/;

/// One process with push nodes in it. `url` is the way in: the agent's for `up`, else the first node's.
export class Push {
  #child;

  constructor(child, { nodes, agentPort, adminPort, apiPort }) {
    this.#child = child;
    this.nodes = nodes; // [{name, port, url}]
    this.adminPort = adminPort;
    this.apiPort = apiPort;
    this.port = agentPort ?? nodes[0].port;
    this.url = `http://127.0.0.1:${this.port}`;
  }

  get pid() {
    return this.#child.pid;
  }

  get log() {
    return this.#child.text.err;
  }

  /// A page of the admin listener, as text.
  async admin(page) {
    return (await fetch(`http://127.0.0.1:${this.adminPort}${page}`)).text();
  }

  /// The sum of a metric over all nodes of the process.
  async metric(name) {
    const lines = (await this.admin('/metrics')).split('\n');
    const samples = lines.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
    return samples.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  }

  /// Posts JSON to the HTTP API; resolves with {status, body}.
  async api(page, body) {
    const response = await fetch(`http://127.0.0.1:${this.apiPort}${page}`, {
      method: body === undefined ? 'GET' : 'POST',
      ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text };
  }

  signal(name) {
    this.#child.kill(name);
  }

  ended() {
    return ended(this.#child, 'the nodes to end');
  }

  /// Ends it as a crash does.
  async killHard() {
    this.#child.kill('SIGKILL');
    await ended(this.#child);
    this.killed = true;
  }

  /// Ends it; fails if it did not end in order or a sanitizer spoke.
  async close() {
    if (this.killed) return;
    await end(this.#child, kPatienceMs);
    await within("the nodes' last words", this.#child.text.complete);
    const report = kSanitizerReport.exec(this.log);
    if (report) throw new Error(`a sanitizer reported:\n${this.log.slice(report.index, report.index + 6000)}`);
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== 0) throw new Error(`the nodes ended with ${signalCode ?? exitCode}:\n${this.log.slice(-3000)}`);
  }
}

/// Starts `pushgate node` or, with `agent`, `pushgate up`. `node` is laid over the node's defaults,
/// `config` over everything else. Resolves once all of it listens; every port is the kernel's choice.
export async function startPush(world, { agent = false, count = 1, node = {}, config = {} } = {}) {
  if (!kPushgate) throw new Error('no pushgate program: build it, or say where it is in PUSHGATE_BIN');
  const file = path.join(world.folder(), 'pushgate.json');
  const settings = {
    ...(agent && { listeners: [{ address: '127.0.0.1:0' }], agentWorkers: 2, identity: { missingUid: 'clientIp' } }),
    admin: '127.0.0.1:0',
    serverPortStart: 0,
    serverWorkers: count,
    drainTimeout: '200ms',
    accessLog: { enabled: false },
    ...config,
    node: { address: '127.0.0.1', api: { address: 'off' }, ...node },
  };
  writeFileSync(file, JSON.stringify(settings, null, 2));

  const child = world.spawn(kPushgate, [agent ? 'up' : 'node', '-c', file]);
  const found = await until(
    () => `the nodes to listen; they said:\n${child.text.err}`,
    () => {
      if (hasEnded(child)) throw new Error(`it ended with code ${child.exitCode}:\n${child.text.err}`);
      return whatListens(child.text.err, { agent, count, api: settings.node.api.address !== 'off' });
    },
  );
  const push = new Push(child, found);
  world.defer(() => push.close());
  return push;
}

/// Every address that was bound is in the log; ports that the kernel chose are known only so.
function whatListens(log, { agent, count, api }) {
  const nodes = [...log.matchAll(/node listening node=(\S+) address=\S+:(\d+)/g)].map(([, name, port]) => ({
    name,
    port: Number(port),
    url: `http://127.0.0.1:${port}`,
  }));
  const portOf = (pattern) => Number(pattern.exec(log)?.[1]);
  const agentPort = portOf(/info listening address=\S+:(\d+)/);
  const adminPort = portOf(/admin listening address=\S+:(\d+)/);
  const apiPort = portOf(/api listening address=\S+:(\d+)/i);
  if (nodes.length < count || !adminPort || (agent && !agentPort) || (api && !apiPort)) return undefined;
  return { nodes, agentPort: agent ? agentPort : undefined, adminPort, apiPort };
}
