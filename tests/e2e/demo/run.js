// run.js - starts the demo's three servers and ends them with itself.
//
//   node tests/e2e/demo/run.js [--ports 4000,4001,4002]
//
// A port 0 lets the kernel choose. Once all listen, one line of JSON on standard output says where.
// The servers end with this process, and this process ends when the one that started it has ended.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const kServer = fileURLToPath(new URL('server.js', import.meta.url));
const kParentCheckMs = 500;

const { values } = parseArgs({ options: { ports: { type: 'string', default: '4000,4001,4002' } } });
const ports = values.ports.split(',').map(Number);

/// One server process; resolves with what it reports once it listens.
async function start(port, index) {
  const name = `node-${index + 1}`;
  const child = fork(kServer, [name, String(port)]);
  child.on('exit', (code, signal) => {
    console.error(`${name} (process ${child.pid}) has ended: ${signal ?? `code ${code}`}`);
    running.delete(child);
    if (running.size === 0) process.exit(1);
  });
  running.add(child);
  const [report] = await once(child, 'message');
  return { node: name, pid: child.pid, ...report };
}

/// The servers see the closed IPC channel and end.
function stop() {
  process.exit(0);
}

const running = new Set();
const parent = process.ppid;
setInterval(() => process.ppid !== parent && stop(), kParentCheckMs).unref();
process.on('SIGTERM', stop);
process.on('SIGINT', stop);

console.log(JSON.stringify(await Promise.all(ports.map(start))));
