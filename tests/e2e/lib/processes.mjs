// processes.mjs - which processes belong to a test, and how do they end?
//
// Every process is started by its test, known by its id, and ended in reverse order of starting.
// Should the test itself be killed, the kernel ends its children (PR_SET_PDEATHSIG, by setpriv).

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { within } from './wait.mjs';

/// What one test file has started. `close` ends all of it, the youngest first.
export class World {
  #closers = [];

  /// Registers an asynchronous clean-up.
  defer(close) {
    this.#closers.push(close);
  }

  /// A folder of the test's own, removed with it.
  folder() {
    const folder = mkdtempSync(path.join(tmpdir(), 'pushgate-e2e-'));
    this.defer(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  }

  /// Starts a program that dies with this process. Its output is collected in `.text.out`/`.text.err`.
  spawn(command, args, options = {}) {
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', command, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options,
    });
    collectOutput(child);
    this.defer(() => end(child));
    return child;
  }

  /// Runs every clean-up even if one fails, then reports the first failure.
  async close() {
    const failures = [];
    while (this.#closers.length > 0) {
      await Promise.resolve()
        .then(this.#closers.pop())
        .catch((error) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }
}

function collectOutput(child) {
  child.text = { out: '', err: '' };
  child.stdout?.setEncoding('utf8').on('data', (chunk) => (child.text.out += chunk));
  child.stderr?.setEncoding('utf8').on('data', (chunk) => (child.text.err += chunk));
  child.text.complete = new Promise((resolve) => child.once('close', resolve));
}

export const hasEnded = (child) => child.exitCode !== null || child.signalCode !== null;

/// Resolves with {code, signal} once the process has ended.
export async function ended(child, what = `process ${child.pid} to end`) {
  if (!hasEnded(child)) await within(what, once(child, 'exit'));
  return { code: child.exitCode, signal: child.signalCode };
}

/// Asks with SIGTERM, insists with SIGKILL.
export async function end(child, patienceMs = 5000) {
  if (hasEnded(child) || child.pid === undefined) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await within('SIGTERM to work', exit, patienceMs).catch(async () => {
    child.kill('SIGKILL');
    await exit;
  });
}
