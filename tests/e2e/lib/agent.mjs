// agent.mjs - how is the agent under test started, questioned, reconfigured and ended?

import { execFile } from 'node:child_process';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { end, ended, hasEnded } from './processes.mjs';
import { kPatienceMs, until, within } from './wait.mjs';

const kProject = fileURLToPath(new URL('../../..', import.meta.url));
const kSanitizerReport = /(ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:).*/;

/// The program under test: $PUSHGATE_BIN, which ctest sets, or the newest usual build.
export const kPushgate =
  process.env.PUSHGATE_BIN ??
  ['build/release/pushgate', 'build/debug/pushgate'].map((file) => path.join(kProject, file)).find(existsSync);

/// One running agent with files of its own.
export class Agent {
  #child;
  #folder;

  constructor(child, folder, { port, adminPort }) {
    this.#child = child;
    this.#folder = folder;
    this.port = port;
    this.adminPort = adminPort;
    this.url = `http://127.0.0.1:${port}`;
    this.configFile = path.join(folder, 'pushgate.json');
  }

  get log() {
    return this.#child.text.err;
  }

  get pid() {
    return this.#child.pid;
  }

  signal(name) {
    this.#child.kill(name);
  }

  ended() {
    return ended(this.#child, 'the agent to end');
  }

  /// A page of the admin listener, as a Response.
  admin(page) {
    return fetch(`http://127.0.0.1:${this.adminPort}${page}`);
  }

  /// Replaces the router table as editors do: a new file, renamed over the old one.
  replaceRouter(router) {
    writeRouter(this.#folder, router);
  }

  /// Whether a backend of this id is in the table in force.
  async serves(id) {
    return (await (await this.admin('/api/v1/router')).text()).includes(`"${id}"`);
  }

  /// `pushgate route` on this agent's files: the ids of the user's nodes, first choice first.
  async choices(uid, product = 'default') {
    const args = ['route', '--json', '-c', this.configFile, '--uid', uid, '--product', product];
    const { stdout } = await promisify(execFile)(kPushgate, args);
    return JSON.parse(stdout).choices.map(({ id }) => id);
  }

  /// Ends it; fails if it did not end in order or a sanitizer spoke.
  async close() {
    await end(this.#child, kPatienceMs);
    await within("the agent's last words", this.#child.text.complete);
    const report = kSanitizerReport.exec(this.log);
    if (report) throw new Error(`a sanitizer reported:\n${this.log.slice(report.index, report.index + 6000)}`);
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== 0) throw new Error(`the agent ended with ${signalCode ?? exitCode}:\n${this.log.slice(-3000)}`);
  }
}

function writeRouter(folder, router) {
  const fresh = path.join(folder, '.router.json.new');
  writeFileSync(fresh, JSON.stringify(router, null, 2));
  renameSync(fresh, path.join(folder, 'router.json'));
}

/// Defaults that suit a test: any free port, two threads, a short farewell, no access log.
const kConfig = {
  listeners: [{ address: '127.0.0.1:0' }],
  admin: '127.0.0.1:0',
  agentWorkers: 2,
  drainTimeout: '200ms',
  accessLog: { enabled: false },
};

/// Starts an agent with the given router table; `config` is laid over the defaults above.
/// Resolves once it listens.
export async function startAgent(world, router, config = {}) {
  if (!kPushgate) throw new Error('no pushgate program: build it, or say where it is in PUSHGATE_BIN');
  const folder = world.folder();
  writeRouter(folder, router);
  const file = path.join(folder, 'pushgate.json');
  writeFileSync(file, JSON.stringify({ ...kConfig, ...config }, null, 2));

  const child = world.spawn(kPushgate, ['agent', '-c', file]);
  const ports = await until(
    () => `the agent to listen; it said:\n${child.text.err}`,
    () => {
      if (hasEnded(child)) throw new Error(`the agent ended with code ${child.exitCode}:\n${child.text.err}`);
      return listeningPorts(child.text.err);
    },
  );
  const agent = new Agent(child, folder, ports);
  world.defer(() => agent.close());
  return agent;
}

/// The agent logs each address that it has bound; ports that the kernel chose are known only so.
function listeningPorts(log) {
  const client = /(?<!admin )listening address=\S+:(\d+)/.exec(log);
  const admin = /admin listening address=\S+:(\d+)/.exec(log);
  return client && admin ? { port: Number(client[1]), adminPort: Number(admin[1]) } : undefined;
}
